//! A runtime that lacks what ttmem follows: one line, and the program runs as it would have.

use crate::own_runtime::{build, build_library, compile};
use crate::rig::scripts;
use crate::script::{said_by_ttmem, track};
use std::process::Command;
use support::{PrivateDir, cli, in_path, skip};

/// A runtime that can open a device and nothing else.
const BARE: &str = "bare_runtime.c";

#[test]
fn what_a_runtime_lacks_is_said_once() {
    said_once(&[]);
}

/// Not when the program attaches: then no runtime need be there to lack anything.
#[test]
fn what_a_runtime_lacks_is_said_when_a_device_opens() {
    said_once(&["-DATTACHES"]);
}

fn said_once(defined: &[&str]) {
    if !in_path("cc") {
        skip("there is no C compiler");
        return;
    }
    let dir = PrivateDir::new();
    let built = tempfile::tempdir().expect("a directory to build in");
    let program = build(built.path(), BARE, defined);
    let run = |tracked: bool| {
        let mut command = Command::new(&program);
        command.env("LD_LIBRARY_PATH", built.path());
        if tracked {
            track(&mut command, dir.path());
        }
        let output = command.output().expect("the program can be started");
        assert!(output.status.success());
        let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
        (
            String::from_utf8_lossy(&output.stdout).into_owned(),
            complaint,
        )
    };
    let (said, _) = run(false);
    assert_eq!(said, "1 2 3 4 5 9 3 1\n".repeat(2));
    let (said_tracked, complaint) = run(true);
    assert_eq!(
        said_tracked, said,
        "every argument reaches the real function"
    );
    let lines = said_by_ttmem(&complaint);
    assert_eq!(lines.len(), 1, "{complaint}");
    for part in [
        "buffers (",
        "circular buffers (",
        "kernels (",
        "allocate_buffer",
    ] {
        assert!(lines[0].contains(part), "{part} is named: {}", lines[0]);
    }
    assert_eq!(dir.segments().len(), 0, "a clean end leaves no segment");
}

#[test]
fn buffers_that_cannot_be_read_are_counted() {
    if !in_path("cc") {
        skip("there is no C compiler");
        return;
    }
    let dir = PrivateDir::new();
    let built = tempfile::tempdir().expect("a directory to build in");
    let mut command = Command::new(build(built.path(), BARE, &["-DALLOCATES"]));
    command.env("LD_LIBRARY_PATH", built.path());
    track(&mut command, dir.path());
    let output = command.env("TTMEM_KEEP", "1").output();
    let output = output.expect("the program can be started");
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{complaint}");
    let dump = cli::json(dir.path(), &["dump"]);
    assert_eq!(dump["processes"][0]["lost"]["rejected"], 3, "{dump}");
    assert_eq!(dump["processes"][0]["exact"], false, "{dump}");
}

/// Under a name nobody knows, loaded where the dynamic linker's order does not reach.
#[test]
fn a_runtime_of_another_name_is_found() {
    if !in_path("cc") {
        skip("there is no C compiler");
        return;
    }
    let dir = PrivateDir::new();
    let built = tempfile::tempdir().expect("a directory to build in");
    let (runtime, loader) = (
        built.path().join("vendored.so"),
        built.path().join("loader"),
    );
    build_library(&runtime, BARE, &["-DALLOCATES"]);
    compile(
        Command::new("cc")
            .arg("-o")
            .arg(&loader)
            .arg(scripts().join("bare_loader.c"))
            .arg("-ldl"),
    );
    let mut command = Command::new(loader);
    track(command.arg(runtime), dir.path());
    let output = command.output().expect("the program can be started");
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "every function answers: {complaint}"
    );
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "1 2 3 4 5 9 3 1\n".repeat(2)
    );
    assert!(!complaint.contains("cannot be found"), "{complaint}");
}
