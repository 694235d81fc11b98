//! Its own tests, by several releases of Python.

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
    venv.pass(&module_tests(), &[], &dir);
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
