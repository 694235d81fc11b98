//! A process that ends by itself tells what it holds.

use crate::held::{asked, end_by, holding, told};
use support::{PrivateDir, Starter};

#[test]
fn who_ends_by_itself_tells_it_itself() {
    for (command, status) in [("", 0), ("exit 3", 3)] {
        let dir = PrivateDir::new();
        let producer = holding(dir.path(), "1");
        let pid = producer.pid();
        let ended = match command {
            "" => producer.finish(),
            command => end_by(producer, command),
        };
        assert_eq!(ended.status.code(), Some(status));
        assert_eq!(ended.err, told(pid, "at its end"), "{command}");
        assert!(dir.segments().is_empty());
    }
}

#[test]
fn who_detaches_tells_it_then_and_only_then() {
    let dir = PrivateDir::new();
    let mut producer = holding(dir.path(), "1");
    let pid = producer.pid();
    producer.ok("detach");
    assert_eq!(producer.complaints(), told(pid, "at its end"));
    assert_eq!(producer.finish().err, told(pid, "at its end"));
}

#[test]
fn who_holds_nothing_says_so_in_a_line() {
    let dir = PrivateDir::new();
    let mut producer = asked(dir.path(), "1");
    producer.ok("pool chip 0");
    let err = producer.finish().err;
    assert!(err.ends_with(") held nothing at its end\n"), "{err}");
    assert_eq!(err.lines().count(), 1, "{err}");
}

#[test]
fn who_was_not_asked_or_is_not_tracked_is_silent() {
    for to in ["", "0"] {
        let dir = PrivateDir::new();
        assert_eq!(holding(dir.path(), to).finish().err, "");
    }
    let dir = PrivateDir::new();
    let starter = Starter::new(dir.path()).env("TTMEM_DUMP_AT_EXIT", "1");
    let mut off = starter.without("TTMEM").start();
    assert_eq!(off.ok("attach"), "Off");
    assert_eq!(off.finish().err, "");
}

#[test]
fn a_forked_child_tells_only_what_is_its_own() {
    let dir = PrivateDir::new();
    let mut parent = holding(dir.path(), "1");
    let pid = parent.pid();
    parent.ok("fork");
    assert_eq!(parent.ok("child-wait"), "exited 0");
    assert_eq!(parent.complaints(), "", "an unattached child says nothing");
    let child = parent.number("fork");
    parent.all_ok(&[
        "child attach",
        "child pool chip 5",
        "child alloc 0 L1 0 9 9 1",
    ]);
    assert_eq!(parent.ok("child-wait"), "exited 0");
    let said = parent.complaints();
    assert!(said.starts_with(&format!("ttmem: pid {child} (")), "{said}");
    assert!(
        said.contains(": L1 9 B in 1 buffer on device 5\n"),
        "{said}"
    );
    let err = parent.finish().err;
    assert_eq!(err, format!("{said}{}", told(pid, "at its end")));
}

#[test]
fn what_closing_a_device_freed_is_told_too() {
    let dir = PrivateDir::new();
    let mut producer = holding(dir.path(), "1");
    // An allocator is cleared when its device is closed, and once more when it goes.
    producer.all_ok(&["clear 1", "retire 1", "retire 2", "free 0 DRAM 0x1000"]);
    let err = producer.finish().err;
    let lines: Vec<_> = err.lines().collect();
    assert!(lines[0].ends_with(") held nothing at its end"), "{err}");
    assert!(
        lines[1].ends_with(
            ") held when its device was closed or cleared: L1 2.0 MiB in 2 buffers on device 0; \
             TRACE 512 B in 1 buffer on device 0"
        ),
        "{err}"
    );
    assert_eq!(
        lines[2..],
        [
            "  L1: 2 x 1.0 MiB on device 0",
            "  TRACE: 1 x 512 B on device 0"
        ],
        "no kernel: programs are cached until their device is closed"
    );
}

#[test]
fn a_device_that_is_opened_again_begins_anew() {
    let dir = PrivateDir::new();
    let mut producer = holding(dir.path(), "1");
    producer.all_ok(&[
        "retire 0",
        "retire 1",
        "retire 2",
        "pool chip 0",
        "pool mesh 0-1",
    ]);
    producer.all_ok(&["alloc 3 L1 0 64 64 1", "retire 3", "retire 4"]);
    let err = producer.finish().err;
    let closed = ") held when its device was closed or cleared: L1 64 B in 1 buffer on device 0\n";
    assert!(err.contains(closed), "{err}");
    assert_eq!(err.lines().count(), 3, "{err}");
}

#[test]
fn a_million_allocations_take_a_few_lines() {
    let dir = PrivateDir::new();
    let starter = Starter::new(dir.path()).env("TTMEM_DUMP_AT_EXIT", "1");
    let mut producer = starter.env("TTMEM_LIVE_SLOTS", "2097152").start();
    producer.all_ok(&["attach", "pool chip 0", "hold 0 1000000"]);
    let err = producer.finish().err;
    let lines: Vec<_> = err.lines().collect();
    assert!(lines[0].contains(" held at its end: L1 "), "{err}");
    assert!(
        lines[0].ends_with(" in 1,000,000 buffers on device 0"),
        "{err}"
    );
    assert_eq!(lines.len(), 1 + 10 + 1, "{err}");
    assert!(lines[11].starts_with("  and 999,990 more: L1 "), "{err}");
}
