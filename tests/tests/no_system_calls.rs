//! An event makes no system call: producers shut themselves into seccomp, report millions of events
//! of every sort from several threads, and leave a segment that has every one of them.
//!
//! Twice: in the literal strict mode, in which the kernel also takes the time-stamp counter away (so
//! with the coarse clock), and behind a filter that kills the process, with the default clock.

use std::collections::BTreeMap;
use std::io::Read;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, ExitStatus, Stdio};
use support::PrivateDir;
use support::storm::{BAD_FREE, Expected, POOLS, Place, SANDBOX_SEED, Storm};
use ttmem_producer::{BufferType, Pool};
use ttmem_reader::{Event, Segment, Snapshot, Start, State, anomaly, loss};

/// Records per thread whose every field is compared.
const TAIL: usize = 6_000;

fn sandboxed(dir: &PrivateDir, kind: &str, threads: u64, events: u64, stray: bool) -> Ended {
    let mut command = Command::new(env!("CARGO_BIN_EXE_storm_producer"));
    command
        .args(["sandbox", kind, &threads.to_string(), &events.to_string()])
        .env_clear()
        .env("TTMEM_DIR", dir.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped());
    if stray {
        command.arg("stray");
    }
    if kind == "strict" {
        command.env("TTMEM_CLOCK", "coarse");
    }
    if threads > 8 {
        // Eight chunks, so that some thread finds none.
        command.env("TTMEM_RING_RECORDS", "1024");
    }
    let mut child = command.spawn().expect("the producer can be started");
    let mut verdicts = String::new();
    // Ends when the last thread has ended, whatever ended it.
    let stdout = child.stdout.as_mut().expect("stdout is a pipe");
    stdout
        .read_to_string(&mut verdicts)
        .expect("verdicts are text");
    let status = child.wait().expect("the producer is our child");
    Ended { verdicts, status }
}

struct Ended {
    verdicts: String,
    status: ExitStatus,
}

/// The same storms again, without a producer: what the segment has to say.
struct Model {
    storms: Vec<Storm>,
    tails: Vec<Vec<Expected>>,
}

impl Model {
    fn of(threads: u64, events: u64) -> Self {
        let pools: Vec<Pool> = (0..POOLS.len() as u16).map(Pool::from_index).collect();
        let mut model = Self {
            storms: Vec::new(),
            tails: Vec::new(),
        };
        for index in 0..threads {
            let mut storm = Storm::new(&pools, index, SANDBOX_SEED);
            let mut records = Vec::new();
            for _ in 0..events {
                storm.step(|expected| records.push(expected));
                if records.len() > 4 * TAIL {
                    records.drain(..2 * TAIL);
                }
            }
            model.storms.push(storm);
            model.tails.push(records);
        }
        model
    }

    fn sum(&self, of: impl Fn(&Storm) -> u64) -> u64 {
        self.storms.iter().map(of).sum()
    }

    fn live(&self) -> BTreeMap<(u16, BufferType, u64), Place> {
        let key = |storm: &Storm, place: &Place| {
            let pool = storm.pool(place).index();
            (pool, place.buffer_type, place.address)
        };
        let of = |storm: &Storm| -> Vec<_> {
            storm
                .live()
                .map(|place| (key(storm, place), *place))
                .collect()
        };
        self.storms.iter().flat_map(of).collect()
    }
}

fn check_sandbox(kind: &str, threads: u64, events: u64) {
    let dir = PrivateDir::new();
    let ended = sandboxed(&dir, kind, threads, events, false);
    assert_eq!(
        (ended.status.code(), ended.verdicts.as_str()),
        (Some(0), "k".repeat(threads as usize).as_str()),
        "{kind}: {}",
        ended.status
    );
    let [path] = dir.segments().try_into().expect("one segment is left");
    let segment = Segment::open(&path).expect("the segment is readable");
    let model = Model::of(threads, events);
    let snapshot = segment.snapshot().expect("the segment is readable");
    assert_eq!(snapshot.state, State::Dead);
    assert!(snapshot.exact(), "{:?}", snapshot.damage);
    assert_eq!(snapshot.in_flight, 0);
    check_totals(&snapshot, &model);
    check_live(&snapshot, &model);
    let mut cursor = segment.cursor(Start::Oldest).expect("the ring is readable");
    let sweep = cursor.sweep(&segment).expect("the ring is readable");
    assert_eq!((sweep.lost, sweep.senseless), (0, 0));
    let all = snapshot.losses.records_overwritten + sweep.events.len() as u64;
    assert_eq!(all, model.sum(|storm| storm.tally.records));
    check_tails(&sweep.events, &model);
}

fn check_totals(snapshot: &Snapshot, model: &Model) {
    for buffer_type in BufferType::ALL {
        let number = buffer_type as usize;
        // Chip 9 is alone in its pool and chip 7 is in the mesh and its programs but not the submesh.
        for (chip, pools) in [(9, &[3][..]), (7, &[0, 2][..]), (2, &[0, 1, 2][..])] {
            let device = snapshot
                .devices
                .iter()
                .find(|device| device.info.chip == chip)
                .expect("the chip was used");
            let occupied = |storm: &Storm| {
                let here = storm.live().filter(|place| {
                    place.buffer_type == buffer_type && pools.contains(&place.pool)
                });
                here.map(|place| place.per_bank * u64::from(place.banks))
                    .sum()
            };
            let totals = device.of(buffer_type);
            assert_eq!(
                totals.bytes,
                model.sum(occupied),
                "{buffer_type:?}, chip {chip}"
            );
            assert!(totals.peak_bytes >= totals.bytes);
        }
        // Every place is either in the mesh's part that chip 7 lies in, in the submesh, or on chip 9.
        let on = |chip: u32| {
            let found = snapshot
                .devices
                .iter()
                .find(|device| device.info.chip == chip);
            *found.expect("the chip was used").of(buffer_type)
        };
        let (two, nine) = (on(2), on(9));
        assert_eq!(
            two.allocs + nine.allocs,
            model.sum(|s| s.tally.allocs[number])
        );
        assert_eq!(two.frees + nine.frees, model.sum(|s| s.tally.frees[number]));
    }
    let count = snapshot.anomalies.counts;
    let bad_frees = count[anomaly::UNKNOWN_FREE] + count[anomaly::DOUBLE_FREE];
    assert_eq!(bad_frees, model.sum(|storm| storm.tally.bad_frees));
    assert_eq!(
        count[anomaly::REPLACED_WITHOUT_FREE],
        model.sum(|storm| storm.tally.replaced)
    );
    assert_eq!(snapshot.losses.counts, [0; loss::NAMES.len()]);
}

fn check_live(snapshot: &Snapshot, model: &Model) {
    let expected = model.live();
    assert_eq!(snapshot.buffers.len(), expected.len());
    for buffer in &snapshot.buffers {
        let key = (buffer.pool, buffer.buffer_type, buffer.address);
        let place = expected
            .get(&key)
            .unwrap_or_else(|| panic!("nobody allocated {buffer:?}"));
        assert_eq!(
            (buffer.requested, buffer.per_bank, buffer.banks, buffer.refs),
            (place.requested, place.per_bank, place.banks, place.refs)
        );
    }
}

/// The ring's newest records of each thread are that thread's newest, every one, in order.
fn check_tails(events: &[Event], model: &Model) {
    let mut by_thread = BTreeMap::<u32, Vec<Expected>>::new();
    for event in events {
        let bad = event.flags & BAD_FREE != 0;
        by_thread.entry(event.thread).or_default().push(Expected {
            kind: event.kind,
            address: event.address,
            requested: event.requested,
            flags: if bad { BAD_FREE } else { event.flags },
        });
    }
    let mut wanted: Vec<&Vec<Expected>> = model.tails.iter().collect();
    assert_eq!(by_thread.len(), wanted.len());
    for told in by_thread.values() {
        let told = &told[told.len().saturating_sub(TAIL)..];
        assert!(!told.is_empty());
        let found = wanted.iter().position(|tail| tail.ends_with(told));
        wanted.remove(found.expect("a thread's newest records are not what it reported"));
    }
}

#[test]
fn millions_of_events_in_strict_mode() {
    check_sandbox("strict", 4, 500_000);
}

#[test]
fn millions_of_events_behind_a_filter() {
    check_sandbox("filter", 4, 500_000);
}

/// Nor does one that finds no place for its record.
#[test]
fn more_threads_than_chunks_behind_a_filter() {
    let dir = PrivateDir::new();
    let ended = sandboxed(&dir, "filter", 12, 20_000, false);
    assert_eq!(ended.verdicts, "k".repeat(12), "{}", ended.status);
    let [path] = dir.segments().try_into().expect("one segment is left");
    let segment = Segment::open(&path).expect("the segment is readable");
    let snapshot = segment.snapshot().expect("the segment is readable");
    assert!(snapshot.exact(), "{:?}", snapshot.damage);
    let model = Model::of(12, 20_000);
    check_live(&snapshot, &model);
    let mut cursor = segment.cursor(Start::Oldest).expect("the ring is readable");
    let sweep = cursor.sweep(&segment).expect("the ring is readable");
    let dropped = snapshot.losses.counts[loss::RECORDS_DROPPED];
    assert!(dropped > 0, "eight chunks cannot serve twelve threads");
    assert_eq!(
        snapshot.losses.records_overwritten + sweep.events.len() as u64 + dropped,
        model.sum(|storm| storm.tally.records)
    );
}

/// The sandboxes are real: one system call between the events, and it does not end well.
#[test]
fn a_system_call_would_be_noticed() {
    let dir = PrivateDir::new();
    let strict = sandboxed(&dir, "strict", 2, 1000, true);
    assert_eq!(strict.verdicts, "k", "only the thread that did not stray");
    let filter = sandboxed(&dir, "filter", 2, 100_000, true);
    assert_eq!(filter.status.signal(), Some(libc::SIGSYS));
}
