//! The pytest plugin's own tests, by the releases of Python and pytest that it has to get on with, beside the
//! plugins that run tests in their own way.
#![forbid(unsafe_code)]

use support::python::{Venv, plugin_tests};
use support::{PrivateDir, skip};

const OTHERS: [&str; 3] = ["pytest-xdist==3.*", "pytest-rerunfailures", "pytest-forked"];

fn run(python: &str, pytest: &str) {
    let packages: Vec<_> = std::iter::once(pytest).chain(OTHERS).collect();
    let venv = match Venv::new("plugin", python, &packages) {
        Ok(venv) => venv,
        Err(reason) => return skip(&reason),
    };
    let dir = PrivateDir::new();
    let told = venv.pass(&plugin_tests(), &["-rs", "-n", "2"], &dir);
    assert!(!told.contains("could not import"), "{told}");
}

#[test]
fn pytest_7_on_python_3_8() {
    run("3.8", "pytest==7.*");
}

#[test]
fn pytest_8_on_python_3_10() {
    run("3.10", "pytest==8.*");
}

#[test]
fn pytest_9_on_python_3_12() {
    run("3.12", "pytest==9.*");
}
