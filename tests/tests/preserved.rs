//! A copy of a segment says what the segment said at that moment, and goes on saying it.
#![forbid(unsafe_code)]

use std::path::Path;
use std::sync::Arc;
use support::{PrivateDir, ProducerProcess, Starter, is_whole, timeless};
use ttmem_layout::{Chunk, SectionKind};
use ttmem_reader::{Preserved, ReadError, Segment, Start, State, Watch, WholeCopy, scan};
use zerocopy::{FromBytes, IntoBytes};

const WORK: [&str; 8] = [
    "device 0",
    "pool mesh 0,1",
    "alloc 0 DRAM 0x100040 500000 43696 12",
    "mark prefill",
    "alloc 0 L1 0x8000 2048 2048 1",
    "alloc 0 L1 0x9000 2048 2048 1",
    "free 0 L1 0x8000",
    "free 0 L1 0x8000",
];

fn only_segment(dir: &PrivateDir) -> Segment {
    let mut scan = scan(dir.path()).expect("the directory can be read");
    assert!(scan.unreadable.is_empty());
    scan.segments.pop().expect("the producer's segment")
}

fn opened(copy: WholeCopy) -> Segment {
    let name = Path::new("kept/ttmem.1.00000000");
    Segment::preserved(name, Arc::new(copy.bytes), copy.preserved).expect("a copy is a segment")
}

fn copy_of(segment: &Segment) -> Segment {
    opened(segment.copy().expect("it can be copied"))
}

fn events(segment: &Segment) -> Vec<(u64, u64, u64)> {
    let mut cursor = segment.cursor(Start::Oldest).expect("it has a ring");
    let sweep = cursor.sweep(segment).expect("it can be read");
    assert_eq!((sweep.lost, sweep.senseless), (0, 0));
    let events = sweep.events.iter();
    events
        .map(|event| (event.sequence, event.ticks, event.address))
        .collect()
}

fn assert_alike(copy: &Segment, original: &Segment) {
    let (kept, there) = (copy.snapshot(), original.snapshot());
    let (kept, there) = (
        kept.expect("it can be read"),
        there.expect("it can be read"),
    );
    assert_eq!(timeless(&kept), timeless(&there));
    assert_eq!(events(copy), events(original));
    assert_eq!(copy.identity(), original.identity());
    let glances = (copy.glance(), original.glance());
    let (kept, there) = (glances.0.expect("counters"), glances.1.expect("counters"));
    assert_eq!(format!("{kept:?}"), format!("{there:?}"));
}

#[test]
fn a_copy_says_what_the_segment_says_and_stays_as_it_is() {
    let dir = PrivateDir::new();
    let mut producer = ProducerProcess::attached(dir.path());
    producer.all_ok(&WORK[..2]);
    for work in &WORK[2..] {
        // A free that finds nothing is refused, and counted.
        producer.ask(work);
    }
    let segment = only_segment(&dir);
    let copy = copy_of(&segment);
    assert_alike(&copy, &segment);
    let before = copy.snapshot().expect("it can be read");
    assert!(before.exact() && !before.moving);
    assert_eq!(before.state, State::Running);

    producer.ask("alloc 0 L1 0xa000 4096 4096 1");
    producer.kill();
    let after = copy.snapshot().expect("it can be read");
    assert_eq!(format!("{after:?}"), format!("{before:?}"), "also its time");
    assert!(copy.is_where_it_was());

    let dead = copy_of(&segment);
    assert_alike(&dead, &segment);
    assert_eq!(dead.state().expect("it is known"), State::Dead);
    // Looked at again and again, and copied once more.
    let mut watch = Watch::new(copy_of(&dead));
    let first = timeless(watch.snapshot().expect("it can be read"));
    assert_eq!(timeless(watch.snapshot().expect("it can be read")), first);
    assert_eq!(
        timeless(&segment.snapshot().expect("it can be read")),
        first
    );
}

#[test]
fn a_clean_end_is_kept() {
    let dir = PrivateDir::new();
    let mut producer = Starter::new(dir.path()).env("TTMEM_KEEP", "1").start();
    producer.ok("attach");
    producer.all_ok(&WORK[..3]);
    producer.ok("detach");
    let segment = only_segment(&dir);
    let copy = copy_of(&segment);
    assert_eq!(copy.state().expect("it is known"), State::Exited);
    assert_alike(&copy, &segment);
    assert!(copy.snapshot().expect("figures").detached_ns.is_some());
}

fn assert_whole(copy: &Segment) {
    let snapshot = copy.snapshot().expect("it can be read");
    assert_eq!(snapshot.damage, Vec::<String>::new());
    assert!(
        snapshot.exact(),
        "what moves is not judged, the rest agrees"
    );
    for one in &snapshot.buffers {
        let whole = is_whole(
            one.address,
            one.buffer_type,
            one.requested,
            one.per_bank,
            one.banks,
        );
        assert!(whole, "{one:?}");
    }
    let mut cursor = copy.cursor(Start::Oldest).expect("it has a ring");
    let sweep = cursor.sweep(copy).expect("it can be read");
    assert_eq!((sweep.lost, sweep.senseless), (0, 0));
    let mut begun = std::collections::HashSet::new();
    let first = sweep.events.first().map_or(0, |event| event.sequence);
    for event in &sweep.events {
        let Some(buffer_type) = event.buffer_type else {
            continue;
        };
        let (requested, per_bank) = (event.requested, event.per_bank);
        assert!(is_whole(
            event.address,
            buffer_type,
            requested,
            per_bank,
            event.banks
        ));
        if event.kind.is_alloc() {
            begun.insert(event.sequence);
        } else if snapshot.losses.records_overwritten == 0 && event.alloc_sequence >= first {
            // With everything still there, no event comes without what it depends on.
            assert!(begun.contains(&event.alloc_sequence), "{event:?}");
        }
    }
}

#[test]
fn a_copy_made_at_full_speed_is_whole() {
    for (records, copies) in [("1024", 50), ("131072", 4)] {
        let dir = PrivateDir::new();
        let small = Starter::new(dir.path()).env("TTMEM_RING_RECORDS", records);
        let mut producer = small.start();
        producer.all_ok(&["attach", "device 0", "pool mesh 0,1", "run 0 3"]);
        let segment = only_segment(&dir);
        let (mut made, mut moving) = (0, 0);
        // On a busy machine they may stand still during many a copy.
        support::until("three threads at full speed being caught at it", || {
            let copy = segment.copy().expect("it can be copied");
            moving += u32::from(copy.preserved.moving);
            let said = copy.preserved.moving;
            let copy = opened(copy);
            assert_whole(&copy);
            assert_eq!(copy.snapshot().expect("figures").moving, said);
            made += 1;
            made >= copies && moving > 0
        });
        producer.number("pause");
        let copy = copy_of(&segment);
        assert_alike(&copy, &segment);
        producer.ok("run 0 3");
        producer.kill();
        assert_alike(&copy_of(&segment), &segment);
    }
}

#[test]
fn an_event_under_way_is_settled_only_for_the_dead() {
    let dir = PrivateDir::new();
    let mut producer = ProducerProcess::attached(dir.path());
    producer.all_ok(&WORK[..3]);
    let mut copy = only_segment(&dir).copy().expect("it can be copied");
    // Its record is written; that it is complete is not.
    let header = ttmem_layout::Header::read_from_prefix(&copy.bytes)
        .expect("a header")
        .0;
    let chunks = header.sections[SectionKind::Chunks as usize - 1];
    let at = chunks.offset as usize;
    let stride = chunks.entry_size as usize;
    let used = copy.bytes[at..]
        .chunks(stride)
        .position(|bytes| bytes[0] != 0);
    let at = at + used.expect("a chunk in use") * stride;
    let mut chunk =
        Chunk::read_from_bytes(&copy.bytes[at..at + size_of::<Chunk>()]).expect("64 bytes");
    chunk.completed -= 1;
    copy.bytes[at..at + size_of::<Chunk>()].copy_from_slice(chunk.as_bytes());

    let running = opened(copy.clone());
    let snapshot = running.snapshot().expect("it can be read");
    assert!(snapshot.moving && snapshot.exact());
    let events_of_the_running = events(&running).len();
    let preserved = Preserved {
        state: State::Dead,
        ..copy.preserved.clone()
    };
    let dead = opened(WholeCopy { preserved, ..copy });
    let snapshot = dead.snapshot().expect("it can be read");
    assert!(!snapshot.moving && snapshot.exact());
    assert_eq!(snapshot.in_flight, 1);
    assert_eq!(events(&dead).len(), events_of_the_running + 1);
}

#[test]
fn a_segment_longer_than_any_is_not_copied() {
    let dir = PrivateDir::new();
    let mut producer = ProducerProcess::attached(dir.path());
    producer.all_ok(&WORK[..2]);
    let copy = only_segment(&dir).copy().expect("it can be copied");
    let mut header = ttmem_layout::Header::read_from_prefix(&copy.bytes)
        .expect("a header")
        .0;
    header.segment_size = ttmem_reader::LONGEST + 4096;
    header.checksum = ttmem_layout::checksum(header.as_bytes());
    // Full of holes: it takes no room.
    let path = dir.path().join("ttmem.1.00000001");
    std::fs::write(&path, header.as_bytes()).expect("it can be written");
    let file = std::fs::OpenOptions::new()
        .write(true)
        .open(&path)
        .expect("it is there");
    file.set_len(header.segment_size).expect("holes are free");
    let segment = Segment::open(&path).expect("its header is right");
    assert!(matches!(segment.copy(), Err(ReadError::TooLong(_))));
}
