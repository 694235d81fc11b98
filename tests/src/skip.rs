//! Tests that cannot run here say so: a skip is printed and counted, and in CI it is a failure.

use std::io::Write;

/// Says that the running test cannot run on this machine, and why. The test returns right after.
///
/// One line goes to stderr and, for whoever counts, to the file named by `TTMEM_SKIP_LOG`.
///
/// # Panics
/// With `CI` set: there every test has to run.
pub fn skip(reason: &str) {
    let test = test_name();
    let line = format!("ttmem-skip: {test}: {}\n", reason.replace('\n', " "));
    if std::env::var_os("CI").is_some_and(|value| !value.is_empty() && value != "false") {
        panic!("{test} was skipped, and in CI every test has to run: {reason}");
    }
    // Past the harness, which swallows what a passing test prints.
    let _ = std::io::stderr().write_all(line.as_bytes());
    if let Some(path) = std::env::var_os("TTMEM_SKIP_LOG") {
        // One write in append mode: lines of test binaries running side by side stay whole.
        let log = std::fs::OpenOptions::new()
            .append(true)
            .create(true)
            .open(&path);
        let written = log.and_then(|mut log| log.write_all(line.as_bytes()));
        written.unwrap_or_else(|error| panic!("TTMEM_SKIP_LOG={}: {error}", path.display()));
    }
}

/// `<test binary>::<test>`: the harness names the thread after the test.
fn test_name() -> String {
    let binary = std::env::current_exe().ok();
    let stem = binary
        .as_deref()
        .and_then(|path| path.file_stem())
        .and_then(|stem| stem.to_str());
    // Without the hash that cargo appends.
    let binary = stem.map_or("test", |stem| {
        stem.rsplit_once('-').map_or(stem, |(name, _)| name)
    });
    let thread = std::thread::current();
    format!("{binary}::{}", thread.name().unwrap_or("main"))
}

/// Whether a program of this name can be run.
pub fn in_path(program: &str) -> bool {
    std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|dir| dir.join(program).is_file()))
}

/// Whether the tests run as root.
pub fn is_root() -> bool {
    nix::unistd::geteuid().is_root()
}
