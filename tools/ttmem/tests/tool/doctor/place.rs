//! The directory of the segments, and the library.

use super::Diagnosis;
use crate::support::{Place, Producer};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

#[test]
fn a_healthy_producer_has_nothing_to_complain_of() {
    let place = Place::in_tmpfs();
    let mut chat = Producer::start(&place, "chat");
    chat.steps(2);
    let diagnosis = Diagnosis::of(&place, &["-p", &chat.pid().to_string()]);
    assert_eq!(diagnosis.complaints(), Vec::<&str>::new());
    assert_eq!(diagnosis.code, 0);
    diagnosis.expect("directory", "ok", &["is a tmpfs"]);
    diagnosis.expect("library", "ok", &["libttmem_preload.so can be loaded"]);
    diagnosis.expect("reporting", "ok", &["1 producer at work"]);

    // For people, and as a table.
    let pid = chat.pid().to_string();
    let shown = place.shows(&["doctor", "-p", &pid]);
    assert!(
        shown.lines().last().unwrap().ends_with("not applicable"),
        "{shown}"
    );
    assert!(shown.lines().all(|line| !line.contains("->")), "{shown}");
    let csv = place.shows(&["doctor", "-p", &pid, "--format", "csv"]);
    assert!(
        csv.starts_with("name,verdict,found,details,advice\ndirectory,ok,"),
        "{csv}"
    );
    let lines = place.shows(&["doctor", "-p", &pid, "--format", "ndjson"]);
    assert_eq!(
        lines.lines().count(),
        diagnosis.said["checks"].as_array().unwrap().len()
    );
}

#[test]
fn nobody_reports() {
    let place = Place::in_tmpfs();
    let diagnosis = Diagnosis::of(&place, &["--devices", "/nowhere", "-p", "1"]);
    diagnosis.expect(
        "reporting",
        "warning",
        &["nobody reports to", "ttmem run -- CMD"],
    );
}

#[test]
fn a_directory_that_does_not_do() {
    let place = Place::in_tmpfs();
    let missing = place.path().join("missing");
    let missing = missing.to_str().unwrap();
    let diagnosis = Diagnosis::of(&place, &["--dir", missing]);
    diagnosis.expect("directory", "error", &[missing, "mkdir -p"]);
    for name in ["readable", "damage", "losses", "dead"] {
        diagnosis.expect(name, "not_applicable", &["no segment can be looked for"]);
    }
    assert_eq!(diagnosis.code, 1);

    let file = place.path().join("file");
    fs::write(&file, "").unwrap();
    let diagnosis = Diagnosis::of(&place, &["--dir", file.to_str().unwrap()]);
    diagnosis.expect("directory", "error", &["is not a directory"]);

    fs::set_permissions(place.path(), fs::Permissions::from_mode(0o777)).unwrap();
    Diagnosis::of(&place, &[]).expect("directory", "warning", &["chmod +t"]);
    fs::set_permissions(place.path(), fs::Permissions::from_mode(0o1777)).unwrap();
    Diagnosis::of(&place, &[]).expect("directory", "ok", &[]);
}

#[test]
fn a_directory_on_a_disk() {
    // Written to like any other, but no tmpfs: the kernel's own.
    let place = Place::new();
    let diagnosis = Diagnosis::of(&place, &["--dir", "/sys"]);
    assert_ne!(diagnosis.verdict("directory"), "ok");
}

/// A tmpfs that is full, or has room for less than a segment, in a mount namespace of its own.
#[test]
fn a_directory_without_room() {
    let place = Place::in_tmpfs();
    for (bytes, verdict, words) in [
        ("64k", "error", "not tracked"),
        ("2m", "warning", "smaller one"),
    ] {
        let script = format!(
            "mount -t tmpfs -o size={bytes} tmpfs \"$TTMEM_DIR\" && exec \"$0\" doctor --json"
        );
        let ttmem = assert_cmd::cargo::cargo_bin!("ttmem");
        let output = Command::new("unshare")
            .args(["--map-root-user", "--mount", "sh", "-c", &script])
            .arg(ttmem)
            .env("TTMEM_DIR", place.path())
            .output()
            .unwrap();
        if output.stdout.is_empty() {
            eprintln!("skipped: no file system can be mounted here");
            return;
        }
        let said: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let checks = said["checks"].as_array().unwrap();
        let room = checks.iter().find(|check| check["name"] == "room").unwrap();
        assert_eq!(room["verdict"], verdict, "{room}");
        assert!(room["found"].as_str().unwrap().contains(words), "{room}");
        assert!(room["advice"].to_string().contains("--shm-size"), "{room}");
    }
}

#[test]
fn a_preload_library_that_cannot_be_loaded() {
    let place = Place::in_tmpfs();
    let broken = place.path().join("libttmem_preload.so");
    fs::write(&broken, "no library").unwrap();
    let judge = |path: &std::path::Path| {
        let mut command = place.ttmem(&["doctor", "--json"]);
        let output = command.env("TTMEM_PRELOAD", path).output().unwrap();
        let said: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let checks = said["checks"].as_array().unwrap().clone();
        checks
            .into_iter()
            .find(|check| check["name"] == "library")
            .unwrap()
    };
    let check = judge(&broken);
    assert_eq!(check["verdict"], "error", "{check}");
    assert!(check["details"].to_string().contains("ld.so"), "{check}");
    let check = judge(&place.path().join("missing.so"));
    assert_eq!(check["verdict"], "error", "{check}");
    assert!(
        check["found"].to_string().contains("no such file"),
        "{check}"
    );
}
