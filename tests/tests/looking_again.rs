//! Whoever looks again reads only what changed, and sees what one who looks for the first time sees.
#![forbid(unsafe_code)]

use proptest::prelude::*;
use std::collections::BTreeMap;
use support::{PrivateDir, ProducerProcess, Starter, timeless};
use ttmem_reader::{Buffer, Segment, Snapshot, Start, State, Watch, loss, scan};

/// What a producer may be told between two looks. Few addresses, so that allocations meet.
#[derive(Clone, Debug)]
enum Step {
    Alloc(u8, u8, u8, u8),
    Free(u8, u8, u8),
    Many(u8, u16),
    Tell(&'static str),
    Pool(u8),
    Retire(u8),
    Clear(u8),
    Gauge(u8, u8),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0..3_u8, 0..2_u8, 0..6_u8, 0..3_u8).prop_map(|(p, t, a, s)| Step::Alloc(p, t, a, s)),
        6 => (0..3_u8, 0..2_u8, 0..6_u8).prop_map(|(p, t, a)| Step::Free(p, t, a)),
        1 => (0..3_u8, 1..2000_u16).prop_map(|(p, n)| Step::Many(p, n)),
        2 => prop_oneof![Just("mark prefill"), Just("mark decode"), Just("device 1"),
            Just("device 5"), Just("fail 0 L1 4096 out of memory")].prop_map(Step::Tell),
        1 => (1..16_u8).prop_map(Step::Pool),
        1 => (0..3_u8).prop_map(Step::Retire),
        1 => (0..3_u8).prop_map(Step::Clear),
        1 => (0..8_u8, 0..9_u8).prop_map(|(chip, size)| Step::Gauge(chip, size)),
    ]
}

impl Step {
    fn command(&self) -> String {
        let name = |buffer_type: &u8| ["DRAM", "L1"][usize::from(*buffer_type)];
        match self {
            Self::Alloc(pool, kind, at, size) => {
                let (kind, size) = (name(kind), 1000 + u64::from(*size));
                format!("alloc {pool} {kind} {} {size} 512 2", u64::from(*at) * 4096)
            }
            Self::Free(pool, kind, at) => {
                format!("free {pool} {} {}", name(kind), u64::from(*at) * 4096)
            }
            Self::Many(pool, events) => format!("loop {pool} {events}"),
            Self::Tell(line) => (*line).to_owned(),
            Self::Pool(chips) => {
                let chips: Vec<_> = (0..4).filter(|chip| chips >> chip & 1 == 1).collect();
                let chips: Vec<_> = chips.iter().map(ToString::to_string).collect();
                format!("pool submesh {}", chips.join(","))
            }
            Self::Retire(pool) => format!("retire {pool}"),
            Self::Clear(pool) => format!("clear {pool}"),
            Self::Gauge(chip, size) => format!("gauge {chip} {size} {size} 1"),
        }
    }
}

/// A producer with three pools, eight chunks and so many slots.
fn producer(dir: &PrivateDir, live_slots: &str) -> ProducerProcess {
    let small = Starter::new(dir.path())
        .env("TTMEM_LIVE_SLOTS", live_slots)
        .env("TTMEM_RING_RECORDS", "1024");
    let mut producer = small.start();
    producer.all_ok(&[
        "attach",
        "device 0",
        "pool mesh 0-3",
        "pool chip 0",
        "pool programs 1,2",
    ]);
    producer
}

fn only_segment(dir: &PrivateDir) -> Segment {
    let mut scan = scan(dir.path()).expect("the directory can be read");
    assert!(scan.unreadable.is_empty());
    scan.segments.pop().expect("the producer's segment")
}

fn assert_the_same(watch: &mut Watch, fresh: &Segment) {
    let seen = timeless(watch.snapshot().expect("it can be read again"));
    assert_visited(watch);
    let snapshot = fresh.snapshot().expect("it can be read");
    assert_eq!(seen, timeless(&snapshot));
    // Without the buffers the figures are the same.
    let summary = fresh.summary().expect("it can be read");
    assert!(summary.buffers.is_empty());
    let whole = Snapshot {
        buffers: snapshot.buffers,
        ..summary
    };
    assert_eq!(seen, timeless(&whole));
}

/// One by one the allocations are those of the snapshot, and a look that finds nothing new says so.
fn assert_visited(watch: &mut Watch) {
    let untimed = |buffer: Buffer| Buffer {
        allocated_ns: 0,
        ..buffer
    };
    let mut visited: Vec<_> = watch.buffers().map(untimed).collect();
    visited.sort_by_key(|one| (one.sequence, one.address));
    let last = watch.last().expect("it was looked at");
    let all: Vec<_> = last.buffers.iter().cloned().map(untimed).collect();
    let moving = last.moving;
    assert_eq!(visited, all);
    let revision = watch.revision();
    watch.summary().expect("it can be read again");
    assert!(moving || watch.revision() == revision);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn a_second_look_sees_what_a_first_one_would(
        rounds in prop::collection::vec((prop::collection::vec(step(), 0..12), any::<bool>()), 1..12),
        end in 0..3_u8,
    ) {
        let dir = PrivateDir::new();
        let mut producer = producer(&dir, "512");
        let mut watch = Watch::new(only_segment(&dir));
        let fresh = only_segment(&dir);
        for (steps, with_buffers) in rounds {
            for step in steps {
                // Some are refused (a pool without chips, a retired pool): that changes figures too.
                producer.ask(&step.command());
            }
            if !with_buffers {
                let seen = watch.summary().expect("it can be read again").devices.clone();
                prop_assert_eq!(seen, fresh.summary().expect("it can be read").devices);
            }
            assert_the_same(&mut watch, &fresh);
        }
        match end {
            0 => producer.kill(),
            1 => producer.all_ok(&["detach"]),
            _ => {}
        }
        assert_the_same(&mut watch, &fresh);
        assert_the_same(&mut watch, &fresh);
    }
}

#[test]
fn events_without_a_record_are_seen_again() {
    let dir = PrivateDir::new();
    let mut producer = producer(&dir, "8192");
    let mut watch = Watch::new(only_segment(&dir));
    let fresh = only_segment(&dir);
    // More threads than the ring has chunks: some find none.
    producer.ok("run 0 12");
    support::until("a record being dropped", || {
        let losses = watch.snapshot().expect("it can be read again").losses;
        losses.counts[loss::RECORDS_DROPPED] > 0
    });
    producer.ok("pause");
    assert_the_same(&mut watch, &fresh);
    producer.ok("loop 0 500");
    assert_the_same(&mut watch, &fresh);
}

#[test]
fn a_producer_at_work_is_seen_whole_again_and_again() {
    let dir = PrivateDir::new();
    let mut producer = ProducerProcess::attached(dir.path());
    producer.all_ok(&["device 0", "pool mesh 0,1", "run 0 2"]);
    let mut watch = Watch::new(only_segment(&dir));
    let fresh = only_segment(&dir);
    for _ in 0..300 {
        let seen = watch.snapshot().expect("it can be read again");
        assert_eq!(seen.damage, Vec::<String>::new());
        assert!(seen.exact());
        let sequences: Vec<_> = seen.buffers.iter().map(|one| one.sequence).collect();
        assert!(sequences.is_sorted());
    }
    producer.ok("pause");
    assert_the_same(&mut watch, &fresh);
    producer.ok("run 0 2");
    let _ = watch.summary();
    producer.kill();
    assert_the_same(&mut watch, &fresh);
    assert_eq!(fresh.state().expect("it can be read"), State::Dead);
}

/// Records and bytes of what took effect, by kind.
type Totals = BTreeMap<u8, (u64, u64)>;

#[test]
fn a_visit_shows_each_record_that_a_sweep_tells() {
    let dir = PrivateDir::new();
    let mut producer = ProducerProcess::attached(dir.path());
    producer.all_ok(&["device 0", "pool mesh 0,1", "mark begin"]);
    let segment = only_segment(&dir);
    let cursor = || segment.cursor(Start::Oldest).expect("it has a ring");
    let (mut sweeping, mut visiting, mut both) = (cursor(), cursor(), cursor());
    let mut totals = [Totals::new(), Totals::new(), Totals::new()];
    let mut missed = [0; 3];
    let [swept, visited, mixed] = &mut totals;
    let add = |totals: &mut Totals, kind: u8, bytes: u64| {
        // Marks and devices (8 and 9) are about no memory.
        let bytes = if kind < 8 { bytes } else { 0 };
        let (records, sum) = totals.entry(kind).or_default();
        (*records, *sum) = (*records + 1, *sum + bytes);
    };
    let mut look = |turn: usize| {
        let sweep = |totals: &mut Totals, cursor: &mut ttmem_reader::Cursor| {
            let sweep = cursor.sweep(&segment).expect("it can be read");
            for event in &sweep.events {
                let chips = event.chips.len();
                add(
                    totals,
                    event.kind as u8,
                    event.occupied() * u64::from(chips),
                );
            }
            sweep.lost + sweep.senseless
        };
        let visit = |totals: &mut Totals, cursor: &mut ttmem_reader::Cursor| {
            let visit = cursor.visit(&segment, |record, chips| {
                let chips = chips.len();
                add(totals, record.kind, record.occupied() * u64::from(chips));
            });
            let visit = visit.expect("it can be read");
            visit.lost + visit.senseless
        };
        missed[0] += sweep(swept, &mut sweeping);
        missed[1] += visit(visited, &mut visiting);
        if turn.is_multiple_of(2) {
            missed[2] += visit(mixed, &mut both);
        } else {
            missed[2] += sweep(mixed, &mut both);
        }
    };
    producer.ok("run 0 3");
    (0..200).for_each(&mut look);
    producer.all_ok(&["pause", "mark end"]);
    producer.kill();
    look(0);
    look(0);
    let records = |totals: &Totals| totals.values().map(|(records, _)| records).sum::<u64>();
    let all: Vec<u64> = totals
        .iter()
        .zip(missed)
        .map(|(one, lost)| records(one) + lost)
        .collect();
    assert_eq!(all[0], all[1], "{totals:?} {missed:?}");
    assert_eq!(all[0], all[2], "{totals:?} {missed:?}");
    if missed == [0; 3] {
        assert_eq!(totals[0], totals[1]);
        assert_eq!(totals[0], totals[2]);
    }
}
