//! Many threads in one process: short-lived ones, more than there are chunks, and a reader beside.
//!
//! The producer is this very process, so the tests take turns.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Barrier, Mutex, MutexGuard, PoisonError};
use support::PrivateDir;
use support::replay::{compare, replay, table};
use support::storm::{POOLS, Storm};
use ttmem_producer::{Options, Pool, attach, attach_thread, detach, register_pool, segment_path};
use ttmem_reader::{Event, Segment, Snapshot, Start, loss};

/// This process as a producer, while no other test is one.
struct Attached {
    segment: Segment,
    pools: Vec<Pool>,
    _dir: PrivateDir,
    _turn: MutexGuard<'static, ()>,
}

impl Attached {
    fn with(ring_records: u64) -> Self {
        static TURN: Mutex<()> = Mutex::new(());
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        let dir = PrivateDir::new();
        let options = Options {
            dir: dir.path().to_owned(),
            ring_records,
            ..Options::default()
        };
        attach(&options).expect("this process can attach");
        let path = segment_path().expect("this process is attached");
        let segment = Segment::open(&path).expect("the segment is readable");
        let pools = POOLS
            .iter()
            .map(|(kind, chips)| register_pool(*kind, *chips, 0, None).expect("a pool"))
            .collect();
        Self {
            segment,
            pools,
            _dir: dir,
            _turn: turn,
        }
    }

    fn storm(&self, index: u64) -> Storm {
        Storm::new(&self.pools, index, 7)
    }

    fn snapshot(&self) -> Snapshot {
        let snapshot = self.segment.snapshot().expect("the segment is readable");
        assert!(!snapshot.moving, "nobody reports");
        assert!(snapshot.exact(), "{:?}", snapshot.damage);
        snapshot
    }

    fn events(&self) -> Vec<Event> {
        let mut cursor = self.segment.cursor(Start::Oldest).expect("a cursor");
        let sweep = cursor.sweep(&self.segment).expect("the ring is readable");
        assert_eq!((sweep.lost, sweep.senseless), (0, 0));
        sweep.events
    }
}

impl Drop for Attached {
    fn drop(&mut self) {
        detach();
    }
}

fn report(storm: &mut Storm, events: u64) {
    for _ in 0..events {
        let step = storm.step(|_| {});
        assert!(step.report(), "{step:?}");
    }
}

fn records(storms: &[Storm]) -> u64 {
    storms.iter().map(|storm| storm.tally.records).sum()
}

/// The live table is what the storms hold, all of it and nothing else.
fn check_live(snapshot: &Snapshot, storms: &[Storm]) {
    let live = table(snapshot).expect("no key is live twice");
    let held: usize = storms.iter().map(|storm| storm.live().count()).sum();
    assert_eq!(live.len(), held);
    for storm in storms {
        for place in storm.live() {
            let key = (storm.pool(place).index(), place.buffer_type, place.address);
            let found = live.get(&key).expect("what is held is live");
            assert_eq!((found.requested, found.refs), (place.requested, place.refs));
        }
    }
}

/// Sequences are unique, and rise within each thread in the order of its events.
fn check_sequences(events: &[Event]) {
    let mut threads = BTreeMap::<u32, Vec<u64>>::new();
    for event in events {
        threads
            .entry(event.thread)
            .or_default()
            .push(event.sequence);
    }
    for sequences in threads.values() {
        assert!(sequences.is_sorted_by(|a, b| a < b), "{sequences:?}");
    }
    let mut all: Vec<u64> = events.iter().map(|event| event.sequence).collect();
    all.sort_unstable();
    assert!(all.is_sorted_by(|a, b| a < b), "a sequence was given twice");
}

#[test]
fn threads_on_their_own_and_shared_pools_add_up() {
    let attached = Attached::with(1 << 16);
    let storms: Vec<Storm> = std::thread::scope(|scope| {
        let start = |index| {
            let mut storm = attached.storm(index);
            scope.spawn(move || {
                report(&mut storm, 9_000);
                storm
            })
        };
        let threads: Vec<_> = (0..6).map(start).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().expect("a thread"))
            .collect()
    });
    let snapshot = attached.snapshot();
    check_live(&snapshot, &storms);
    let events = attached.events();
    assert_eq!(snapshot.losses.records_overwritten, 0);
    assert_eq!(events.len() as u64, records(&storms));
    check_sequences(&events);
    let live = table(&snapshot).expect("no key is live twice");
    let told = replay(&events).expect("each event follows from those before");
    let difference = compare(&live, &told);
    assert!(
        difference.faults.is_empty() && difference.references == 0,
        "{difference:?}"
    );
}

/// Hundreds of threads that report a little and end: their half-full chunks are used up by others,
/// so that they cost no history.
#[test]
fn short_lived_threads_take_over_each_others_chunks() {
    const THREADS: u64 = 600;
    const EVENTS: u64 = 20;
    let attached = Attached::with(16_384);
    let mut storms: Vec<Storm> = (0..4).map(|index| attached.storm(index)).collect();
    for _ in 0..THREADS / 4 {
        std::thread::scope(|scope| {
            for storm in &mut storms {
                scope.spawn(|| report(storm, EVENTS));
            }
        });
    }
    let snapshot = attached.snapshot();
    check_live(&snapshot, &storms);
    let events = attached.events();
    // 600 threads with a chunk of their own each would have lapped the 128 chunks four times over.
    assert_eq!(snapshot.losses.records_overwritten, 0);
    assert_eq!(events.len() as u64, records(&storms));
    check_sequences(&events);
    let last = events.iter().map(|event| event.sequence).max();
    let used = last.expect("there are events") / 128;
    assert!(used < 128, "{used} chunks for {} records", events.len());
}

/// More threads at once than the ring has chunks: what finds none is dropped, counted one by one,
/// and still in the totals.
#[test]
fn what_finds_no_chunk_is_counted() {
    const THREADS: usize = 12;
    let attached = Attached::with(1024);
    let all_in = Barrier::new(THREADS);
    let storms: Vec<Storm> = std::thread::scope(|scope| {
        let start = |index| {
            let (mut storm, all_in) = (attached.storm(index), &all_in);
            scope.spawn(move || {
                attach_thread();
                // No thread ends, and gives its chunk back, before all have looked for one.
                all_in.wait();
                report(&mut storm, 400);
                all_in.wait();
                storm
            })
        };
        let threads: Vec<_> = (0..THREADS as u64).map(start).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().expect("a thread"))
            .collect()
    });
    let snapshot = attached.snapshot();
    check_live(&snapshot, &storms);
    let events = attached.events();
    check_sequences(&events);
    let dropped = snapshot.losses.counts[loss::RECORDS_DROPPED];
    assert!(dropped > 0, "eight chunks cannot serve twelve threads");
    let published = snapshot.losses.records_overwritten + events.len() as u64;
    assert_eq!(published + dropped, records(&storms));
}

/// A reader beside: whatever it did not get is counted as lost.
#[test]
fn a_reader_beside_loses_nothing_in_silence() {
    for ring in [1024, 8192, 1 << 17] {
        let attached = Attached::with(ring);
        let mut cursor = attached.segment.cursor(Start::Oldest).expect("a cursor");
        let published = AtomicU64::new(0);
        let (mut events, mut lost) = (Vec::new(), 0);
        std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4)
                .map(|index| {
                    let mut storm = attached.storm(index);
                    let published = &published;
                    scope.spawn(move || {
                        report(&mut storm, 30_000);
                        published.fetch_add(storm.tally.records, Ordering::Relaxed);
                    })
                })
                .collect();
            let mut last = false;
            while !last {
                last = threads.iter().all(|thread| thread.is_finished());
                let sweep = cursor
                    .sweep(&attached.segment)
                    .expect("the ring is readable");
                assert_eq!(sweep.senseless, 0);
                events.extend(sweep.events);
                lost += sweep.lost;
            }
        });
        check_sequences(&events);
        let published = published.into_inner();
        assert_eq!(
            events.len() as u64 + lost,
            published,
            "{lost} lost of {ring}"
        );
        if ring == 1 << 17 {
            assert_eq!(lost, 0, "the ring holds all of it");
            let told = replay(&events).expect("no sweep shows an end before its beginning");
            let live = table(&attached.snapshot()).expect("no key is live twice");
            assert!(compare(&live, &told).faults.is_empty());
        }
    }
}
