//! run: which preload library it finds, wherever the tool was put.

use crate::support::Place;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use tempfile::TempDir;

const NAME: &str = "libttmem_preload.so";

#[test]
fn in_a_build_tree_it_is_the_one_beside_the_binary() {
    let built = built_library();
    let found = Found::by(assert_cmd::cargo::cargo_bin!("ttmem"));
    assert_eq!(found.mapped, built.canonicalize().unwrap());
    assert!(!found.unpacked());
}

#[test]
fn under_a_prefix_it_is_the_installed_one() {
    let prefix = empty_prefix();
    let binary = install(
        assert_cmd::cargo::cargo_bin!("ttmem"),
        prefix.path(),
        "bin/ttmem",
    );
    let installed = install(
        &built_library(),
        prefix.path(),
        &format!("lib/ttmem/{NAME}"),
    );
    let found = Found::by(&binary);
    assert_eq!(found.mapped, installed.canonicalize().unwrap());
    assert!(!found.unpacked());
}

#[test]
fn a_binary_alone_brings_its_own() {
    let prefix = empty_prefix();
    let binary = install(
        assert_cmd::cargo::cargo_bin!("ttmem"),
        prefix.path(),
        "bin/ttmem",
    );
    if cfg!(feature = "embed-preload") {
        let found = Found::by(&binary);
        let inside = found.cache.path().canonicalize().unwrap().join("ttmem");
        assert!(
            found.mapped.starts_with(&inside),
            "{}",
            found.mapped.display()
        );
        // What is unpacked once serves the next run.
        let again = Found::with_cache(&binary, found.cache);
        assert_eq!(again.mapped, found.mapped);
    } else {
        let place = Place::new();
        let assert = place
            .ttmem_at(&binary, &["run", "--", "true"])
            .assert()
            .code(2);
        let said = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
        assert!(said.contains("is neither in this binary nor at"), "{said}");
    }
}

/// What a program under `ttmem run` was preloaded with.
struct Found {
    /// Where the mapped library lies.
    mapped: PathBuf,
    /// The user's cache meanwhile.
    cache: TempDir,
}

impl Found {
    fn by(binary: &Path) -> Self {
        Self::with_cache(binary, tempfile::tempdir().unwrap())
    }

    fn with_cache(binary: &Path, cache: TempDir) -> Self {
        let place = Place::new();
        let assert = place
            .ttmem_at(binary, &["run", "--", "cat", "/proc/self/maps"])
            .env("XDG_CACHE_HOME", cache.path())
            .env_remove("LD_PRELOAD")
            .assert()
            .success();
        let maps = String::from_utf8_lossy(&assert.get_output().stdout).into_owned();
        let mut libraries: Vec<_> = maps
            .lines()
            .filter(|line| line.ends_with(NAME))
            .filter_map(|line| line.find('/').map(|at| PathBuf::from(&line[at..])))
            .collect();
        libraries.dedup();
        assert_eq!(libraries.len(), 1, "{maps}");
        Self {
            mapped: libraries.remove(0),
            cache,
        }
    }

    /// Whether the binary's own copy was made a file.
    fn unpacked(&self) -> bool {
        self.cache.path().join("ttmem").exists()
    }
}

/// A directory on the build tree's file system, so that artefacts can be linked into it: a copy just
/// written may still be open in a child of another test, and then cannot be run.
fn empty_prefix() -> TempDir {
    tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap()
}

fn install(artefact: &Path, prefix: &Path, at: &str) -> PathBuf {
    let path = prefix.join(at);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::hard_link(artefact, &path).unwrap();
    path
}

/// The library of the build tree. `cargo test` of this package alone does not build it; `cargo xtask
/// test` has built everything before and says so.
pub(crate) fn built_library() -> PathBuf {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    let build = || {
        let dir = assert_cmd::cargo::cargo_bin!("ttmem").parent().unwrap();
        let library = dir.join(NAME);
        if std::env::var_os("TTMEM_TEST_BUILT").is_none() || !library.is_file() {
            let profile = match dir.file_name().and_then(|name| name.to_str()) {
                Some("debug") | None => "dev",
                Some(other) => other,
            };
            let output = Command::new(env!("CARGO"))
                .args(["build", "--quiet", "--package", "ttmem-preload"])
                .args(["--profile", profile, "--target-dir"])
                .arg(dir.parent().unwrap())
                .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../.."))
                .output()
                .unwrap();
            let complaint = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{complaint}");
        }
        library
    };
    BUILT.get_or_init(build).clone()
}
