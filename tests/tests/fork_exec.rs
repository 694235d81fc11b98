//! Fork and exec: a child is not its parent. It reports nothing until it attaches itself, and then
//! into a segment of its own; whatever it does, its parent's stays exact.
#![forbid(unsafe_code)]

use serde_json::Value;
use std::path::Path;
use support::{PrivateDir, ProducerProcess, agreement, cli};

/// Asserts what the tool shows of a process, and that its totals and buffers are its ledger's.
fn assert_shown(dir: &Path, pid: u32, state: &str, ledger: &Value) {
    let dump = cli::json(dir, &["dump"]);
    let process = cli::process(&dump, pid).unwrap_or_else(|| panic!("no process {pid}: {dump}"));
    assert_eq!(process["state"], state, "{process}");
    agreement::assert_totals(process, ledger);
    agreement::assert_buffers(&dump, &process["segment"], ledger);
}

fn working_producer(dir: &Path) -> ProducerProcess {
    let mut producer = ProducerProcess::attached(dir);
    producer.all_ok(&[
        "device 0",
        "pool mesh 0-1",
        "alloc 0 DRAM 0 4096 512 12",
        "loop 0 5000",
    ]);
    producer
}

fn fork(producer: &mut ProducerProcess, how: &str) -> u32 {
    u32::try_from(producer.number(how)).expect("a PID")
}

fn a_child_is_not_its_parent(how: &str) {
    let dir = PrivateDir::new();
    let mut parent = working_producer(dir.path());
    let child = fork(&mut parent, how);
    assert_eq!(parent.ok("child attached"), "false");
    // What it inherited would be enough to report with; it must not.
    assert_eq!(parent.ok("child alloc 0 DRAM 0x777000 64 64 1"), "Off");
    assert_eq!(parent.ok("child free 0 DRAM 0"), "Off");
    assert_eq!(parent.ok("child mark lost"), "Off");
    assert_eq!(dir.segments().len(), 1);
    parent.ok("loop 0 1001");
    let held = parent.ledger("ledger");
    assert_shown(dir.path(), parent.pid(), "running", &held);

    parent.ok("child attach");
    parent.ok("child pool chip 3");
    parent.ok("child loop 0 777");
    parent.ok("loop 0 333");
    let (own, childs) = (parent.ledger("ledger"), parent.ledger("child ledger"));
    assert_eq!(dir.segments().len(), 2);
    assert_shown(dir.path(), parent.pid(), "running", &own);
    assert_shown(dir.path(), child, "running", &childs);

    assert!(parent.ok("child-kill").starts_with("killed"));
    assert_shown(dir.path(), child, "dead", &childs);
    assert_shown(dir.path(), parent.pid(), "running", &own);
    assert!(parent.finish().status.success());
    assert_eq!(
        dir.segments().len(),
        1,
        "the parent's is gone, the black box of its child is not"
    );
}

#[test]
fn a_forked_child_is_not_its_parent() {
    a_child_is_not_its_parent("fork");
}

#[test]
fn a_child_by_the_bare_system_call_is_not_its_parent() {
    a_child_is_not_its_parent("fork-raw");
}

#[test]
fn a_child_that_exits_takes_nothing_of_its_parents_along() {
    for how in ["fork", "fork-raw"] {
        let dir = PrivateDir::new();
        let mut parent = working_producer(dir.path());
        fork(&mut parent, how);
        // Runs what the process registered to run at its end, in the child.
        assert_eq!(parent.ok("child-wait"), "exited 0");
        parent.ok("loop 0 500");
        let held = parent.ledger("ledger");
        assert_shown(dir.path(), parent.pid(), "running", &held);
    }
}

#[test]
fn a_child_that_detaches_ends_its_own_segment_only() {
    let dir = PrivateDir::new();
    let mut parent = working_producer(dir.path());
    fork(&mut parent, "fork");
    parent.ok("child detach");
    let held = parent.ledger("ledger");
    assert_shown(dir.path(), parent.pid(), "running", &held);
    parent.all_ok(&["child attach", "child detach"]);
    assert_eq!(dir.segments().len(), 1);
    assert_shown(dir.path(), parent.pid(), "running", &held);
}

/// The lock must go with the parent, whoever has inherited its open files.
fn a_parent_dies_before_its_child(how: &str, child_attaches: bool) {
    let dir = PrivateDir::new();
    let mut parent = working_producer(dir.path());
    let child = fork(&mut parent, how);
    parent.ok("child linger");
    if child_attaches {
        parent.all_ok(&[
            "child attach",
            "child pool chip 0",
            "child alloc 0 L1 64 32 32 1",
        ]);
    }
    let held = parent.ledger("ledger");
    let childs = parent.ledger("child ledger");
    let pid = parent.pid();
    parent.kill();
    assert_shown(dir.path(), pid, "dead", &held);
    if child_attaches {
        assert_shown(dir.path(), child, "running", &childs);
    }
    support::kill(child);
}

#[test]
fn a_parent_that_dies_is_dead_though_its_child_lives_on() {
    a_parent_dies_before_its_child("fork", false);
    a_parent_dies_before_its_child("fork", true);
}

#[test]
fn a_parent_that_dies_is_dead_though_its_child_by_the_bare_system_call_lives_on() {
    a_parent_dies_before_its_child("fork-raw", false);
    a_parent_dies_before_its_child("fork-raw", true);
}

#[test]
fn a_spawned_program_attaches_itself_or_not_at_all() {
    let dir = PrivateDir::new();
    let mut parent = working_producer(dir.path());
    let child = fork(&mut parent, "spawn");
    assert_eq!(parent.ok("child attached"), "false");
    assert_eq!(dir.segments().len(), 1);
    parent.all_ok(&["child attach", "child pool mesh 0-7", "child loop 0 400"]);
    let (own, childs) = (parent.ledger("ledger"), parent.ledger("child ledger"));
    assert_shown(dir.path(), parent.pid(), "running", &own);
    assert_shown(dir.path(), child, "running", &childs);
    assert_eq!(parent.ok("child-wait"), "exited 0");
    assert_eq!(dir.segments().len(), 1);
}

#[test]
fn a_program_that_replaces_itself_leaves_a_black_box_and_inherits_nothing() {
    let dir = PrivateDir::new();
    let mut producer = working_producer(dir.path());
    let (pid, before) = (producer.pid(), producer.ledger("ledger"));
    producer.ok("exec");
    assert_eq!(producer.number("pid"), u64::from(pid));
    assert_eq!(producer.ok("attached"), "false");
    assert_shown(dir.path(), pid, "dead", &before);
    producer.all_ok(&["attach", "pool chip 0", "loop 0 300"]);
    let after = producer.ledger("ledger");
    let dump = cli::json(dir.path(), &["dump"]);
    let processes = dump["processes"].as_array().expect("a dump has processes");
    assert_eq!(processes.len(), 2, "{dump}");
    for process in processes {
        let ledger = if process["state"] == "running" {
            &after
        } else {
            &before
        };
        agreement::assert_totals(process, ledger);
        agreement::assert_buffers(&dump, &process["segment"], ledger);
    }
}

#[test]
fn generations_of_children_each_have_their_own() {
    let dir = PrivateDir::new();
    let mut parent = working_producer(dir.path());
    let child = fork(&mut parent, "fork");
    parent.all_ok(&["child attach", "child pool chip 1", "child loop 0 100"]);
    let grandchild = fork(&mut parent, "child fork");
    assert_eq!(parent.ok("child child attached"), "false");
    parent.all_ok(&[
        "child child attach",
        "child child pool chip 2",
        "child child loop 0 50",
    ]);
    let ledgers = [
        (parent.pid(), parent.ledger("ledger")),
        (child, parent.ledger("child ledger")),
        (grandchild, parent.ledger("child child ledger")),
    ];
    for (pid, ledger) in &ledgers {
        assert_shown(dir.path(), *pid, "running", ledger);
    }
}
