//! Killed while it holds tensors: the segment is a black box, and a second run is exact.

use crate::figures::assert_agree;
use crate::rig::{Cluster, GALAXY, N150, rig};
use crate::script::{Script, tracked};
use support::{PrivateDir, cli};

#[test]
fn killed_on_one_chip() {
    check(N150);
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
    assert_eq!(
        held.count() as u64,
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

    let reaped = cli::run(dir.path(), &["reap"]);
    assert_eq!(reaped.code, Some(0), "{}", reaped.err);
    assert!(
        reaped.out.contains(&pid.to_string()),
        "reap says whose it was: {}",
        reaped.out
    );
    assert_eq!(dir.segments().len(), 0, "reap removed it");

    start().each_quiet(|quiet| assert_agree(dir.path(), quiet));
}
