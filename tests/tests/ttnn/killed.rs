//! Killed while it holds tensors: the segment is a black box, and a second run is exact.

use crate::figures::{assert_agree, chips_of, pid_of};
use crate::rig::{Cluster, GALAXY, N150, T3000, rig};
use crate::script::{Quiet, Script, tracked};
use serde_json::Value;
use std::path::Path;
use support::{PrivateDir, cli};

#[test]
fn killed_on_one_chip() {
    check(N150);
}

#[test]
fn killed_on_eight_chips() {
    check(T3000);
}

#[test]
fn killed_on_thirty_two_chips() {
    check(GALAXY);
}

fn check(cluster: Cluster) {
    let Some(rig) = rig() else { return };
    let dir = PrivateDir::new();
    let start = || Script::start(&mut tracked(rig, cluster, dir.path(), "hold.py", &[]));
    let mut script = start();
    let quiet = script.next_quiet().expect("the script holds tensors");
    assert_agree(dir.path(), &quiet);
    let pid = script.pid();
    script.kill();

    let ps = cli::json(dir.path(), &["ps"]);
    let process = cli::process(&ps, pid).expect("ps lists the dead process");
    assert_eq!(process["state"], "dead");

    let dump = cli::json(dir.path(), &["dump"]);
    let buffers = dump["buffers"].as_array().expect("buffers are listed");
    let held = buffers
        .iter()
        .filter(|buffer| buffer["pid"] == pid && buffer["state"] == "dead");
    let of_programs = |buffer: &&Value| buffer["type"] == "CB" || buffer["type"] == "KERNEL";
    let (programs, held): (Vec<_>, Vec<_>) = held.partition(of_programs);
    assert_eq!(
        held.len() as u64,
        quiet.0["buffers"],
        "dump lists every buffer it held"
    );
    for device in dump["devices"].as_array().expect("devices are listed") {
        for (name, totals) in device["types"].as_object().expect("types are listed") {
            assert_eq!(
                totals["bytes"].as_u64().unwrap_or(0),
                0,
                "{name} counts in no live sum"
            );
        }
    }

    assert_resident(&programs, cluster);
    assert_reaped(dir.path(), &quiet, &programs);
    assert_eq!(dir.segments().len(), 0, "reap removed it");

    start().each_quiet(|quiet| assert_agree(dir.path(), quiet));
}

/// The last program's circular buffers and kernels were resident on every chip when it was killed.
fn assert_resident(programs: &[&Value], cluster: Cluster) {
    for name in ["CB", "KERNEL"] {
        let held = programs.iter().filter(|held| held["type"] == name);
        assert_eq!(held.count(), 1, "{name}: {programs:?}");
    }
    for held in programs {
        let chips = held["devices"].as_array().map(Vec::len);
        assert_eq!(chips, Some(cluster.chips));
        assert!(held["size"].as_u64() > Some(0), "{held}");
    }
}

/// `reap` says whose it was and what it held, and removes it.
fn assert_reaped(dir: &Path, quiet: &Quiet, programs: &[&Value]) {
    let figures = quiet.processes().first().expect("one process");
    let (pid, chips) = (pid_of(figures), chips_of(figures));
    let would = cli::json(dir, &["reap", "--dry-run"]);
    let told = &would["reaped"][0];
    assert_eq!(told["pid"], pid);
    let count = quiet.0["buffers"].as_u64().expect("a number") + programs.len() as u64;
    assert_eq!(told["buffers"], count, "{would}");
    let on_all = |bytes: u64| bytes * chips.len() as u64;
    let held = |name: &str| figures["types"][name]["bytes"].as_u64().expect("a number");
    assert_eq!(told["dram_bytes"], on_all(held("DRAM")), "{would}");
    let of_programs = programs.iter().filter_map(|held| held["size"].as_u64());
    let l1 = held("L1") + of_programs.sum::<u64>();
    assert_eq!(told["l1_bytes"], on_all(l1), "{would}");
    let user = told["user"].as_str().expect("a process has a user");
    let on = match chips.len() {
        1 => "0".to_owned(),
        several => format!("0-{}", several - 1),
    };

    let reaped = cli::run(dir, &["reap"]);
    assert_eq!(reaped.code, Some(0), "{}", reaped.err);
    for part in [
        format!("pid {pid} of {user}, dead"),
        format!("held {count} allocations on device {on}: DRAM "),
        "hold.py".to_owned(),
    ] {
        assert!(reaped.out.contains(&part), "{part}: {}", reaped.out);
    }
}
