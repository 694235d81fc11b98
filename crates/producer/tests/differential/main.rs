//! Random programs against a plain model: counters, live table and replayed events all tell what the
//! model tells, while the ring overwrites itself, the live table's stash fills and overflows, and
//! pools split each other's counters.

#![allow(
    clippy::unwrap_used,
    reason = "a test may panic wherever it is surprised"
)]

mod books;
mod replay;

use books::{Books, CHIPS, Expected, Held, Key, POOL_CHIPS, in_l1};
use proptest::prelude::*;
use replay::Replay;
use std::collections::{HashMap, HashSet};
use ttmem_producer::{
    Allocation, BufferType, ChipSet, Options, Outcome, Pool, PoolKind, alloc, attach, cb_alloc,
    cb_free, clear_pool, detach, free, kernel_load, kernel_unload, mark, register_pool,
    segment_path,
};
use ttmem_reader::{Segment, Snapshot, Start, anomaly, loss};

#[derive(Clone, Debug)]
enum Step {
    Alloc(Key, Held),
    Free(Key),
    Clear(usize),
    Mark,
    Look,
}

/// Few addresses meet often: references, replacements, bad frees. Many fill the table.
fn key() -> impl Strategy<Value = Key> {
    let address = prop_oneof![2 => 0..6_u64, 5 => 1000..1900_u64];
    (0..POOL_CHIPS.len(), 0..7_u8, address).prop_map(|(pool, number, address)| {
        // Mostly DRAM, so that keys differ in little but the address.
        let number = if address > 1400 { 0 } else { number };
        (pool, BufferType::from_number(number).unwrap(), address * 32)
    })
}

fn held() -> impl Strategy<Value = Held> {
    (1..4_u64, 1..4_u64, 1..4_u16).prop_map(|(requested, per_bank, banks)| Held {
        requested: requested * 10,
        per_bank: per_bank * 32,
        banks,
        refs: 1,
    })
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        700 => (key(), held()).prop_map(|(key, held)| Step::Alloc(key, held)),
        250 => key().prop_map(Step::Free),
        1 => (0..POOL_CHIPS.len()).prop_map(Step::Clear),
        5 => Just(Step::Mark),
        10 => Just(Step::Look),
    ]
}

/// One attachment with all that looks on.
struct Run {
    pools: Vec<Option<Pool>>,
    books: Books,
    /// Not in the live table, because it was full.
    overflowed: u64,
    overflow_frees: u64,
    ever: HashSet<Key>,
    segment: Segment,
    follower: Replay,
    events: u64,
}

impl Drop for Run {
    fn drop(&mut self) {
        detach();
    }
}

impl Run {
    fn new(directory: &std::path::Path) -> Self {
        attach(&Options {
            dir: directory.to_owned(),
            ring_records: 1,
            live_slots: 1,
            ..Options::default()
        })
        .unwrap();
        let segment = Segment::open(&segment_path().unwrap()).unwrap();
        let follower = Replay::new(segment.cursor(Start::Oldest).unwrap());
        Self {
            pools: vec![None; POOL_CHIPS.len()],
            books: Books::default(),
            overflowed: 0,
            overflow_frees: 0,
            ever: HashSet::new(),
            segment,
            follower,
            events: 0,
        }
    }

    /// Registered when it is first used, so that counters are split under what they have counted.
    fn pool(&mut self, index: usize) -> Pool {
        *self.pools[index].get_or_insert_with(|| {
            let chips = POOL_CHIPS[index]
                .iter()
                .filter_map(|chip| ChipSet::of(*chip));
            let chips = chips.fold(ChipSet::EMPTY, ChipSet::or);
            register_pool(PoolKind::Mesh, chips, 0, None).unwrap()
        })
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Alloc(key, held) => self.alloc(key, held),
            Step::Free(key) => self.free(key),
            Step::Clear(index) => {
                let pool = self.pool(index);
                let before = self.books.live.len();
                self.books.clear(index);
                self.events += (before - self.books.live.len()) as u64;
                let _ = clear_pool(pool);
            }
            Step::Mark => {
                assert_eq!(mark("phase"), Outcome::Done);
                self.events += 1;
            }
            Step::Look => self.look(),
        }
        // Before the ring of 1,024 comes round.
        if self.events - self.follower.events > 500 {
            self.follower.sweep(&self.segment);
        }
    }

    fn alloc(&mut self, key: Key, held: Held) {
        let allocation = Allocation {
            pool: self.pool(key.0),
            buffer_type: key.1,
            address: key.2,
            requested: held.requested,
            per_bank: held.per_bank,
            banks: held.banks,
            id: 7,
        };
        let outcome = match key.1 {
            BufferType::Cb => cb_alloc(&allocation),
            BufferType::Kernel => kernel_load(&allocation),
            _ => alloc(&allocation),
        };
        let foreseen = self.books.foresee(key, &held);
        self.events += 1 + u64::from(foreseen == Expected::Replaced);
        if outcome == Outcome::LiveOverflow {
            assert_eq!(foreseen, Expected::Begun);
            // 512 slots and a stash of 64: no overflow in a table that is half empty.
            assert!(
                self.books.live.len() > 300,
                "{} live",
                self.books.live.len()
            );
            self.overflowed += 1;
            return;
        }
        let expected = match foreseen {
            Expected::Referenced => Outcome::Referenced,
            Expected::Replaced => Outcome::Replaced,
            _ => Outcome::Done,
        };
        assert_eq!(outcome, expected, "{key:?}");
        self.ever.insert(key);
        self.books.alloc(key, held);
    }

    fn free(&mut self, key: Key) {
        let pool = self.pool(key.0);
        let outcome = match key.1 {
            BufferType::Cb => cb_free(pool, key.2),
            BufferType::Kernel => kernel_unload(pool, key.2),
            buffer_type => free(pool, buffer_type, key.2),
        };
        self.events += 1;
        match self.books.free(key) {
            Expected::Ended => assert_eq!(outcome, Outcome::Done, "{key:?}"),
            Expected::Referenced => assert_eq!(outcome, Outcome::Referenced, "{key:?}"),
            _ => match outcome {
                Outcome::DoubleFree => assert!(self.ever.contains(&key)),
                Outcome::LiveOverflow if self.overflowed > 0 => {
                    self.overflow_frees += 1;
                    self.books.bad_frees -= 1;
                }
                outcome => assert_eq!(outcome, Outcome::UnknownFree, "{key:?}"),
            },
        }
    }

    /// Everything there is to see.
    fn look(&mut self) {
        let snapshot = self.segment.snapshot().unwrap();
        assert!(snapshot.consistent && !snapshot.moving && snapshot.damage.is_empty());
        assert_eq!(snapshot.exact(), self.overflowed + self.overflow_frees == 0);
        self.look_at_buffers(&snapshot);
        self.look_at_totals(&snapshot);
        self.look_at_faults(&snapshot);
        self.follower.sweep(&self.segment);
        self.look_at_replay(&snapshot);
    }

    fn look_at_buffers(&self, snapshot: &Snapshot) {
        let mut seen = HashMap::new();
        for buffer in &snapshot.buffers {
            let held = Held {
                requested: buffer.requested,
                per_bank: buffer.per_bank,
                banks: buffer.banks,
                refs: buffer.refs,
            };
            let index = |pool: &Option<Pool>| pool.map(Pool::index) == Some(buffer.pool);
            let pool = self.pools.iter().position(index).unwrap();
            let twice = seen.insert((pool, buffer.buffer_type, buffer.address), held);
            assert!(twice.is_none());
        }
        assert_eq!(seen, self.books.live);
    }

    fn look_at_totals(&self, snapshot: &Snapshot) {
        for chip in 0..CHIPS {
            let Some(device) = snapshot
                .devices
                .iter()
                .find(|d| d.info.chip as usize == chip)
            else {
                assert_eq!(self.books.core[chip], (0, 0));
                continue;
            };
            for (totals, line) in device.types.iter().zip(self.books.lines[chip]) {
                let told = (totals.bytes, totals.peak_bytes, totals.allocs, totals.frees);
                assert_eq!(told, (line.bytes, line.peak, line.allocs, line.frees));
            }
            let core = (device.l1_core_bytes, device.l1_core_peak);
            assert_eq!(core, self.books.core[chip]);
        }
    }

    fn look_at_faults(&self, snapshot: &Snapshot) {
        let anomalies = &snapshot.anomalies.counts;
        assert_eq!(
            anomalies[anomaly::REPLACED_WITHOUT_FREE],
            self.books.replaced
        );
        let bad = anomalies[anomaly::UNKNOWN_FREE] + anomalies[anomaly::DOUBLE_FREE];
        assert_eq!(bad, self.books.bad_frees);
        let losses = &snapshot.losses.counts;
        assert_eq!(losses[loss::LIVE_OVERFLOW], self.overflowed);
        assert_eq!(losses[loss::OVERFLOW_FREES], self.overflow_frees);
        assert_eq!(losses[loss::RECORDS_DROPPED], 0);
    }

    fn look_at_replay(&self, snapshot: &Snapshot) {
        assert_eq!((self.follower.events, self.follower.lost), (self.events, 0));
        assert_eq!(self.follower.live.len(), snapshot.buffers.len());
        for buffer in &snapshot.buffers {
            let event = &self.follower.live[&buffer.sequence];
            assert_eq!(
                (
                    event.address,
                    event.requested,
                    event.pool,
                    u64::from(event.refs)
                ),
                (buffer.address, buffer.requested, buffer.pool, buffer.refs)
            );
        }
        for device in &snapshot.devices {
            for buffer_type in BufferType::ALL {
                assert_eq!(
                    self.follower.peak(device.info.chip, buffer_type),
                    device.of(buffer_type).peak_bytes
                );
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn every_way_of_looking_tells_what_the_model_tells(
        steps in prop::collection::vec(step(), 1..4000)
    ) {
        let directory = tempfile::tempdir_in("/dev/shm").unwrap();
        let mut run = Run::new(directory.path());
        // Follows nothing until the end: what was overwritten meanwhile is counted.
        let mut latecomer = run.segment.cursor(Start::Oldest).unwrap();
        for step in steps {
            run.step(step);
        }
        run.look();
        let late = latecomer.sweep(&run.segment).unwrap();
        prop_assert_eq!(late.events.len() as u64 + late.lost, run.events);
        prop_assert!(run.events < 1024 || late.events.len() >= 896);
    }
}

#[test]
fn types_in_l1_are_those_of_the_layout() {
    for buffer_type in BufferType::ALL {
        assert_eq!(
            buffer_type.memory() == ttmem_reader::Memory::L1,
            in_l1(buffer_type)
        );
    }
}
