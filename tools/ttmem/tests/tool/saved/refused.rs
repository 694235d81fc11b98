//! What is no saved file, or not any more.

use super::Host;
use serde_json::json;
use std::fs;

#[test]
fn what_cannot_be_read_is_refused_with_a_reason() {
    let host = Host::new();
    host.save();
    let good = fs::read(host.file()).unwrap();
    let mut newer = good.clone();
    newer[8] = 9;
    let mut damaged = good.clone();
    damaged[100] ^= 1;
    let segment = fs::read(&host.chat.segment).unwrap();
    for (bytes, reason) in [
        (
            &good[..good.len() - 1],
            "it is cut short: it ends in the middle of a segment",
        ),
        (
            &good[..60],
            "it is cut short: it ends in the middle of its table of contents",
        ),
        (
            &b"\x89PNG\r\n\x1a\n and so on, and so on"[..],
            "it was not made by 'ttmem save'",
        ),
        (
            &newer,
            "it has format version 9.0; this ttmem reads version 1",
        ),
        (
            &damaged,
            "it is damaged: the checksum of its table of contents does not match",
        ),
        (&segment, "it is a single segment"),
        (&[], "it is empty"),
    ] {
        let file = host.elsewhere.path().join("bad");
        fs::write(&file, bytes).unwrap();
        let path = file.to_str().unwrap();
        for command in ["ps", "dump", "log", "top"] {
            let assert = host
                .elsewhere
                .ttmem(&[command, "--from", path])
                .assert()
                .code(1);
            let output = assert.get_output();
            assert!(output.stdout.is_empty());
            let said = String::from_utf8_lossy(&output.stderr);
            assert_eq!(said.lines().count(), 1, "{said}");
            assert!(
                said.starts_with(&format!("ttmem: cannot read {path}: {reason}")),
                "{said}"
            );
        }
    }
    // One segment that is damaged hides no other.
    let mut bad = good.clone();
    *bad.last_mut().unwrap() ^= 1;
    let file = host.elsewhere.path().join("bad");
    fs::write(&file, bad).unwrap();
    let ps = host
        .elsewhere
        .json(&["ps", "--json", "--from", file.to_str().unwrap()]);
    assert_eq!(ps["processes"].as_array().unwrap().len(), 2);
    assert_eq!(
        (&ps["unreadable"], &ps["exact"]),
        (&json!(2), &json!(false))
    );
}
