//! A model that forgets a tensor in each iteration is caught against a baseline, while it runs and after
//! it was killed; the same model without the leak never is.

use crate::rig::{Cluster, N150, Rig, T3000, rig};
use crate::script::{Quiet, Script, tracked};
use serde_json::Value;
use std::path::Path;
use support::{PrivateDir, cli};

/// A look of ours: what `leaks` says of a process against a baseline, and how it ends.
fn judged(dir: &Path, baseline: &str, pid: u32) -> (Option<i32>, Value, String) {
    let pid = pid.to_string();
    let said = cli::run(
        dir,
        &[
            "leaks",
            "--json",
            "--strict",
            "-p",
            &pid,
            "--baseline",
            baseline,
        ],
    );
    let document = serde_json::from_str(&said.out).expect("leaks writes JSON");
    (said.code, document, said.err)
}

fn start(rig: &Rig, cluster: Cluster, dir: &Path, args: &[&str]) -> Script {
    Script::start(&mut tracked(rig, cluster, dir, "iterate.py", args))
}

/// A saved file of the moment, beside the segments.
fn save(dir: &Path, name: &str) -> String {
    let file = dir.join(name).display().to_string();
    let said = cli::run(dir, &["save", &file]);
    assert_eq!(said.code, Some(0), "{}", said.err);
    file
}

#[test]
fn a_leak_on_one_chip_is_caught() {
    check_leak(N150);
}

#[test]
fn a_leak_on_eight_chips_is_caught() {
    check_leak(T3000);
}

fn check_leak(cluster: Cluster) {
    let Some(rig) = rig() else { return };
    let dir = PrivateDir::new();
    let mut script = start(rig, cluster, dir.path(), &["leak"]);
    let pid = script.pid();
    let warm = script.next_quiet().expect("the script warms up");
    let baseline = save(dir.path(), "warm");
    assert_eq!(judged(dir.path(), &baseline, pid).0, Some(0));
    for _ in 0..2 {
        script.go_on();
        let now = script.next_quiet().expect("the script takes a turn");
        assert_caught(cluster, &warm, &now, &judged(dir.path(), &baseline, pid));
    }
    script.go_on();
    let last = script.next_quiet().expect("the script takes a turn");
    script.kill();
    let (code, document, err) = judged(dir.path(), &baseline, pid);
    assert_eq!(document["groups"][0]["state"], "dead");
    assert_caught(cluster, &warm, &last, &(code, document, err));
}

/// The group that grew has as many buffers more as tensors were forgotten, of what the allocator says it
/// holds more.
fn assert_caught(
    cluster: Cluster,
    warm: &Quiet,
    now: &Quiet,
    judged: &(Option<i32>, Value, String),
) {
    let (code, document, err) = judged;
    assert_eq!(*code, Some(3), "{err}");
    let number = |quiet: &Quiet, pointer: &str| {
        let figure = quiet.0.pointer(pointer).and_then(Value::as_u64);
        figure.unwrap_or_else(|| panic!("{pointer} is a number"))
    };
    let more = |pointer: &str| number(now, pointer) - number(warm, pointer);
    let (tensors, bytes) = (more("/forgotten"), more("/processes/0/types/DRAM/bytes"));
    assert_eq!(document["rules"][0]["rule"], "grew");
    assert_eq!(document["rules"][0]["groups"], 1, "{document}");
    assert_eq!(document["rules"][0]["buffers"], tensors, "{document}");
    assert_eq!(
        document["rules"][0]["dram_bytes"],
        bytes * cluster.chips as u64,
        "{document}"
    );
    let group = &document["groups"][0];
    assert_eq!(group["type"], "DRAM");
    assert_eq!(group["size"], bytes / tensors);
    assert_eq!(
        group["devices"].as_array().map(Vec::len),
        Some(cluster.chips)
    );
    let tensors = format!("grew since the baseline: {tensors} buffers");
    assert!(err.contains(&tensors), "{err}");
}

#[test]
fn without_the_leak_nothing_trips_ten_times_out_of_ten() {
    let Some(rig) = rig() else { return };
    let dir = PrivateDir::new();
    let mut baseline = String::new();
    let mut looks = 0;
    // The first run against its own baseline, the others against that of the first.
    for run in 1..=10 {
        let script = start(rig, N150, dir.path(), &[]);
        let pid = script.pid();
        script.each_quiet(|quiet| {
            if baseline.is_empty() {
                baseline = save(dir.path(), "warm");
            }
            let (code, document, err) = judged(dir.path(), &baseline, pid);
            let label = quiet.label();
            assert_eq!(code, Some(0), "run {run}, {label}: {err}");
            assert_eq!(document["tripped"], false);
            let groups = &document["groups"];
            assert_eq!(*groups, serde_json::json!([]), "run {run}, {label}");
            assert_eq!(document["exact"], true);
            looks += 1;
        });
    }
    assert_eq!(looks, 60);
}

#[test]
fn what_closing_the_device_freed_is_found_afterwards_and_in_a_saved_file() {
    let Some(rig) = rig() else { return };
    for (cluster, each) in [(N150, 147_456), (T3000, 131_072)] {
        let dir = PrivateDir::new();
        let mut command = tracked(rig, cluster, dir.path(), "leave.py", &["close"]);
        let ended = command.env("TTMEM_KEEP", "1").output();
        assert!(ended.expect("the script can be started").status.success());
        let file = save(dir.path(), "after");
        for from in [&[][..], &["--from", &file]] {
            let leaks = |flags: &[&str]| {
                let said = cli::run(dir.path(), &[&["leaks", "--json"], from, flags].concat());
                let document: Value = serde_json::from_str(&said.out).expect("leaks writes JSON");
                (said.code, document, said.err)
            };
            let (code, document, err) = leaks(&[]);
            assert_eq!(code, Some(0), "{err}");
            assert_eq!(document["freed_by_closing"]["buffers"], 4);
            assert!(err.contains("and not judged: 4 buffers, DRAM "), "{err}");

            let (code, document, err) = leaks(&["--closed"]);
            assert_eq!(code, Some(3), "{err}");
            assert!(
                err.contains("tripped: freed only by closing the device: 3 buffers"),
                "{err}"
            );
            let groups = document["groups"].as_array().expect("a list");
            let [group] = &groups[..] else {
                panic!("as little DRAM as the runtime may have is left out: {document}");
            };
            let chips = group["devices"].as_array().expect("a list").len();
            assert_eq!((&group["type"], chips), (&Value::from("L1"), cluster.chips));
            assert_eq!(
                (&group["buffers"], &group["size"]),
                (&3.into(), &each.into())
            );
            assert_eq!(group["rules"], serde_json::json!(["closed"]));
        }
    }
}
