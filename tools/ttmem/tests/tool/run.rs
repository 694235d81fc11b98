//! run: somebody else's program, its signals, its status, and what it left.

use crate::support::{Place, signal};
use ::support::until;
use nix::sys::signal::Signal;
use serde_json::Value;
use std::fs::OpenOptions;
use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;

/// Runs a producer of the demo under `run`, two steps long.
fn tracked(place: &Place, flags: &[&str]) -> assert_cmd::assert::Assert {
    let this = assert_cmd::cargo::cargo_bin!("ttmem")
        .to_str()
        .unwrap()
        .to_owned();
    let mut arguments = vec!["run"];
    arguments.extend(flags);
    arguments.extend(["--", &this, "demo-producer", "embed"]);
    let library = place.path().join("stand-in.so");
    std::fs::write(&library, "").unwrap();
    // The producer is linked, so that what is preloaded need not be a library at all.
    place
        .ttmem(&arguments)
        .env("TTMEM_PRELOAD", library)
        .write_stdin("step\nstep\nend\n")
        .assert()
}

fn segments(place: &Place) -> usize {
    place
        .files()
        .iter()
        .filter(|name| name.starts_with("ttmem."))
        .count()
}

#[test]
fn a_run_reports_and_cleans_up() {
    let place = Place::new();
    let assert = tracked(&place, &[]).success();
    let report = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
    assert!(report.contains("ended with status 0"), "{report}");
    assert!(report.contains("1 process reported"), "{report}");
    assert!(report.contains("live at the end: 12 buffers"), "{report}");
    assert!(report.contains("exact"), "{report}");
    let output = String::from_utf8_lossy(&assert.get_output().stdout).into_owned();
    assert!(
        output.ends_with("step\nstep\n"),
        "its own output is left alone: {output}"
    );
    assert_eq!(segments(&place), 0);

    tracked(&place, &["--keep"]).success();
    assert_eq!(segments(&place), 1);
    assert_eq!(
        place.json(&["ps", "--json"])["processes"][0]["state"],
        "exited"
    );
}

#[test]
fn a_run_can_be_a_gate() {
    let place = Place::new();
    tracked(&place, &["--fail-on-leak"]).code(3);
    tracked(&place, &["--fail-on-leak", "100M"]).code(3);
    tracked(&place, &["--fail-on-leak", "1G"]).success();
    let file = place.path().join("report.json");
    tracked(&place, &["--json", "-o", file.to_str().unwrap()]).success();
    let report: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    assert_eq!(report["status"], 0);
    assert_eq!(report["exact"], true);
    assert_eq!(report["left"].as_array().unwrap().len(), 12);
    assert_eq!(
        report["processes"][0]["by_device"][0]["types"]["L1"]["peak_bytes"],
        64 * ((128 + 144) << 10)
    );

    // What lies in different memories is not added up.
    let left = |name: &str| report[name].as_u64().unwrap();
    let (dram, l1) = (left("left_dram_bytes"), left("left_l1_bytes"));
    assert!(dram > 0 && l1 > 0, "{dram} {l1}");
    assert_eq!(left("left_host_bytes"), 0);
    let most = dram.max(l1);
    tracked(&place, &["--fail-on-leak", &most.to_string()]).success();
    let tripped = tracked(&place, &["--fail-on-leak", &(most - 1).to_string()]).code(3);
    let said = String::from_utf8_lossy(&tripped.get_output().stderr).into_owned();
    assert!(said.contains("live at the end: DRAM "), "{said}");
    assert!(said.contains(" is allowed in each memory"), "{said}");
}

#[test]
fn a_run_returns_what_the_program_returned() {
    let place = Place::new();
    let library = place.path().join("stand-in.so");
    std::fs::write(&library, "").unwrap();
    let run = |script: &str| {
        place
            .ttmem(&["run", "--fail-on-leak", "--", "sh", "-c", script])
            .env("TTMEM_PRELOAD", &library)
            .assert()
    };
    run("exit 0").success();
    run("exit 7").code(7);
    run("kill -9 $$").code(128 + 9);
    run("test \"$TTMEM$TTMEM_KEEP\" = 11 && test -n \"$TTMEM_RUN_ID\"").success();
    let missing = ["run", "--", "./no-such-program"];
    place
        .ttmem(&missing)
        .env("TTMEM_PRELOAD", &library)
        .assert()
        .code(127);
    place
        .ttmem(&missing)
        .env("TTMEM_PRELOAD", "/no/such/library")
        .assert()
        .code(2);
}

#[test]
fn a_run_passes_signals_on() {
    let place = Place::new();
    let library = place.path().join("stand-in.so");
    std::fs::write(&library, "").unwrap();
    let script = "trap 'exit 9' TERM; echo ready; while :; do sleep 0.05; done";
    let library = library.to_str().unwrap();
    let mut run = place.spawn_with(&["run", "--", "sh", "-c", script], "TTMEM_PRELOAD", library);
    let mut ready = String::new();
    BufReader::new(run.stdout.take().unwrap())
        .read_line(&mut ready)
        .unwrap();
    signal(&run, Signal::SIGTERM);
    assert_eq!(run.wait().unwrap().code(), Some(9));
}

#[test]
fn a_run_under_nohup_survives_the_hang_up() {
    let place = Place::new();
    let library = place.path().join("stand-in.so");
    std::fs::write(&library, "").unwrap();
    let ttmem = assert_cmd::cargo::cargo_bin!("ttmem");
    let program = "kill -HUP $$; echo survived; read line; exit 4";
    let mut run = std::process::Command::new("sh")
        .args(["-c", r#"trap "" HUP; exec "$@""#, "sh"])
        .arg(ttmem)
        .args(["run", "--", "sh", "-c", program])
        .env("TTMEM_DIR", place.path())
        .env("TTMEM_PRELOAD", &library)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = String::new();
    BufReader::new(run.stdout.take().unwrap())
        .read_line(&mut said)
        .unwrap();
    assert_eq!(said, "survived\n", "the program inherits the ignoring");
    signal(&run, Signal::SIGHUP);
    writeln!(run.stdin.take().unwrap(), "go on").unwrap();
    let output = run.wait_with_output().unwrap();
    let report = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(4), "{report}");
    assert!(report.contains("ended with status 4"), "{report}");
}

#[test]
fn what_outlives_its_run_leaves_a_segment_that_can_be_reaped() {
    let place = Place::new();
    let here = tempfile::tempdir().unwrap();
    let fifo = here.path().join("orders");
    nix::unistd::mkfifo(&fifo, nix::sys::stat::Mode::S_IRWXU).unwrap();
    // Open for both, or it would wait for the other side. Closed, it ends the producer.
    let mut orders = OpenOptions::new()
        .read(true)
        .write(true)
        .open(&fifo)
        .unwrap();
    let library = here.path().join("stand-in.so");
    std::fs::write(&library, "").unwrap();
    // The loader complains about the stand-in: only what the producer says itself is an answer.
    let script = r#""$1" demo-producer embed <orders >answers 2>/dev/null & pid=$!
        until test -s answers || ! test -p orders; do sleep 0.01; done; echo $pid"#;
    let ttmem = assert_cmd::cargo::cargo_bin!("ttmem");
    let assert = place
        .ttmem(&["run", "--", "sh", "-c", script, "sh"])
        .arg(ttmem)
        .env("TTMEM_PRELOAD", &library)
        .current_dir(here.path())
        .assert()
        .success();
    let output = assert.get_output();
    let pid = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    let report = String::from_utf8_lossy(&output.stderr).into_owned();
    let note = format!("ttmem: pid {pid} is still running and goes on reporting: ");
    let note = report.lines().find(|line| line.starts_with(&note));
    let note = note.unwrap_or_else(|| panic!("{report}"));
    assert!(
        note.ends_with(&format!(
            " stays after its end (TTMEM_KEEP=1); 'ttmem reap -p {pid}' removes it then"
        )),
        "{note}"
    );

    writeln!(orders, "end").unwrap();
    until("the producer has ended", || {
        place.json(&["ps", "--json"])["processes"][0]["state"] == "exited"
    });
    assert_eq!(segments(&place), 1);
    place.shows(&["reap", "-p", &pid]);
    assert_eq!(segments(&place), 0);
}
