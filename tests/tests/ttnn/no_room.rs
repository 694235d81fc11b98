//! No place for a segment, or hardly any: the program runs on untouched, and one line says so.

use crate::rig::{N150, Rig, rig, scripts};
use crate::script::{Script, said_by_ttmem, track};
use serde_json::Value;
use std::path::Path;
use std::process::Command;
use support::{PrivateDir, skip};

/// What the script says with no tracking at all.
fn untracked(rig: &Rig) -> Value {
    let mut command = rig.python(N150);
    command.arg(scripts().join("hold.py"));
    let (said, lines) = run(&mut command);
    assert_eq!(lines, Vec::<String>::new());
    said
}

/// Runs it to its end. Returns what it said, without its pid, and the lines that are ours.
fn run(command: &mut Command) -> (Value, Vec<String>) {
    let mut script = Script::start(command);
    let quiet = script.next_quiet();
    let mut said = quiet.map_or(Value::Null, |quiet| quiet.0);
    said["processes"][0]["pid"] = Value::Null;
    script.go_on();
    assert!(script.next_quiet().is_none());
    assert_eq!(script.printed, ["done"]);
    let (status, complaint) = script.finish();
    assert!(status.success(), "the script failed: {complaint}");
    (
        said,
        said_by_ttmem(&complaint)
            .into_iter()
            .map(str::to_owned)
            .collect(),
    )
}

fn assert_untouched(rig: &Rig, command: &mut Command) {
    let (said, lines) = run(command);
    assert_eq!(
        said,
        untracked(rig),
        "the program's output is what it is untracked"
    );
    assert_eq!(lines.len(), 1, "one line says so: {lines:?}");
}

#[test]
fn a_directory_that_does_not_exist() {
    let Some(rig) = rig() else { return };
    let dir = PrivateDir::new();
    let mut command = rig.python(N150);
    command.arg(scripts().join("hold.py"));
    track(&mut command, dir.path().join("gone"));
    assert_untouched(rig, &mut command);
}

#[test]
fn a_directory_that_cannot_be_written() {
    in_small_tmpfs("mount -o remount,ro \"$TTMEM_DIR\"");
}

#[test]
fn a_full_directory() {
    in_small_tmpfs("! cat /dev/zero >\"$TTMEM_DIR/fill\" 2>/dev/null");
}

#[test]
fn a_directory_of_one_megabyte() {
    in_small_tmpfs("true");
}

/// The script with its segments in a file system of 1 MB of its own, after `prepare`.
fn in_small_tmpfs(prepare: &str) {
    let Some(rig) = rig() else { return };
    let dir = PrivateDir::new();
    if !can_mount(dir.path()) {
        skip("no file system can be mounted here: neither root nor user namespaces");
        return;
    }
    let steps =
        format!("mount -t tmpfs -o size=1m none \"$TTMEM_DIR\" && {prepare} && exec \"$@\"");
    let mut command = Command::new("unshare");
    command.args([
        "--map-root-user",
        "--mount",
        "sh",
        "-c",
        &steps,
        "sh",
        "env",
    ]);
    // Not before it is needed: the library has no business in the mount command.
    let mut inner = Command::new("true");
    track(&mut inner, dir.path());
    for (name, value) in inner.get_envs() {
        let Some(value) = value else { continue };
        let mut pair = name.to_owned();
        pair.push("=");
        pair.push(value);
        command.arg(pair);
    }
    command
        .arg(rig.interpreter())
        .arg(scripts().join("hold.py"));
    rig.tell(&mut command, N150);
    command.env("TTMEM_DIR", dir.path());
    assert_untouched(rig, &mut command);
}

fn can_mount(dir: &Path) -> bool {
    Command::new("unshare")
        .args([
            "--map-root-user",
            "--mount",
            "mount",
            "-t",
            "tmpfs",
            "-o",
            "size=1m",
            "none",
        ])
        .arg(dir)
        .output()
        .is_ok_and(|output| output.status.success())
}
