//! The module's types, as mypy sees them.

use support::python::{Venv, module_tests};
use support::skip;

#[test]
fn the_module_and_a_program_that_uses_it_are_typed() {
    let venv = match Venv::new("typed", "3.12", &["mypy==2.*", "pytest>=8,<10"]) {
        Ok(venv) => venv,
        Err(reason) => return skip(&reason),
    };
    let place = tempfile::tempdir().expect("a temporary directory");
    let output = venv
        .python()
        .args(["-m", "mypy", "--strict", "--package", "ttmem"])
        .current_dir(place.path())
        .output()
        .expect("Python can be started");
    assert!(output.status.success(), "{}", told(&output.stdout));
    let output = venv
        .python()
        .args(["-m", "mypy", "--strict"])
        .arg(module_tests().join("typed_example.py"))
        .current_dir(place.path())
        .output()
        .expect("Python can be started");
    assert!(output.status.success(), "{}", told(&output.stdout));
}

fn told(bytes: &[u8]) -> std::borrow::Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}
