//! Where the preload library is.

use super::unpack;
use crate::exit::Refused;
use anyhow::Context;
use std::env;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// Its file name.
pub(super) const NAME: &str = "libttmem_preload.so";

/// The library, for as long as the program runs.
pub(crate) struct Library {
    path: PathBuf,
    /// What has to go with it, if it lies in a directory made for this run.
    _dir: Option<TempDir>,
}

impl Library {
    /// Looks where `TTMEM_PRELOAD` says, beside this binary (a build tree), under its prefix (an
    /// installation), and last into the binary itself (`cargo install`, which installs nothing else).
    pub(crate) fn find() -> anyhow::Result<Self> {
        if let Some(named) = env::var_os("TTMEM_PRELOAD").filter(|path| !path.is_empty()) {
            let path = Path::new(&named);
            if !path.is_file() {
                let message = format!("TTMEM_PRELOAD={}: there is no such file", path.display());
                return Err(Refused::usage(message).into());
            }
            let path = path.canonicalize().with_context(|| {
                format!("TTMEM_PRELOAD={}: it cannot be reached", path.display())
            })?;
            return Self::without_separators(path);
        }
        let this = env::current_exe().context("ttmem cannot find itself")?;
        let places = places(&this);
        if let Some(path) = places.iter().find(|path| path.is_file()) {
            return Self::without_separators(path.clone());
        }
        if let Some((path, dir)) = unpack::embedded()? {
            return Ok(Self { path, _dir: dir });
        }
        let looked: Vec<_> = places
            .iter()
            .map(|path| path.display().to_string())
            .collect();
        Err(Refused::usage(format!(
            "the preload library {NAME} is neither in this binary nor at {}: build it with 'cargo \
             build -p ttmem-preload', or name it with TTMEM_PRELOAD",
            looked.join(", ")
        ))
        .into())
    }

    /// Where it is: a path that `LD_PRELOAD` can carry.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// `LD_PRELOAD` is taken apart at colons and blanks: a path that has one goes by another name.
    fn without_separators(path: PathBuf) -> anyhow::Result<Self> {
        if can_be_listed(path.as_os_str()) {
            return Ok(Self { path, _dir: None });
        }
        let dir = tempfile::Builder::new().prefix("ttmem-").tempdir()?;
        let link = dir.path().join(NAME);
        if !can_be_listed(link.as_os_str()) {
            let message = format!(
                "{} has a blank or a colon in its path, and so has {}: LD_PRELOAD can name neither; \
                 set TMPDIR to a directory without",
                path.display(),
                dir.path().display()
            );
            return Err(Refused::usage(message).into());
        }
        std::os::unix::fs::symlink(&path, &link)
            .with_context(|| format!("cannot link {}", link.display()))?;
        Ok(Self {
            path: link,
            _dir: Some(dir),
        })
    }
}

/// Whether `LD_PRELOAD` can carry a path.
pub(super) fn can_be_listed(path: &OsStr) -> bool {
    !path
        .as_bytes()
        .iter()
        .any(|byte| matches!(byte, b':') || byte.is_ascii_whitespace())
}

/// Where it may lie, seen from the binary.
fn places(this: &Path) -> Vec<PathBuf> {
    let Some(beside) = this.parent() else {
        return Vec::new();
    };
    let mut places = vec![beside.join(NAME)];
    if let Some(prefix) = beside.parent() {
        places.push(prefix.join("lib/ttmem").join(NAME));
        places.push(prefix.join("lib").join(NAME));
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_sought_in_the_build_tree_and_under_any_prefix() {
        let shown: Vec<_> = places(Path::new("/opt/tt/bin/ttmem"))
            .iter()
            .map(|path| path.display().to_string())
            .collect();
        assert_eq!(
            shown,
            [
                "/opt/tt/bin/libttmem_preload.so",
                "/opt/tt/lib/ttmem/libttmem_preload.so",
                "/opt/tt/lib/libttmem_preload.so"
            ]
        );
    }

    #[test]
    fn a_path_with_a_blank_gets_another_name() {
        let home = tempfile::Builder::new()
            .prefix("my home")
            .tempdir()
            .unwrap();
        let path = home.path().join(NAME);
        std::fs::write(&path, "library").unwrap();
        let library = Library::without_separators(path).unwrap();
        assert!(can_be_listed(library.path().as_os_str()));
        assert_eq!(std::fs::read(library.path()).unwrap(), b"library");
    }
}
