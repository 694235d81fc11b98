//! Its own tests, by several releases of Python.

use std::process::Command;
use support::python::{Venv, module_tests};
use support::{PrivateDir, skip};

/// Python 3.8 has no later pytest than 8.
const PYTEST: &str = "pytest>=8,<10";

fn run(version: &str) {
    let venv = match Venv::new("module", version, &[PYTEST]) {
        Ok(venv) => venv,
        Err(reason) => return skip(&reason),
    };
    let dir = PrivateDir::new();
    let mut pytest: Command = venv.python();
    let output = pytest
        .args(["-m", "pytest", "-q", "-p", "no:cacheprovider"])
        .arg(module_tests())
        // Nobody else's segments are seen, and nobody sees these.
        .env("TTMEM_DIR", dir.path())
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .current_dir(dir.path())
        .output()
        .expect("Python can be started");
    let told = String::from_utf8_lossy(&output.stdout);
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}\n{complaint}");
    assert!(dir.segments().is_empty(), "segments are left behind");
}

#[test]
fn python_3_10() {
    run("3.10");
}

#[test]
fn python_3_12() {
    run("3.12");
}
