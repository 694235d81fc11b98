//! Segments that do not tell everything.

use super::Diagnosis;
use crate::support::{Place, Producer};
use serde_json::Value;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

#[test]
fn what_the_dead_left_waits_for_reap() {
    let place = Place::in_tmpfs();
    let mut batch = Producer::start(&place, "batch");
    batch.kill();
    let pid = batch.pid().to_string();
    let diagnosis = Diagnosis::of(&place, &["-p", &pid]);
    diagnosis.expect("dead", "warning", &[&pid, "MiB", "ttmem reap"]);
    assert_eq!((diagnosis.complaints(), diagnosis.code), (vec!["dead"], 2));
    place.ttmem(&["reap"]).assert().success();
    Diagnosis::of(&place, &[]).expect("dead", "ok", &[]);
}

#[test]
fn damage_and_other_versions_are_told_apart() {
    let place = Place::in_tmpfs();
    let mut batch = Producer::start(&place, "batch");
    batch.kill();
    let mut bytes = fs::read(&batch.segment).unwrap();
    // The major version of its layout.
    bytes[8] += 1;
    fs::write(place.path().join("ttmem.77.00000001"), &bytes).unwrap();
    fs::write(place.path().join("ttmem.78.00000002"), [0xa5; 9000]).unwrap();
    let diagnosis = Diagnosis::of(&place, &[]);
    diagnosis.expect(
        "version",
        "error",
        &["ttmem.77.00000001", "layout version 2"],
    );
    diagnosis.expect(
        "damage",
        "error",
        &["ttmem.78.00000002", "not a ttmem segment"],
    );
    assert!(!diagnosis.words("damage").contains("ttmem.77"));
    diagnosis.expect("readable", "ok", &[]);
    assert_eq!(diagnosis.code, 1);
}

#[test]
fn segments_of_others_are_closed_unless_they_are_shared() {
    let place = Place::in_tmpfs();
    let chat = Producer::start(&place, "chat");
    let ttmem = assert_cmd::cargo::cargo_bin!("ttmem");
    let tool = Place::new();
    fs::set_permissions(tool.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let judge = || {
        // Root may read everything: somebody else has to look, from a copy he may run.
        let mut command = match nix::unistd::geteuid().is_root() {
            true => {
                let copy = tool.path().join("ttmem");
                if !copy.exists() {
                    fs::copy(ttmem, &copy).unwrap();
                }
                let mut command = Command::new("setpriv");
                command
                    .args(["--reuid", "65534", "--clear-groups"])
                    .arg(copy);
                command
            }
            false => Command::new(ttmem),
        };
        let output = command
            .args(["doctor", "--json"])
            .env("TTMEM_DIR", place.path())
            .env_remove("HOME")
            .env_remove("XDG_CACHE_HOME")
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let said: Value = serde_json::from_slice(&output.stdout).expect(&said);
        let checks = said["checks"].as_array().unwrap().clone();
        move |name: &str| {
            let check = checks.iter().find(|check| check["name"] == name);
            check.unwrap().clone()
        }
    };
    let about_segments = [
        "version",
        "damage",
        "losses",
        "anomalies",
        "overlaps",
        "totals",
        "history",
        "clock",
        "dead",
    ];
    fs::set_permissions(place.path(), fs::Permissions::from_mode(0o1777)).unwrap();
    fs::set_permissions(&chat.segment, fs::Permissions::from_mode(0o000)).unwrap();
    let found = judge();
    // What cannot be looked at is not well.
    for name in about_segments {
        let check = found(name);
        assert_eq!(check["verdict"], "warning", "{check}");
        let words = check["found"].as_str().unwrap();
        assert!(
            words.ends_with("1 segment could not be looked at"),
            "{check}"
        );
    }
    let check = found("readable");
    assert_eq!(check["verdict"], "error", "{check}");
    assert!(
        check["details"]
            .to_string()
            .contains(&chat.pid().to_string()),
        "{check}"
    );
    assert!(
        check["advice"].to_string().contains("TTMEM_MODE=640"),
        "{check}"
    );
    fs::set_permissions(&chat.segment, fs::Permissions::from_mode(0o644)).unwrap();
    let found = judge();
    for name in about_segments.into_iter().chain(["readable"]) {
        assert_eq!(found(name)["verdict"], "ok", "{}", found(name));
    }
}

#[test]
fn a_ring_that_is_too_short() {
    let place = Place::in_tmpfs();
    let mut short = Producer::with(&place, "chat", "TTMEM_RING_RECORDS", "128");
    short.steps(300);
    let pid = short.pid().to_string();
    let diagnosis = Diagnosis::of(&place, &["-p", &pid]);
    diagnosis.expect(
        "history",
        "warning",
        &[&pid, "records overwritten", "TTMEM_RING_RECORDS"],
    );
    assert_eq!(diagnosis.complaints(), ["history"]);
}

#[test]
fn a_coarse_clock() {
    let place = Place::in_tmpfs();
    let coarse = Producer::with(&place, "chat", "TTMEM_CLOCK", "coarse");
    let pid = coarse.pid().to_string();
    Diagnosis::of(&place, &["-p", &pid]).expect("clock", "warning", &[&pid, "TTMEM_CLOCK"]);
    let exact = Producer::with(&place, "chat", "TTMEM_CLOCK", "monotonic");
    let pid = exact.pid().to_string();
    Diagnosis::of(&place, &["-p", &pid]).expect("clock", "ok", &[]);
}

#[test]
fn bad_frees() {
    let place = Place::in_tmpfs();
    let mut wrong = Producer::start(&place, "everything");
    wrong.steps(2);
    let pid = wrong.pid().to_string();
    let words = [
        &*pid,
        "unknown free 2",
        "double free 2",
        "replaced without free 2",
    ];
    Diagnosis::of(&place, &["-p", &pid]).expect("anomalies", "warning", &words);
}

#[test]
fn a_saved_file_is_judged_like_the_host_it_was() {
    let place = Place::in_tmpfs();
    let mut wrong = Producer::start(&place, "everything");
    wrong.steps(2);
    fs::write(place.path().join("ttmem.78.00000002"), [0xa5; 9000]).unwrap();
    let live = Diagnosis::of(&place, &[]);
    let elsewhere = Place::new();
    let file = elsewhere.path().join("all.ttmem");
    let path = file.to_str().unwrap();
    place.ttmem(&["save", path]).assert().success();
    drop(wrong);
    let saved = Diagnosis::of(&elsewhere, &["--from", path]);
    for name in [
        "version",
        "losses",
        "anomalies",
        "overlaps",
        "totals",
        "history",
        "clock",
    ] {
        assert_eq!(saved.check(name), live.check(name));
    }
    saved.expect("damage", "error", &["ttmem.78.00000002"]);
    assert_eq!(saved.said["checks"].as_array().unwrap().len(), 8);
    assert_eq!(saved.code, 1);
    place
        .ttmem(&["doctor", "--from", "/etc/passwd"])
        .assert()
        .code(1);
}
