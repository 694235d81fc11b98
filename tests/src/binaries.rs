//! Where the artefacts under test are.
//!
//! `cargo test` builds no other package's binaries and leaves libraries for C in `deps/`, so each is
//! built here once per test process, unless `cargo xtask test` says that it has built everything.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

/// Set by `cargo xtask test` once the whole workspace is built.
pub const BUILT: &str = "TTMEM_TEST_BUILT";

/// What programs linked to the shared library ask the loader for.
pub const SONAME: &str = concat!("libttmem.so.", env!("CARGO_PKG_VERSION_MAJOR"));

/// The command-line tool.
pub fn ttmem() -> PathBuf {
    built("ttmem", "ttmem")
}

/// The library for `LD_PRELOAD`.
pub fn preload_library() -> PathBuf {
    built("ttmem-preload", "libttmem_preload.so")
}

/// The shared library for C, with the name beside it that programs linked to it ask for.
///
/// # Panics
/// If that name cannot be made.
pub fn shared_library() -> PathBuf {
    let library = built("ttmem-capi", "libttmem.so");
    let asked_for = library.with_file_name(SONAME);
    match std::os::unix::fs::symlink("libttmem.so", &asked_for) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
            panic!("{}: {error}", asked_for.display())
        }
        _ => library,
    }
}

/// The static library for C.
pub fn static_library() -> PathBuf {
    built("ttmem-capi", "libttmem.a")
}

/// The producer that does as it is told.
pub fn producer_script() -> PathBuf {
    built("ttmem-tests", "producer_script")
}

/// Every check of the workspace, and what it builds for others.
pub fn xtask() -> PathBuf {
    built("xtask", "xtask")
}

/// The headers' directory.
pub fn include_dir() -> PathBuf {
    workspace().join("crates/capi/include")
}

/// The root of the source tree.
///
/// # Panics
/// If the package was moved out of it.
pub fn workspace() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent();
    root.expect("the tests lie in the workspace").to_path_buf()
}

/// `target/<profile>`, from where the running test is.
///
/// # Panics
/// If the running test lies nowhere below a target directory.
pub fn artefact_dir() -> PathBuf {
    let exe = std::env::current_exe().expect("the test knows its own path");
    let deps = exe.parent().expect("a test binary lies in a directory");
    let profile = if deps.ends_with("deps") || deps.ends_with("examples") {
        deps.parent().expect("deps lies in the profile's directory")
    } else {
        deps
    };
    profile.to_path_buf()
}

/// The target directory.
///
/// # Panics
/// As [`artefact_dir`].
pub fn target_dir() -> PathBuf {
    let dir = artefact_dir();
    let target = dir.parent();
    target
        .expect("the profile's directory lies in the target directory")
        .to_path_buf()
}

/// The profile that the running test was built with.
pub fn profile() -> String {
    let dir = artefact_dir();
    match dir.file_name().and_then(|name| name.to_str()) {
        Some("debug") | None => "dev".to_owned(),
        Some(other) => other.to_owned(),
    }
}

/// Builds `package` once, then tells where `file` of it is.
fn built(package: &'static str, file: &str) -> PathBuf {
    static DONE: Mutex<BTreeSet<&str>> = Mutex::new(BTreeSet::new());
    let path = artefact_dir().join(file);
    let mut done = DONE
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    if done.insert(package) {
        let trusted = std::env::var_os(BUILT).is_some() && path.is_file();
        if !trusted {
            build(package);
        }
    }
    assert!(
        path.is_file(),
        "cargo build -p {package} left no {}",
        path.display()
    );
    path
}

fn build(package: &str) {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args([
            "build",
            "--quiet",
            "--package",
            package,
            "--profile",
            &profile(),
        ])
        .arg("--target-dir")
        .arg(target_dir())
        .current_dir(workspace())
        // The test's own surroundings are not those of a build.
        .env_remove("LD_PRELOAD")
        .output()
        .expect("cargo can be started");
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "cargo build -p {package} failed:\n{complaint}"
    );
}
