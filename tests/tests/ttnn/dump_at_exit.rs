//! `TTMEM_DUMP_AT_EXIT` of a model: what it left to its device to free, and what it held when it died.

use crate::rig::{N150, T3000, rig};
use crate::script::{said_by_ttmem, tracked};
use support::{PrivateDir, cli};

const NOTHING: &str = ") held nothing at its end";
const CLOSED: &str = ") held when its device was closed or cleared: ";

/// Standard error of `leave.py HOW`, and what `reap` says of what it left.
fn leave(cluster: crate::rig::Cluster, how: &str) -> Option<(cli::Said, cli::Said)> {
    let rig = rig()?;
    let dir = PrivateDir::new();
    let mut command = tracked(rig, cluster, dir.path(), "leave.py", &[how]);
    let output = command.env("TTMEM_DUMP_AT_EXIT", "1").output();
    let said = cli::Said::from(output.expect("the script can be started"));
    Some((said, cli::run(dir.path(), &["reap"])))
}

#[test]
fn what_is_left_to_the_device_to_free_is_told() {
    for (how, status) in [("return", 0), ("close", 0), ("raise", 1)] {
        let Some((said, reaped)) = leave(N150, how) else {
            return;
        };
        assert_eq!(said.code, Some(status), "{how}: {}", said.err);
        let lines = said_by_ttmem(&said.err);
        assert!(lines[0].ends_with(NOTHING), "{how}: {}", said.err);
        let sums = "DRAM 144.0 KiB in 1 buffer on device 0; L1 432.0 KiB in 3 buffers on device 0";
        assert!(
            lines[1].ends_with(&format!("{CLOSED}{sums}")),
            "{how}: {}",
            said.err
        );
        let groups = "\n  L1: 3 x 144.0 KiB on device 0\n  DRAM: 1 x 144.0 KiB on device 0\n";
        assert!(said.err.ends_with(groups), "{how}: {}", said.err);
        assert_eq!(reaped.err, "ttmem: no dead producer has left anything\n");
    }
}

#[test]
fn a_mesh_is_told_of_as_one() {
    let Some((said, _)) = leave(T3000, "close") else {
        return;
    };
    let group = "\n  L1: 3 x 128.0 KiB on each of devices 0-7\n";
    assert!(said.err.contains(group), "{}", said.err);
}

#[test]
fn who_tidies_up_holds_nothing() {
    let Some((said, _)) = leave(N150, "tidy") else {
        return;
    };
    let lines = said_by_ttmem(&said.err);
    assert!(
        lines.len() == 1 && lines[0].ends_with(NOTHING),
        "{}",
        said.err
    );
}

#[test]
fn who_ends_without_exit_handlers_still_held_it_all() {
    let Some((said, _)) = leave(N150, "_exit") else {
        return;
    };
    let lines = said_by_ttmem(&said.err);
    assert_eq!(lines.len(), 1, "{}", said.err);
    assert!(
        lines[0].contains(") held at its end: DRAM 144.0 KiB in 1 buffer"),
        "{}",
        said.err
    );
    assert!(
        said.err.contains("\n  CB: 1 x "),
        "what is resident counts: {}",
        said.err
    );
}

#[test]
fn what_a_signal_ended_is_told_by_reap() {
    let Some((said, reaped)) = leave(N150, "SIGTERM") else {
        return;
    };
    assert_eq!(said.code, None, "no handler of ours is installed");
    assert_eq!(said_by_ttmem(&said.err), Vec::<&str>::new());
    let held =
        ") held when it died: DRAM 144.0 KiB in 1 buffer on device 0; L1 432.0 KiB in 3 buffers";
    assert!(reaped.err.contains(held), "{}", reaped.err);
}
