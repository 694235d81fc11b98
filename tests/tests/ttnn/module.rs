//! The Python module beside the runtime: it marks, looks and is seen as everybody else.

use crate::rig::{Cluster, N150, N300, Rig, rig, scripts};
use serde_json::Value;
use std::path::Path;
use std::process::Command;
use support::python::Venv;
use support::{PrivateDir, skip};

#[test]
fn on_one_chip_it_sees_what_the_runtime_has() {
    check(N150);
}

#[test]
fn on_a_mesh_it_sees_what_the_runtime_has() {
    check(N300);
}

fn check(cluster: Cluster) {
    let Some(rig) = rig() else { return };
    let venv = match Venv::beside("ttnn-module", &rig.interpreter(), &[]) {
        Ok(venv) => venv,
        Err(reason) => return skip(&reason),
    };
    let dir = PrivateDir::new();
    let mut command = venv.python();
    command.args(["-m", "ttmem", "run", "--keep"]);
    command.arg(scripts().join("seen_by_itself.py"));
    let output = told(rig, cluster, command, dir.path());
    assert_eq!(output, "looked\n");

    // Readers see the same marks.
    let command = |arguments: &[&str]| {
        let mut command = Command::new(venv.bin("ttmem"));
        command.args(arguments);
        told(rig, cluster, command, dir.path())
    };
    let log = command(&["log", "--json", "--where", "event == mark"]);
    let lines = log.lines().map(|line| line.parse::<Value>());
    let marks: Vec<_> = lines
        .map(|line| line.expect("a line of JSON")["text"].clone())
        .collect();
    let phases = ["prefill", "prefill end", "decode", "decode end"];
    assert_eq!(marks[0], "before any device");
    assert_eq!(marks[1..5], phases);
    assert_eq!(marks[5], "closed");
    assert_eq!(dir.segments().len(), 1, "one process has one segment");
}

/// What a command prints; its status has to be 0.
fn told(rig: &Rig, cluster: Cluster, mut command: Command, dir: &Path) -> String {
    rig.tell(&mut command, cluster);
    let output = command
        .env("TTMEM_DIR", dir)
        .output()
        .expect("it can be started");
    let (out, err) = (&output.stdout, &output.stderr);
    let complaint = String::from_utf8_lossy(err);
    assert!(output.status.success(), "{complaint}");
    String::from_utf8_lossy(out).into_owned()
}
