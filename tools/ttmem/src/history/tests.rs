//! What the records and the live table tell of an address, on made-up events.

use super::book::generations;
use super::*;
use crate::view::sample;
use ttmem_layout::{BufferType, ChipSet, Kind, flags};
use ttmem_reader::{Buffer, Event};

const NOW: i64 = sample::NOW;

/// An event of DRAM 0x1000 in pool 0, at this many nanoseconds.
fn event(kind: Kind, bits: u8, sequence: u64, of: u64, time_ns: i64) -> Event {
    Event {
        sequence,
        ticks: 0,
        time_ns,
        thread: 7,
        kind,
        buffer_type: Some(BufferType::Dram),
        flags: bits,
        refs: u8::from(kind.is_alloc()),
        pool: 0,
        chips: ChipSet(1),
        address: 0x1000,
        requested: 64,
        per_bank: 64,
        banks: 1,
        id: 0,
        alloc_sequence: of,
        text: None,
    }
}

/// What is told of these events, of which all since `known_from` are there, and of a live table with
/// allocations of these sequences at that address.
fn told(
    events: Vec<Event>,
    known_from: Option<i64>,
    state: State,
    live: &[(u64, i64)],
) -> Vec<Generation> {
    let mut seen = sample::seen(1, state, &[]);
    let buffers = live.iter().map(|(sequence, allocated_ns)| Buffer {
        allocated_ns: *allocated_ns,
        refs: 3,
        ..sample::buffer(*sequence, ChipSet(1), 0x1000, 64)
    });
    seen.snapshot.buffers = buffers.collect();
    let origin = Arc::new(Origin {
        pid: 1,
        segment: "ttmem.1".into(),
    });
    let past = Past { events, known_from };
    generations(&origin, &past, &seen.snapshot, true)
}

fn words(told: &[Generation]) -> Vec<(u64, &'static str, &'static str)> {
    let words = |one: &Generation| {
        (
            one.buffer.sequence,
            one.beginning.name(),
            one.outcome.name(),
        )
    };
    told.iter().map(words).collect()
}

#[test]
fn a_free_tells_of_the_allocation_whose_record_is_gone() {
    let events = vec![
        event(Kind::Free, flags::REFERENCE, 200, 100, NOW - 20),
        event(Kind::Free, 0, 201, 100, NOW - 10),
        event(Kind::Free, flags::DOUBLE_FREE, 202, 0, NOW - 5),
    ];
    let told = told(events, Some(NOW - 50), State::Running, &[]);
    assert_eq!(words(&told), [(100, "overwritten", "freed")]);
    let one = &told[0];
    assert_eq!((one.raised, one.dropped, one.double_frees), (0, 1, 1));
    assert_eq!((one.ended_ns, one.buffer.occupied), (Some(NOW - 10), 64));
    assert_eq!(one.events.len(), 3);
}

#[test]
fn a_reference_to_what_is_gone_is_named_by_what_comes_later() {
    let raise = || event(Kind::Alloc, flags::REFERENCE, 200, 0, NOW - 30);
    let free = event(Kind::Free, 0, 201, 100, NOW - 20);
    let alloc = event(Kind::Alloc, 0, 202, 0, NOW - 10);
    let from = Some(NOW - 50);
    let freed = told(
        vec![raise(), free, alloc],
        from,
        State::Running,
        &[(202, NOW - 10)],
    );
    assert_eq!(
        words(&freed),
        [(100, "overwritten", "freed"), (202, "recorded", "live")]
    );
    assert_eq!(freed[0].raised, 1);

    let live = told(vec![raise()], from, State::Running, &[(100, NOW - 90)]);
    assert_eq!(words(&live), [(100, "live_table", "live")]);
    assert_eq!((live[0].raised, live[0].buffer.refs), (1, 3));

    // The one that lives now came after the reference.
    let other = told(vec![raise()], from, State::Running, &[(300, NOW - 5)]);
    assert_eq!(
        words(&other),
        [
            (0, "overwritten", "end_unknown"),
            (300, "live_table", "live")
        ]
    );
    assert_eq!((other[0].raised, other[1].raised), (1, 0));
}

#[test]
fn what_the_live_table_does_not_have_has_ended_unless_it_is_new() {
    let old = || event(Kind::Alloc, 0, 100, 0, NOW - 90);
    // An idle thread's record is still there, that of the free is not.
    let gone = told(vec![old()], Some(NOW - 50), State::Running, &[]);
    assert_eq!(words(&gone), [(100, "recorded", "end_unknown")]);
    // Every event since is known, and there was no free: it came after the table was copied.
    let new = told(vec![old()], None, State::Running, &[]);
    assert_eq!(words(&new), [(100, "recorded", "live")]);
    let dead = told(vec![old()], None, State::Dead, &[]);
    assert_eq!(words(&dead), [(100, "recorded", "end_unknown")]);
    let held = told(vec![old()], None, State::Dead, &[(100, NOW - 90)]);
    assert_eq!(words(&held), [(100, "recorded", "held_at_death")]);
    let left = told(vec![], None, State::Exited, &[(100, NOW - 90)]);
    assert_eq!(words(&left), [(100, "live_table", "held_at_exit")]);
    // Freed after the table was copied.
    let freed = event(Kind::Free, 0, 300, 100, NOW + 10);
    let freed = told(vec![freed], Some(NOW), State::Running, &[(100, NOW - 90)]);
    assert_eq!(words(&freed), [(100, "live_table", "freed")]);
}

#[test]
fn an_end_between_two_beginnings_may_be_overwritten() {
    let events = vec![
        event(Kind::Alloc, 0, 100, 0, NOW - 90),
        event(Kind::Alloc, 0, 300, 0, NOW - 10),
    ];
    let told = told(events, Some(NOW - 50), State::Running, &[(300, NOW - 10)]);
    assert_eq!(
        words(&told),
        [(100, "recorded", "end_unknown"), (300, "recorded", "live")]
    );
}

#[test]
fn what_found_no_room_in_the_live_table_is_paired_as_far_as_can_be() {
    let overflow = flags::LIVE_OVERFLOW;
    let events = vec![
        event(Kind::Alloc, overflow, 100, 0, NOW - 90),
        event(Kind::Free, overflow, 101, 0, NOW - 80),
        event(Kind::Free, overflow, 102, 0, NOW - 70),
        event(Kind::Free, flags::UNKNOWN_FREE, 103, 0, NOW - 60),
    ];
    let told = told(events, None, State::Running, &[]);
    assert_eq!(
        words(&told),
        [
            (100, "recorded", "live_overflow"),
            (0, "none", "live_overflow"),
            (0, "none", "unknown_free"),
        ]
    );
    assert_eq!(told[0].ended_ns, Some(NOW - 80));
}

#[test]
fn allocations_without_a_record_are_told_by_their_key() {
    let free = event(Kind::Free, 0, 300, 0, NOW + 10);
    let told = told(vec![free], Some(i64::MAX), State::Running, &[(0, NOW - 90)]);
    assert_eq!(words(&told), [(0, "live_table", "freed")]);
}
