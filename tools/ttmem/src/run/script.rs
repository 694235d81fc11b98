//! Python scripts and modules as programs: `ttmem run demo.py`, `ttmem run -m pytest`.

use std::ffi::{OsStr, OsString};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Names the interpreter; `python -m ttmem` sets it to the one that it was started with.
pub(crate) const VARIABLE: &str = "TTMEM_PYTHON";

/// What there is to start for a command line: itself, or the interpreter and it behind.
pub(crate) fn with_interpreter(command: &[OsString], named: Option<OsString>) -> Vec<OsString> {
    let named = named.filter(|name| !name.is_empty());
    let needs_one = command.first().is_some_and(|first| {
        // One that can be run by itself says which interpreter it wants, unless the user has.
        first == "-m" || is_script(first) && (named.is_some() || !can_be_run(first))
    });
    let interpreter = needs_one.then(|| named.unwrap_or_else(|| OsString::from("python3")));
    interpreter
        .into_iter()
        .chain(command.iter().cloned())
        .collect()
}

fn is_script(name: &OsStr) -> bool {
    let path = Path::new(name);
    path.extension().is_some_and(|its| its == "py") && path.is_file()
}

fn can_be_run(name: &OsStr) -> bool {
    // Without a slash it would be sought on the PATH.
    Path::new(name).components().count() > 1
        && std::fs::metadata(name).is_ok_and(|meta| meta.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn started(command: &[&str], named: Option<&str>) -> String {
        let words: Vec<_> = command.iter().map(OsString::from).collect();
        let started = with_interpreter(&words, named.map(OsString::from));
        started.join(OsStr::new(" ")).into_string().unwrap()
    }

    #[test]
    fn scripts_and_modules_get_an_interpreter_and_programs_none() {
        let dir = tempfile::tempdir().unwrap();
        let script = dir.path().join("demo.py");
        std::fs::write(&script, "").unwrap();
        let name = script.to_str().unwrap();
        assert_eq!(started(&[name, "-v"], None), format!("python3 {name} -v"));
        assert_eq!(started(&[name], Some("/v/py")), format!("/v/py {name}"));
        assert_eq!(started(&["-m", "pytest"], None), "python3 -m pytest");
        assert_eq!(started(&["-m", "pytest"], Some("")), "python3 -m pytest");
        assert_eq!(started(&["./a", "b.py"], Some("/v/py")), "./a b.py");
        assert_eq!(started(&["nowhere.py"], None), "nowhere.py");

        std::fs::set_permissions(&script, PermissionsExt::from_mode(0o755)).unwrap();
        assert_eq!(started(&[name], None), name);
        assert_eq!(started(&[name], Some("/v/py")), format!("/v/py {name}"));
    }
}
