//! Runtimes of the tests' own making, in C: a library that is called as the real one, and a program linked
//! against it.

use crate::rig::scripts;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Builds both from one source of `tests/ttnn`, and says where the program is. It finds the library by
/// `LD_LIBRARY_PATH`.
pub(crate) fn build(dir: &Path, source: &str, defined: &[&str]) -> PathBuf {
    let (library, program) = (dir.join("libtt_metal.so"), dir.join("program"));
    build_library(&library, source, defined);
    compile(
        Command::new("cc")
            .args(defined)
            .args(["-DMAIN", "-pthread", "-o"])
            .arg(&program)
            .arg(scripts().join(source))
            .arg(&library),
    );
    program
}

/// Builds the library alone, under whatever name.
pub(crate) fn build_library(library: &Path, source: &str, defined: &[&str]) {
    compile(
        Command::new("cc")
            .args(defined)
            .args(["-shared", "-fPIC", "-o"])
            .arg(library)
            .arg(scripts().join(source)),
    );
}

/// Runs the compiler.
pub(crate) fn compile(command: &mut Command) {
    let output = command.output().expect("cc can be started");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
