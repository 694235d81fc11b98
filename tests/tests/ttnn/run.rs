//! `ttmem run`: an unmodified model, tracked by nothing but the words in front of it.

use crate::figures::{assert_agree, pid_of};
use crate::rig::{N150, Rig, rig, scripts};
use crate::script::{Quiet, Script};
use serde_json::Value;
use std::path::Path;
use std::process::Command;
use support::{PrivateDir, binaries, cli};

/// `ttmem run -- PREFIX python SCRIPT`, with its segments in `dir`.
fn under_run(rig: &Rig, dir: &Path, prefix: &[&str], script: &str) -> Command {
    run_with(rig, dir, &[], prefix, script)
}

/// The same with flags of `run`.
fn run_with(rig: &Rig, dir: &Path, flags: &[&str], prefix: &[&str], script: &str) -> Command {
    let mut command = Command::new(binaries::ttmem());
    command.args(["run", "--bytes"]).args(flags);
    command.arg("--").args(prefix);
    command
        .arg(rig.interpreter())
        .arg(scripts().join(script))
        .env_remove("LD_PRELOAD");
    rig.tell(&mut command, N150);
    command
        .env("TTMEM_PRELOAD", binaries::preload_library())
        .env("TTMEM_DIR", dir);
    command
}

fn pid_in(quiet: &Quiet) -> u32 {
    quiet.processes().first().map(pid_of).expect("one process")
}

#[test]
fn a_good_end_is_reported_and_leaves_nothing() {
    let Some(rig) = rig() else { return };
    let dir = PrivateDir::new();
    let mut script = Script::start(&mut under_run(rig, dir.path(), &[], "workload.py"));
    let mut points = 0;
    let mut last = None;
    while let Some(quiet) = script.next_quiet() {
        assert_agree(dir.path(), &quiet);
        points += 1;
        last = Some(quiet);
        script.go_on();
    }
    assert_eq!(points, 9, "the script went through all its quiet points");
    let (status, report) = script.finish();
    assert_eq!(status.code(), Some(0), "{report}");

    let last = last.expect("there were quiet points");
    assert!(
        report.contains("workload.py ended with status 0"),
        "{report}"
    );
    assert!(report.contains("; 1 process reported"), "{report}");
    let verdict = format!("pid {}  exited  exact", pid_in(&last));
    assert!(report.contains(&verdict), "{report}");
    assert!(report.contains("no buffer was live at the end"), "{report}");
    // The peaks that the runtime's own allocator had.
    for name in ["DRAM", "L1"] {
        let peak = last.processes()[0]["types"][name]["peak_bytes"].to_string();
        let row = report
            .lines()
            .map(|line| line.split_whitespace().collect::<Vec<_>>())
            .find(|row| row.first() == Some(&name))
            .expect("each type has a row");
        assert_eq!(row[2], peak, "peak of {name}: {report}");
        assert_eq!(row[3], "0", "{name} at the end: {report}");
    }
    assert_eq!(dir.segments().len(), 0, "a good end leaves no segment");
}

#[test]
fn the_status_of_the_program_is_passed_on() {
    let Some(rig) = rig() else { return };
    let dir = PrivateDir::new();
    let through_a_shell = ["sh", "-c", "\"$@\"; exit 7", "sh"];
    let mut command = under_run(rig, dir.path(), &through_a_shell, "hold.py");
    let mut script = Script::start(&mut command);
    let quiet = script.next_quiet().expect("the script holds tensors");
    assert_agree(dir.path(), &quiet);
    script.go_on();
    assert!(script.next_quiet().is_none());
    assert_eq!(script.printed, ["done"], "its output is left alone");
    let (status, report) = script.finish();
    assert_eq!(status.code(), Some(7), "{report}");
    assert!(report.contains("ended with status 7"), "{report}");
    assert_eq!(dir.segments().len(), 1, "kept, to be looked into");
}

#[test]
fn a_kill_is_reported_and_leaves_what_was_held() {
    let Some(rig) = rig() else { return };
    let dir = PrivateDir::new();
    let mut script = Script::start(&mut under_run(rig, dir.path(), &[], "hold.py"));
    let quiet = script.next_quiet().expect("the script holds tensors");
    assert_agree(dir.path(), &quiet);
    let pid = pid_in(&quiet);
    assert_ne!(pid, script.pid(), "the program is a child of ttmem");
    support::kill(pid);
    assert!(script.next_quiet().is_none());
    let (status, report) = script.finish();
    assert_eq!(status.code(), Some(128 + 9), "{report}");
    assert!(report.contains("hold.py was killed by SIGKILL"), "{report}");
    let live = format!("live at the end: {} buffers", quiet.0["buffers"]);
    assert!(report.contains(&live), "{report}");

    let kept = dir.segments();
    assert_eq!(kept.len(), 1, "the segment is kept");
    assert!(
        report.contains(&format!("kept {}", kept[0].display())),
        "{report}"
    );
    let dump = cli::json(dir.path(), &["dump"]);
    let process = cli::process(&dump, pid).expect("the process is in the dump");
    assert_eq!(process["state"], "dead");
    assert_eq!(process["exact"], true);
    let buffers = dump["buffers"].as_array().expect("buffers are listed");
    let of_programs = |buffer: &Value| buffer["type"] == "CB" || buffer["type"] == "KERNEL";
    let held = buffers
        .iter()
        .filter(|buffer| buffer["pid"] == pid && !of_programs(buffer));
    assert_eq!(
        held.count() as u64,
        quiet.0["buffers"],
        "dump lists every buffer it held"
    );
}

#[test]
fn an_exception_is_reported_with_what_was_live_before_it() {
    let Some(rig) = rig() else { return };
    let dir = PrivateDir::new();
    let mut script = Script::start(&mut under_run(rig, dir.path(), &[], "exhaust.py"));
    let full = script.next_quiet().expect("the script fills L1");
    script.go_on();
    assert!(script.next_quiet().is_none());
    let (status, report) = script.finish();
    assert_eq!(status.code(), Some(1), "{report}");
    assert!(
        report.contains("1 allocation FAILED, the last of 524288 of L1 on device 0 at "),
        "{report}"
    );
    assert!(report.contains("Out of Memory"), "{report}");
    let live = format!(
        "live at that moment: {} buffers: L1 {}",
        full.0["buffers"],
        full.processes()[0]["types"]["L1"]["bytes"]
    );
    assert!(report.contains(&live), "{live}: {report}");
    let held = &full.processes()[0]["types"]["L1"]["bytes"];
    let buffers = full.0["buffers"].as_u64().expect("a number of buffers");
    let each = held.as_u64().expect("a number of bytes") / buffers;
    let alike = format!("  {buffers} x {each} of L1 on device 0\n");
    assert!(report.contains(&alike), "{alike}: {report}");
    // As the runtime's allocator has it.
    let (gap, banks) = (&full.0["largest"], &full.0["banks"]);
    let gap = format!("largest free: {gap} in each of {banks} banks\n");
    assert!(report.contains(&gap), "{gap}: {report}");
}

#[test]
fn what_only_closing_the_device_freed_is_told_and_can_be_a_gate() {
    let Some(rig) = rig() else { return };
    let leave = |flags: &[&str], how: &str| {
        let dir = PrivateDir::new();
        let mut command = run_with(rig, dir.path(), flags, &[], "leave.py");
        cli::Said::from(command.arg(how).output().expect("ttmem can be started"))
    };
    let freed = "\n  freed only by closing the device: 4 buffers: DRAM 147456, L1 442368\n";
    // Closed by the script or by the runtime at its end; either is the end of all it held.
    for how in ["close", "return"] {
        let said = leave(&["--fail-on-leak"], how);
        assert_eq!(said.code, Some(0), "held to the end is not forgotten");
        assert!(said.err.contains(freed), "{how}: {}", said.err);
        let said = leave(&["--fail-on-leak", "--closed"], how);
        assert_eq!(said.code, Some(3), "{how}: {}", said.err);
        let tripped =
            "live at the end or freed only by closing the device: L1 442368; 0 is allowed";
        assert!(said.err.contains(tripped), "{how}: {}", said.err);
        let said = leave(&["--fail-on-leak", "442368", "--closed"], how);
        assert_eq!(said.code, Some(0), "{how}: {}", said.err);
    }
    let said = leave(&["--fail-on-leak", "--closed"], "tidy");
    assert_eq!(said.code, Some(0), "{}", said.err);
    assert!(!said.err.contains("freed only"), "{}", said.err);
}
