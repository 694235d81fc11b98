//! SIGKILL at random moments, hundreds of times: what the dead leave is whole, exact and told apart
//! from the living, and the living do not notice.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};
use support::replay::{compare, replay, table};
use support::{PrivateDir, ProducerProcess};
use ttmem_reader::{BufferType, Segment, Snapshot, Start, State, loss, reap, scan};

const KILLS: u64 = 320;
/// Producers that report at the same time.
const LANES: u64 = 2;

/// What the kills hit.
#[derive(Debug, Default)]
struct Hits {
    segments: u64,
    nothing_yet: u64,
    in_flight: u64,
    replayed: u64,
    references: u64,
    events: u64,
    dropped: u64,
}

/// xorshift64.
fn next(random: &mut u64) -> u64 {
    *random ^= *random << 13;
    *random ^= *random >> 7;
    *random ^= *random << 17;
    *random
}

fn producer(dir: &PrivateDir, threads: u64, seed: u64) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_storm_producer"));
    command
        .args(["restless", &threads.to_string(), &seed.to_string()])
        .env_clear()
        .env("TTMEM_DIR", dir.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped());
    match seed % 4 {
        // Laps its ring all the time.
        0 => command
            .env("TTMEM_RING_RECORDS", "1024")
            .env("TTMEM_LIVE_SLOTS", "1024"),
        // Holds all there is to tell.
        1 => command.env("TTMEM_RING_RECORDS", "131072"),
        _ => &mut command,
    };
    command.spawn().expect("the producer can be started")
}

/// Kills one producer at a random moment and looks at what it leaves.
fn kill_one(dir: &PrivateDir, random: &mut u64, hits: &Mutex<Hits>) {
    let mut threads = 1 + next(random) % 4;
    let seed = next(random);
    if seed % 8 == 4 {
        // On the least ring: more than it has chunks.
        threads += 8;
    }
    let mut child = producer(dir, threads, seed);
    let mut delay = next(random) % 6_000;
    if !next(random).is_multiple_of(8) {
        // Most kills hit a producer at work, some one that is attaching.
        let mut line = String::new();
        let stdout = child.stdout.as_mut().expect("stdout is a pipe");
        BufReader::new(stdout)
            .read_line(&mut line)
            .expect("the producer lives");
        assert_eq!(line, "ready\n");
        // Early, so that now and then the ring still holds everything.
        delay = next(random) % [300, 3_000, 20_000][(next(random) % 3) as usize];
    }
    let moment = Instant::now() + Duration::from_micros(delay);
    while Instant::now() < moment {
        std::hint::spin_loop();
    }
    child.kill().expect("the producer lives");
    let status = child.wait().expect("the producer is our child");
    assert_eq!(
        std::os::unix::process::ExitStatusExt::signal(&status),
        Some(libc::SIGKILL),
        "it found an outcome that should not be"
    );
    let of_child = |segment: &Segment| segment.identity().pid == child.id();
    let found = scan(dir.path()).expect("the directory is readable");
    assert!(found.unreadable.is_empty(), "{:?}", found.unreadable);
    let Some(segment) = found.segments.into_iter().find(of_child) else {
        hits.lock().expect("no test failed").nothing_yet += 1;
        return;
    };
    look_at(&segment, threads + 1, hits);
    reap(segment.path()).expect("the dead can be removed");
}

fn look_at(segment: &Segment, threads: u64, hits: &Mutex<Hits>) {
    assert_eq!(segment.state().expect("the kernel knows"), State::Dead);
    let snapshot = segment.snapshot().expect("the segment is readable");
    assert_eq!(snapshot.state, State::Dead);
    assert!(snapshot.damage.is_empty(), "{:?}", snapshot.damage);
    assert!(snapshot.consistent && !snapshot.moving);
    assert!(snapshot.exact(), "{:?}", snapshot.losses);
    assert!(snapshot.in_flight <= threads);
    check_sums(&snapshot);
    let mut cursor = segment.cursor(Start::Oldest).expect("the ring is readable");
    let sweep = cursor.sweep(segment).expect("the ring is readable");
    assert_eq!((sweep.lost, sweep.senseless), (0, 0));
    let mut last = BTreeMap::new();
    for event in &sweep.events {
        let before = last.insert(event.thread, event.sequence);
        assert!(
            before < Some(event.sequence),
            "sequences rise within a thread"
        );
    }
    let live = table(&snapshot).expect("no key is live twice");
    let mut hits = hits.lock().expect("no test failed");
    hits.segments += 1;
    hits.in_flight += snapshot.in_flight;
    hits.events += snapshot.losses.records_overwritten + sweep.events.len() as u64;
    let dropped = snapshot.losses.counts[loss::RECORDS_DROPPED];
    hits.dropped += u64::from(dropped > 0);
    if snapshot.losses.records_overwritten + dropped == 0 {
        let replayed = replay(&sweep.events).expect("each event follows from those before");
        let difference = compare(&live, &replayed);
        assert!(difference.faults.is_empty(), "{:#?}", difference.faults);
        assert!(difference.references <= threads);
        hits.replayed += 1;
        hits.references += difference.references;
    }
}

/// Totals by chip are the sum over the live table, to the byte.
fn check_sums(snapshot: &Snapshot) {
    let mut sums = BTreeMap::<(u32, BufferType), (u64, u64)>::new();
    for buffer in &snapshot.buffers {
        for chip in buffer.chips.iter() {
            let sum = sums.entry((chip, buffer.buffer_type)).or_default();
            *sum = (sum.0 + buffer.occupied, sum.1 + 1);
        }
    }
    for device in &snapshot.devices {
        for buffer_type in BufferType::ALL {
            let totals = device.of(buffer_type);
            let sum = sums.get(&(device.info.chip, buffer_type)).copied();
            assert_eq!((totals.bytes, totals.buffers), sum.unwrap_or_default());
            assert!(totals.peak_bytes >= totals.bytes);
        }
    }
}

/// What a producer that was left alone says of itself, and what its segment says.
fn check_survivor(survivor: &mut ProducerProcess, dir: &PrivateDir, events: u64) {
    let ledger = survivor.ledger("ledger");
    let found = scan(dir.path()).expect("the directory is readable");
    let of_survivor = |segment: &Segment| segment.identity().pid == survivor.pid();
    let segment = found.segments.into_iter().find(of_survivor);
    let segment = segment.expect("the survivor's segment is there");
    let snapshot = segment.snapshot().expect("the segment is readable");
    assert_eq!((snapshot.state, snapshot.moving), (State::Running, false));
    assert!(snapshot.exact());
    for device in &snapshot.devices {
        for buffer_type in BufferType::ALL {
            let told = &ledger["devices"][device.info.chip.to_string()][buffer_type.name()];
            let totals = device.of(buffer_type);
            assert_eq!(told["bytes"].as_u64().unwrap_or(0), totals.bytes);
            assert_eq!(told["buffers"].as_u64().unwrap_or(0), totals.buffers);
            assert_eq!(told["allocs"].as_u64().unwrap_or(0), totals.allocs);
            assert_eq!(told["frees"].as_u64().unwrap_or(0), totals.frees);
        }
    }
    let buffers = ledger["buffers"].as_array().expect("a list of buffers");
    assert_eq!(buffers.len(), snapshot.buffers.len());
    let mut cursor = segment.cursor(Start::Oldest).expect("the ring is readable");
    let sweep = cursor.sweep(&segment).expect("the ring is readable");
    let all = snapshot.losses.records_overwritten + sweep.events.len() as u64;
    assert_eq!(all, events);
}

fn lane(dir: &PrivateDir, survivors: &[u32], number: u64, hits: &Mutex<Hits>) {
    let mut random = 0x0123_4567_89ab_cdef ^ number << 32 | 1;
    for _ in 0..KILLS / LANES {
        kill_one(dir, &mut random, hits);
        let found = scan(dir.path()).expect("the directory is readable");
        assert!(found.unreadable.is_empty(), "{:?}", found.unreadable);
        for pid in survivors {
            let of_survivor = |segment: &&Segment| segment.identity().pid == *pid;
            let segment = found.segments.iter().find(of_survivor);
            let state = segment.map(Segment::state);
            assert!(matches!(state, Some(Ok(State::Running))), "{state:?}");
        }
    }
}

#[test]
fn the_dead_are_readable_and_the_living_exact() {
    let dir = PrivateDir::new();
    let hits = Mutex::new(Hits::default());
    let mut survivors: Vec<ProducerProcess> = (0..2)
        .map(|_| ProducerProcess::attached(dir.path()))
        .collect();
    for survivor in &mut survivors {
        survivor.all_ok(&["pool mesh 0-7", "pool submesh 0-3 0", "loop 1 5000"]);
    }
    // One at full speed all the time, one that keeps still.
    survivors[0].ok("run 1 1");
    let pids: Vec<u32> = survivors.iter().map(ProducerProcess::pid).collect();
    std::thread::scope(|scope| {
        for number in 0..LANES {
            let (dir, pids, hits) = (&dir, &pids, &hits);
            scope.spawn(move || lane(dir, pids, number, hits));
        }
    });
    let events = survivors[0].number("pause");
    for (survivor, more) in survivors.iter_mut().zip([events, 0]) {
        check_survivor(survivor, &dir, 5000 + more);
    }
    let hits = hits.into_inner().expect("no lane failed");
    println!("{hits:?}");
    assert!(hits.segments > KILLS / 2, "{hits:?}");
    assert!(hits.in_flight > 0, "no kill hit an event: {hits:?}");
    assert!(hits.replayed > KILLS / 10, "{hits:?}");
    assert!(hits.dropped > 0, "{hits:?}");
}
