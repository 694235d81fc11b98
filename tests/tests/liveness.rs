//! Whether a producer is there is a matter of a kernel lock: its PID says nothing.
#![forbid(unsafe_code)]

use std::path::Path;
use std::process::{Child, Command, Stdio};
use support::{PrivateDir, ProducerProcess, Starter, agreement, cli, is_root, skip, until};
use ttmem_layout::Header;

const WORK: [&str; 4] = [
    "device 0",
    "pool chip 0",
    "alloc 0 DRAM 0x100040 500000 43696 12",
    "alloc 0 L1 0x8000 2048 2048 1",
];

fn state(dir: &Path, pid: u32) -> Option<String> {
    let ps = cli::json(dir, &["ps"]);
    Some(cli::process(&ps, pid)?["state"].as_str()?.to_owned())
}

#[test]
fn a_killed_producer_is_dead_and_its_buffers_are_still_told() {
    let dir = PrivateDir::new();
    let mut producer = ProducerProcess::attached(dir.path());
    producer.all_ok(&WORK);
    let (pid, ledger) = (producer.pid(), producer.ledger("ledger"));
    assert_eq!(state(dir.path(), pid).as_deref(), Some("running"));
    producer.kill();
    assert_eq!(state(dir.path(), pid).as_deref(), Some("dead"));
    let dump = cli::json(dir.path(), &["dump"]);
    let process = cli::process(&dump, pid).expect("the dead are shown");
    agreement::assert_totals(process, &ledger);
    agreement::assert_buffers(&dump, &process["segment"], &ledger);
    // What the dead held is never in the live sums.
    for device in dump["devices"].as_array().expect("a dump has devices") {
        assert_eq!(device["total_bytes"], 0, "{device}");
    }
}

#[test]
fn a_clean_exit_leaves_nothing_unless_it_is_to_be_kept() {
    let dir = PrivateDir::new();
    let mut producer = ProducerProcess::attached(dir.path());
    producer.all_ok(&WORK);
    assert_eq!(dir.segments().len(), 1);
    assert!(producer.finish().status.success());
    assert_eq!(dir.segments(), Vec::<std::path::PathBuf>::new());

    let mut keeper = Starter::new(dir.path()).env("TTMEM_KEEP", "1").start();
    keeper.ok("attach");
    keeper.all_ok(&WORK);
    let pid = keeper.pid();
    assert!(keeper.finish().status.success());
    assert_eq!(state(dir.path(), pid).as_deref(), Some("exited"));
}

#[test]
fn every_unclean_end_is_told_from_a_clean_one() {
    let dir = PrivateDir::new();
    for end in ["abort", "kill"] {
        let mut producer = Starter::new(dir.path()).env("TTMEM_KEEP", "1").start();
        producer.ok("attach");
        producer.send(end);
        assert_eq!(producer.answer(), None);
        let pid = producer.pid();
        assert!(producer.finish().signal().is_some());
        assert_eq!(
            state(dir.path(), pid).as_deref(),
            Some("dead"),
            "after {end}"
        );
    }
    let mut producer = Starter::new(dir.path()).env("TTMEM_KEEP", "1").start();
    producer.ok("attach");
    producer.send("exit 7");
    let pid = producer.pid();
    assert_eq!(producer.finish().status.code(), Some(7));
    assert_eq!(
        state(dir.path(), pid).as_deref(),
        Some("exited"),
        "after exit 7"
    );
}

/// The recorded PID belongs to a living process: this one.
#[test]
fn a_pid_that_is_in_use_again_revives_nobody() {
    use zerocopy::{FromBytes, IntoBytes};
    let dir = PrivateDir::new();
    let mut producer = ProducerProcess::attached(dir.path());
    producer.all_ok(&WORK);
    producer.kill();
    let path = dir.segments().remove(0);
    let mut bytes = std::fs::read(&path).expect("a segment can be read by its user");
    let (mut header, rest) = Header::read_from_prefix(&bytes).expect("a segment has a header");
    let rest = rest.to_vec();
    header.pid = std::process::id();
    header.checksum = ttmem_layout::checksum(header.as_bytes());
    bytes.clear();
    bytes.extend_from_slice(header.as_bytes());
    bytes.extend_from_slice(&rest);
    std::fs::write(&path, bytes).expect("a segment can be written by its user");
    assert_eq!(
        state(dir.path(), std::process::id()).as_deref(),
        Some("dead")
    );
}

/// The real thing: the kernel gives a dead producer's PID to another producer.
#[test]
fn a_producer_with_a_dead_ones_pid_is_another_producer() {
    let last_pid = Path::new("/proc/sys/kernel/ns_last_pid");
    if !is_root() || !last_pid.exists() {
        return skip("only root can choose the PID of a new process");
    }
    let dir = PrivateDir::new();
    let mut first = ProducerProcess::attached(dir.path());
    first.all_ok(&WORK);
    let pid = first.pid();
    first.kill();
    // Another process of this host may snatch the PID: it is tried again.
    let second = (0..200).find_map(|_| {
        std::fs::write(last_pid, (pid - 1).to_string()).ok()?;
        let producer = Starter::new(dir.path()).start();
        (producer.pid() == pid).then_some(producer)
    });
    let Some(mut second) = second else {
        return skip("the kernel never gave the PID of a dead process to a new one");
    };
    assert_eq!(
        state(dir.path(), pid).as_deref(),
        Some("dead"),
        "its PID lives, it does not"
    );
    second.ok("attach");
    let ps = cli::json(dir.path(), &["ps"]);
    let of_pid: Vec<_> = ps["processes"]
        .as_array()
        .expect("ps has processes")
        .iter()
        .collect();
    let mut states: Vec<_> = of_pid
        .iter()
        .map(|process| process["state"].to_string())
        .collect();
    states.sort();
    assert_eq!(states, ["\"dead\"", "\"running\""], "{ps}");
    assert!(of_pid.iter().all(|process| process["pid"] == pid), "{ps}");
}

/// `unshare` flags that give a PID namespace here, if any do.
fn pid_namespace() -> Option<&'static [&'static str]> {
    const WAYS: [&[&str]; 2] = [
        &["unshare", "-U", "-p", "-f", "--mount-proc", "--kill-child"],
        &["unshare", "-p", "-f", "--mount-proc", "--kill-child"],
    ];
    WAYS.into_iter().find(|way| {
        let mut command = Command::new(way[0]);
        command.args(&way[1..]).arg("true").stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    })
}

#[test]
fn a_producer_in_another_pid_namespace_is_seen_running_then_dead() {
    let Some(way) = pid_namespace() else {
        return skip("no PID namespace can be made here: neither root nor user namespaces");
    };
    let dir = PrivateDir::new();
    let mut inside = Starter::through(way, dir.path()).start();
    inside.ok("attach");
    inside.all_ok(&WORK);
    let own_pid = u32::try_from(inside.number("pid")).expect("a PID");
    // A PID that means another process here: whoever asks for it gets the wrong answer.
    assert_eq!(own_pid, 1);
    assert_eq!(state(dir.path(), own_pid).as_deref(), Some("running"));
    let dump = cli::json(dir.path(), &["dump"]);
    let ledger = inside.ledger("ledger");
    agreement::assert_totals(cli::process(&dump, own_pid).expect("it is shown"), &ledger);
    inside.kill();
    until("the producer in the other namespace is dead", || {
        state(dir.path(), own_pid).as_deref() == Some("dead")
    });
    let reaped = cli::run(dir.path(), &["reap"]);
    assert_eq!(reaped.code, Some(0), "{reaped:?}");
    assert!(dir.segments().is_empty());
}

/// And the other way round: a reader that cannot see the producer's process at all.
#[test]
fn a_reader_in_another_pid_namespace_sees_who_runs() {
    let Some(way) = pid_namespace() else {
        return skip("no PID namespace can be made here: neither root nor user namespaces");
    };
    let dir = PrivateDir::new();
    let mut producer = ProducerProcess::attached(dir.path());
    producer.all_ok(&WORK);
    let seen = |expected: &str| {
        let mut command = Command::new(way[0]);
        command
            .args(&way[1..])
            .arg(support::binaries::ttmem())
            .args(["ps", "--json"]);
        let child: Child = command
            .env("TTMEM_DIR", dir.path())
            .stdout(Stdio::piped())
            .spawn()
            .expect("unshare can be started");
        let said = cli::Said::from(child.wait_with_output().expect("it ends"));
        assert!(
            said.out.contains(&format!("\"state\": \"{expected}\"")),
            "{said:?}"
        );
    };
    seen("running");
    producer.kill();
    seen("dead");
}
