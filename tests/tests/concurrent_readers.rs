//! Readers at work while producers report at full speed: nothing torn, nothing wrong, nothing changed.
#![forbid(unsafe_code)]

use serde_json::Value;
use std::path::Path;
use std::process::Child;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use support::{PrivateDir, ProducerProcess, agreement, cli, is_whole};
use ttmem_reader::{Buffer, Event, Segment, Snapshot, Start, scan};

/// The tests of this file take turns: the producers of one keep a machine of a few cores busy, and beside
/// those of all three and other load a reader hardly comes to read.
fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    // A test that failed has had its turn.
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Four producers, ready to start.
fn four_ready(dir: &Path) -> Vec<ProducerProcess> {
    (0..4)
        .map(|number| {
            let mut producer = ProducerProcess::attached(dir);
            producer.ok(&format!("device {number}"));
            producer.ok(&format!("pool mesh {number},{}", number + 4));
            producer
        })
        .collect()
}

/// Four producers of two threads each, at full speed.
fn four_at_full_speed(dir: &Path) -> Vec<ProducerProcess> {
    let mut producers = four_ready(dir);
    producers
        .iter_mut()
        .for_each(|producer| producer.all_ok(&["run 0 2"]));
    producers
}

/// Asserts that, once they pause, the tool shows exactly what each says it holds. Returns how many
/// events they reported.
fn assert_exact_once_paused(producers: &mut [ProducerProcess], dir: &Path) -> u64 {
    let events = producers
        .iter_mut()
        .map(|producer| producer.number("pause"))
        .sum();
    let ledgers: Vec<Value> = producers
        .iter_mut()
        .map(|one| one.ledger("ledger"))
        .collect();
    let dump = cli::json(dir, &["dump"]);
    assert_eq!(dump["exact"], true, "{}", dump["processes"]);
    for (producer, ledger) in producers.iter().zip(&ledgers) {
        let process = cli::process(&dump, producer.pid()).expect("it is shown");
        agreement::assert_totals(process, ledger);
        agreement::assert_buffers(&dump, &process["segment"], ledger);
    }
    events
}

fn assert_event_whole(event: &Event) {
    let Some(buffer_type) = event.buffer_type else {
        return;
    };
    let (requested, per_bank) = (event.requested, event.per_bank);
    assert!(
        is_whole(event.address, buffer_type, requested, per_bank, event.banks),
        "{event:?}"
    );
    assert_eq!(event.chips.len(), 2, "{event:?}");
    assert_eq!(event.flags, 0, "this workload does nothing odd: {event:?}");
}

fn assert_snapshot_whole(snapshot: &Snapshot) {
    assert_eq!(snapshot.damage, Vec::<String>::new());
    for buffer in &snapshot.buffers {
        let Buffer {
            address,
            requested,
            per_bank,
            banks,
            buffer_type,
            ..
        } = buffer;
        assert!(
            is_whole(*address, *buffer_type, *requested, *per_bank, *banks),
            "{buffer:?}"
        );
    }
    // Two threads of at most 96 allocations each.
    assert!(snapshot.buffers.len() <= 192, "{}", snapshot.buffers.len());
}

fn segments(dir: &Path) -> Vec<Segment> {
    let scan = scan(dir).expect("the directory can be read");
    assert!(scan.unreadable.is_empty());
    scan.segments
}

#[test]
fn what_is_read_at_full_speed_is_whole_and_afterwards_exact() {
    let _turn = turn();
    let dir = PrivateDir::new();
    let mut producers = four_ready(dir.path());
    let segments = segments(dir.path());
    assert_eq!(segments.len(), 4);
    // Before the first event: what was overwritten before a cursor was made is no loss of the cursor's.
    let mut cursors: Vec<_> = segments
        .iter()
        .map(|segment| {
            segment
                .cursor(Start::Oldest)
                .expect("a healthy segment has a ring")
        })
        .collect();
    producers
        .iter_mut()
        .for_each(|producer| producer.all_ok(&["run 0 2"]));
    let (mut read, mut lost) = (0, 0);
    let mut rounds = 0;
    support::until("events being read while they come", || {
        for (segment, cursor) in segments.iter().zip(&mut cursors) {
            assert_snapshot_whole(&segment.snapshot().expect("a healthy segment can be read"));
            let sweep = cursor
                .sweep(segment)
                .expect("a healthy segment can be followed");
            sweep.events.iter().for_each(assert_event_whole);
            read += sweep.events.len() as u64;
            lost += sweep.lost;
        }
        rounds += 1;
        rounds >= 10 && read > 10_000
    });
    let events = assert_exact_once_paused(&mut producers, dir.path());
    // What the cursors did not see they counted: nothing goes missing in silence.
    for (segment, cursor) in segments.iter().zip(&mut cursors) {
        let sweep = cursor
            .sweep(segment)
            .expect("a healthy segment can be followed");
        sweep.events.iter().for_each(assert_event_whole);
        read += sweep.events.len() as u64;
        lost += sweep.lost;
    }
    let dropped: u64 = segments
        .iter()
        .map(|segment| segment.snapshot().expect("readable").losses.counts[0])
        .sum();
    // Beside the threads' events each of the four reported one device.
    assert_eq!(
        read + lost + dropped,
        events + 4,
        "{read} read, {lost} lost, {dropped} dropped"
    );
}

#[test]
fn dumps_at_full_speed_succeed_and_show_every_process() {
    let _turn = turn();
    let dir = PrivateDir::new();
    let mut producers = four_at_full_speed(dir.path());
    for _ in 0..15 {
        let dump = cli::json(dir.path(), &["dump"]);
        assert_eq!(dump["unreadable"], 0);
        for producer in &producers {
            let process = cli::process(&dump, producer.pid()).expect("it is shown");
            assert_eq!(process["state"], "running");
            assert_eq!(
                process["damage"].as_array().map(Vec::len),
                Some(0),
                "{process}"
            );
        }
    }
    assert_exact_once_paused(&mut producers, dir.path());
}

#[test]
fn twenty_readers_change_nothing() {
    let _turn = turn();
    let dir = PrivateDir::new();
    let mut producers = four_at_full_speed(dir.path());
    let stop = AtomicBool::new(false);
    let rounds: usize = std::thread::scope(|scope| {
        let readers: Vec<_> = (0..20)
            .map(|_| {
                scope.spawn(|| {
                    let mut rounds = 0;
                    while !stop.load(Ordering::Relaxed) || rounds == 0 {
                        for segment in segments(dir.path()) {
                            assert_snapshot_whole(&segment.snapshot().expect("readable"));
                        }
                        rounds += 1;
                    }
                    rounds
                })
            })
            .collect();
        let mut follower = follow(dir.path());
        // They read while the producers report, and while the totals below are taken.
        for _ in 0..5 {
            cli::json(dir.path(), &["dump"]);
        }
        assert_exact_once_paused(&mut producers, dir.path());
        stop.store(true, Ordering::Relaxed);
        let rounds = readers
            .into_iter()
            .map(|reader| reader.join().expect("no reader fails"))
            .sum();
        let ended = follower.try_wait().expect("the follower is our child");
        assert!(ended.is_none(), "it follows to this moment: {ended:?}");
        let _ = follower.kill();
        let _ = follower.wait();
        rounds
    });
    assert!(rounds >= 20);
    // A quiet producer's segment is the same bytes before and after any number of readers.
    let before = contents(dir.path());
    std::thread::scope(|scope| {
        for _ in 0..20 {
            scope.spawn(|| cli::json(dir.path(), &["dump"]));
        }
    });
    assert!(
        contents(dir.path()) == before,
        "a reader wrote into a segment"
    );
}

/// `ttmem log -f` into nowhere.
fn follow(dir: &Path) -> Child {
    let null = || std::process::Stdio::null();
    let mut command = cli::ttmem(dir);
    command.args(["log", "-f"]).stdout(null()).stderr(null());
    command.spawn().expect("ttmem can be started")
}

fn contents(dir: &Path) -> Vec<(std::ffi::OsString, std::time::SystemTime, Vec<u8>)> {
    let mut all: Vec<_> = dir
        .read_dir()
        .expect("the directory can be listed")
        .map(|entry| {
            let entry = entry.expect("the directory can be listed");
            let modified = entry.metadata().and_then(|data| data.modified());
            let bytes = std::fs::read(entry.path()).expect("it can be read");
            (entry.file_name(), modified.expect("it has a time"), bytes)
        })
        .collect();
    all.sort();
    all
}
