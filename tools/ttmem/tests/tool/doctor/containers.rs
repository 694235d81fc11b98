//! A producer behind the wall of a container: process ids and a /dev/shm of its own.

use super::Diagnosis;
use crate::support::Place;
use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

#[test]
fn one_with_a_directory_of_its_own_is_found_and_the_advice_shows_it() {
    let place = Place::in_tmpfs();
    let ttmem = assert_cmd::cargo::cargo_bin!("ttmem");
    let mut container = Command::new("unshare")
        .args([
            "--map-root-user",
            "--mount",
            "--pid",
            "--fork",
            "--kill-child",
            "sh",
            "-c",
        ])
        .arg("mount -t tmpfs tmpfs /dev/shm && exec \"$0\" demo-producer chat --dir /dev/shm")
        .arg(ttmem)
        .env_remove("TTMEM_DIR")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(container.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    if line.is_empty() {
        container.wait().unwrap();
        eprintln!("skipped: no container can be made here");
        return;
    }
    let outside = container.id();
    let children = fs::read_to_string(format!("/proc/{outside}/task/{outside}/children")).unwrap();
    let pid = children.trim();
    let there = format!("/proc/{pid}/root/dev/shm");
    let diagnosis = Diagnosis::of(&place, &["-p", pid]);
    diagnosis.expect(
        "namespaces",
        "warning",
        &[pid, &format!("ttmem --dir {there} ps")],
    );
    diagnosis.expect("same_directory", "ok", &[]);

    let shown = place.json(&["--dir", &there, "ps", "--json"]);
    // In its own namespace it is the first process.
    assert_eq!(shown["processes"][0]["pid"], 1, "{shown}");
    assert_eq!(shown["processes"][0]["state"], "running");
    let inside = Diagnosis::of(&place, &["--dir", &there, "-p", "1"]);
    inside.expect("namespaces", "ok", &["another PID namespace"]);

    // And from within, where the machine's processes cannot be seen.
    let within = Command::new("unshare")
        .args(["--map-root-user", "--pid", "--fork", "--mount-proc"])
        .arg(ttmem)
        .args(["doctor", "--json", "--dir"])
        .arg(place.path())
        .output()
        .unwrap();
    let said = String::from_utf8(within.stdout).unwrap();
    assert!(said.contains("programs outside are not seen"), "{said}");
    drop(container.stdin.take());
    container.wait().unwrap();
}
