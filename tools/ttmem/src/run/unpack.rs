//! The library that the binary carries, made a file that the loader can open.

use super::library::{NAME, can_be_listed};
use anyhow::Context;
use nix::sys::statvfs::{FsFlags, statvfs};
use std::env;
use std::fs;
use std::hash::{DefaultHasher, Hasher};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

#[cfg(ttmem_embedded)]
const EMBEDDED: Option<&[u8]> = Some(include_bytes!(env!("TTMEM_EMBEDDED_PRELOAD")));
#[cfg(not(ttmem_embedded))]
const EMBEDDED: Option<&[u8]> = None;

/// The embedded library as a file: in the user's cache, or where that cannot be trusted, in a
/// directory of this run. Nothing if the binary carries none.
pub(super) fn embedded() -> anyhow::Result<Option<(PathBuf, Option<TempDir>)>> {
    let Some(content) = EMBEDDED else {
        return Ok(None);
    };
    if let Some(path) = cache().and_then(|cache| cached(&cache, content).ok()) {
        return Ok(Some((path, None)));
    }
    let dir = tempfile::Builder::new()
        .prefix("ttmem-")
        .tempdir()
        .context("there is no directory to unpack the preload library into")?;
    let path = dir.path().join(NAME);
    fs::write(&path, content).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(Some((path, Some(dir))))
}

fn cache() -> Option<PathBuf> {
    let absolute = |name| {
        env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    absolute("XDG_CACHE_HOME").or_else(|| Some(absolute("HOME")?.join(".cache")))
}

/// The library in the cache, written there unless it is there already, to the byte. It will run with
/// the user's rights: nobody else may be able to change it.
fn cached(cache: &Path, content: &[u8]) -> io::Result<PathBuf> {
    let mut hasher = DefaultHasher::new();
    hasher.write(content);
    let dir = cache
        .join("ttmem")
        .join(format!("{:016x}", hasher.finish()));
    let path = dir.join(NAME);
    if !can_be_listed(path.as_os_str()) {
        return Err(io::Error::other("LD_PRELOAD cannot name it"));
    }
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&dir)?;
    if !is_private(&dir)? || !is_private(&cache.join("ttmem"))? || forbids_programs(&dir) {
        return Err(io::Error::other("not a place for a library"));
    }
    let there = path.symlink_metadata().is_ok_and(|meta| meta.is_file())
        && is_private(&path)?
        && fs::read(&path)? == content;
    if !there {
        // Under another name first: a program that starts at this moment gets the whole of it.
        let mut file = tempfile::NamedTempFile::new_in(&dir)?;
        file.write_all(content)?;
        file.persist(&path).map_err(|error| error.error)?;
    }
    Ok(path)
}

fn is_private(path: &Path) -> io::Result<bool> {
    let meta = path.symlink_metadata()?;
    let mine = meta.uid() == nix::unistd::geteuid().as_raw();
    Ok(mine && !meta.is_symlink() && meta.permissions().mode() & 0o022 == 0)
}

fn forbids_programs(dir: &Path) -> bool {
    statvfs(dir).is_ok_and(|system| system.flags().contains(FsFlags::ST_NOEXEC))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_library_that_was_tampered_with_is_replaced() {
        let cache = tempfile::tempdir().unwrap();
        let path = cached(cache.path(), b"the library").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"the library");
        fs::write(&path, b"another one").unwrap();
        assert_eq!(cached(cache.path(), b"the library").unwrap(), path);
        assert_eq!(fs::read(&path).unwrap(), b"the library");
        assert_ne!(cached(cache.path(), b"the next version").unwrap(), path);
    }

    #[test]
    fn a_cache_that_others_can_write_to_is_not_used() {
        let cache = tempfile::tempdir().unwrap();
        let path = cached(cache.path(), b"the library").unwrap();
        let dir = path.parent().unwrap();
        fs::set_permissions(dir, fs::Permissions::from_mode(0o777)).unwrap();
        assert!(cached(cache.path(), b"the library").is_err());
    }
}
