//! Where segments live is short of room, or takes none: the program runs on untouched, and one line on
//! stderr says what became of its tracking.
#![forbid(unsafe_code)]

use std::path::{Path, PathBuf};
use support::{MountedDir, PrivateDir, ProducerProcess, Starter, agreement, cli, skip};

const NO_MOUNT: &str = "no tmpfs can be mounted here: neither root nor user namespaces";

/// A producer with default sizes that has been told to attach, and its answer.
fn started(dir: &Path) -> (ProducerProcess, String) {
    let mut producer = Starter::new(dir).start();
    let answer = producer.ask("attach");
    (producer, answer)
}

/// Asserts that the program does all it would have done, untracked, and said so once.
fn assert_untracked(mut producer: ProducerProcess, dir: &Path) {
    assert_eq!(producer.ok("attached"), "false");
    assert_eq!(producer.ok("mark on"), "Off");
    assert_eq!(producer.ok("device 0"), "Off");
    let ended = producer.finish();
    assert!(ended.status.success(), "{ended:?}");
    assert_eq!(ended.err.lines().count(), 1, "{}", ended.err);
    assert!(
        ended.err.starts_with("ttmem: not tracking this process: "),
        "{}",
        ended.err
    );
    assert!(
        ended.err.contains(&dir.display().to_string()),
        "where? {}",
        ended.err
    );
}

/// Asserts that the tool shows exactly what the producer holds.
fn assert_exact(producer: &mut ProducerProcess, dir: &Path) {
    let ledger = producer.ledger("ledger");
    let dump = cli::json(dir, &["dump"]);
    let process = cli::process(&dump, producer.pid()).expect("it is shown");
    agreement::assert_totals(process, &ledger);
    agreement::assert_buffers(&dump, &process["segment"], &ledger);
}

#[test]
fn one_megabyte_is_enough_for_less_history() {
    let Some(small) = MountedDir::new("size=1m") else {
        return skip(NO_MOUNT);
    };
    let (mut producer, answer) = started(small.path());
    assert_eq!(answer, "ok");
    producer.all_ok(&["device 0", "pool mesh 0-3", "loop 0 20000"]);
    assert_exact(&mut producer, small.path());
    let said = producer.complaints();
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(said.contains("has no room"), "{said}");
    producer.ok("detach");
    assert!(producer.finish().status.success());
}

#[test]
fn a_live_table_that_overflows_is_told_not_hidden() {
    let Some(small) = MountedDir::new("size=1m") else {
        return skip(NO_MOUNT);
    };
    let (mut producer, _) = started(small.path());
    producer.ok("pool chip 0");
    let mut overflowed = 0;
    for address in 0..20_000_u64 {
        let outcome = producer.ok(&format!("alloc 0 DRAM {} 64 64 1", address * 64));
        overflowed += u64::from(outcome == "LiveOverflow");
    }
    assert!(
        overflowed > 0,
        "so small a segment cannot hold 20,000 allocations"
    );
    let dump = cli::json(small.path(), &["dump"]);
    let process = cli::process(&dump, producer.pid()).expect("it is shown");
    assert_eq!(process["lost"]["live_overflow"], overflowed, "{process}");
    assert_eq!(dump["exact"], false);
    let strict = cli::run(small.path(), &["dump", "--strict"]);
    assert_eq!(strict.code, Some(5), "{}", strict.err);
}

#[test]
fn a_full_directory_leaves_the_program_alone() {
    let Some(full) = MountedDir::new("size=4m") else {
        return skip(NO_MOUNT);
    };
    full.fill_but(64 << 10);
    let (producer, answer) = started(full.path());
    assert!(answer.starts_with("err "), "{answer}");
    assert_untracked(producer, full.path());
    let left: Vec<PathBuf> = full
        .path()
        .read_dir()
        .expect("it can be listed")
        .map(|e| e.expect("listed").path())
        .collect();
    assert_eq!(left.len(), 1, "only the filler: {left:?}");
}

#[test]
fn a_directory_that_fills_up_later_changes_nothing() {
    let Some(full) = MountedDir::new("size=16m") else {
        return skip(NO_MOUNT);
    };
    let (mut producer, answer) = started(full.path());
    assert_eq!(answer, "ok");
    full.fill_but(0);
    // Every page was reserved: no event can run into a page that cannot be had.
    producer.all_ok(&["device 0", "pool chip 0", "loop 0 200000"]);
    assert_exact(&mut producer, full.path());
    let ended = producer.finish();
    assert!(ended.status.success() && ended.err.is_empty(), "{ended:?}");
}

#[test]
fn a_read_only_directory_leaves_the_program_alone() {
    let Some(fixed) = MountedDir::new("ro,size=1m") else {
        return skip(NO_MOUNT);
    };
    let (producer, answer) = started(fixed.path());
    assert!(answer.starts_with("err "), "{answer}");
    assert_untracked(producer, fixed.path());
}

#[test]
fn a_directory_that_is_none_leaves_the_program_alone() {
    let dir = PrivateDir::new();
    let missing = dir.path().join("missing");
    let (producer, answer) = started(&missing);
    assert!(answer.starts_with("err "), "{answer}");
    assert_untracked(producer, &missing);

    let file = dir.path().join("file");
    std::fs::write(&file, "no directory").expect("it can be written");
    let (producer, answer) = started(&file);
    assert!(answer.starts_with("err "), "{answer}");
    assert_untracked(producer, &file);
}

#[test]
fn the_oldest_abandoned_segment_makes_room_and_it_is_said() {
    // Room for three segments of the size chosen below, and not for four.
    let Some(small) = MountedDir::new("size=10m") else {
        return skip(NO_MOUNT);
    };
    let start = || {
        let mut producer = Starter::new(small.path())
            .env("TTMEM_LIVE_SLOTS", "32768")
            .start();
        producer.ok("attach");
        producer.all_ok(&["pool chip 0", "alloc 0 L1 0 32 32 1"]);
        producer
    };
    let free = || {
        let space = nix::sys::statvfs::statvfs(small.path()).expect("its size can be had");
        space.blocks_available() * space.fragment_size()
    };
    let empty = free();
    let mut oldest = start();
    let one = empty - free();
    assert!(
        one > 10 << 20 >> 2 && one * 2 <= empty,
        "one segment takes {one} of {empty} bytes"
    );
    let running = start();
    oldest.kill();
    assert!(free() < one, "a third does not fit beside these two");
    let mut third = start();
    let said = third.complaints();
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(
        said.contains(&format!("process {}", oldest.pid())),
        "{said}"
    );
    let ps = cli::json(small.path(), &["ps"]);
    assert!(cli::process(&ps, oldest.pid()).is_none(), "{ps}");
    for pid in [running.pid(), third.pid()] {
        assert_eq!(
            cli::process(&ps, pid).expect("it is shown")["state"],
            "running"
        );
    }
    assert_exact(&mut third, small.path());

    // With nobody dead there is no room to be made: less history, or none, but nobody is harmed.
    let mut fourth = Starter::new(small.path()).start();
    let answer = fourth.ask("attach");
    assert_eq!(
        fourth.complaints().lines().count(),
        1,
        "{answer}: {}",
        fourth.complaints()
    );
    let ps = cli::json(small.path(), &["ps"]);
    for pid in [running.pid(), third.pid()] {
        assert_eq!(
            cli::process(&ps, pid).expect("it is shown")["state"],
            "running"
        );
    }
}

#[test]
fn of_several_abandoned_segments_the_oldest_goes_first() {
    let Some(small) = MountedDir::new("size=16m") else {
        return skip(NO_MOUNT);
    };
    let killed = || {
        let mut producer = ProducerProcess::attached(small.path());
        producer.kill();
        producer.pid()
    };
    let (oldest, older) = (killed(), killed());
    let free = nix::sys::statvfs::statvfs(small.path()).expect("its size can be had");
    small.fill_but(0);
    assert!(free.blocks_available() > 0);
    let newest = ProducerProcess::attached(small.path());
    let ps = cli::json(small.path(), &["ps"]);
    assert!(cli::process(&ps, oldest).is_none(), "{ps}");
    assert_eq!(
        cli::process(&ps, older).expect("it was not in the way")["state"],
        "dead"
    );
    assert!(newest.complaints().contains(&format!("process {oldest}")));
}
