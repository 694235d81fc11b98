//! The circular buffers that were reported: an event for each set of chips that hold the same.
//!
//! Used only inside the gate of `residency`.

use crate::footprint::Footprint;
use crate::program_pools;
use crate::residency::{CHIPS, held};
use std::sync::atomic::{AtomicU8, AtomicU16, AtomicU64, Ordering};
use ttmem_producer::{Allocation, BufferType, ChipSet, Pool, cb_alloc, cb_free, note_unattributed};

/// An event that began. The sets of those under way have no chip in common, so that each lies at its
/// lowest chip.
struct Event {
    /// Stays when the event has ended: its next one on the same chips is of the same pool.
    chips: AtomicU64,
    pool: AtomicU16,
    /// Packed; 0 when it has ended.
    footprint: AtomicU64,
}

static EVENTS: [Event; CHIPS] = [const {
    Event {
        chips: AtomicU64::new(0),
        pool: AtomicU16::new(0),
        footprint: AtomicU64::new(0),
    }
}; CHIPS];

/// Per chip: where its event lies, if that covers the chip and is under way.
static PLACE: [AtomicU8; CHIPS] = [const { AtomicU8::new(0) }; CHIPS];

/// Of these chips, those whose event is not what they hold: ends what they no longer hold and begins
/// what they do.
pub(crate) fn update(changed: ChipSet) {
    let mut open = ChipSet::EMPTY;
    let mut rest = changed;
    while let Some(first) = rest.iter().next() {
        let mut done = ChipSet::of(first).unwrap_or_default();
        let event = under_way(first);
        let footprint = event.map_or(0, |event| event.footprint.load(Ordering::Relaxed));
        if footprint != held(first) {
            done = done.or(event.map_or(ChipSet::EMPTY, end));
            open = open.or(done);
        }
        rest = rest.without(done);
    }
    // Chips that shared an event with a changed one go on in an event of their own.
    while let Some(first) = open.iter().next() {
        let footprint = held(first);
        let alike = open.iter().filter(|chip| held(*chip) == footprint);
        let alike = alike
            .filter_map(ChipSet::of)
            .fold(ChipSet::EMPTY, ChipSet::or);
        let alike = alike.or(ChipSet::of(first).unwrap_or_default());
        open = open.without(alike);
        begin(alike, footprint);
    }
}

/// The event that a chip is part of.
fn under_way(chip: u32) -> Option<&'static Event> {
    let place = PLACE.get(chip as usize)?.load(Ordering::Relaxed);
    let event = EVENTS.get(usize::from(place))?;
    let covers = ChipSet(event.chips.load(Ordering::Relaxed)).contains(chip);
    (covers && event.footprint.load(Ordering::Relaxed) != 0).then_some(event)
}

/// Ends an event, and says which chips it was of.
fn end(event: &Event) -> ChipSet {
    let footprint = Footprint::unpack(event.footprint.load(Ordering::Relaxed));
    let pool = Pool::from_index(event.pool.load(Ordering::Relaxed));
    let _ = cb_free(pool, u64::from(footprint.base));
    event.footprint.store(0, Ordering::Relaxed);
    ChipSet(event.chips.load(Ordering::Relaxed))
}

/// Begins an event for chips that hold the same.
fn begin(chips: ChipSet, packed: u64) {
    if packed == 0 {
        return;
    }
    let place = chips.0.trailing_zeros();
    let Some(event) = EVENTS.get(place as usize) else {
        return;
    };
    if event.chips.load(Ordering::Relaxed) != chips.0 {
        let Some(pool) = program_pools::of(chips) else {
            // No room for a pool of this set: each chip by itself, where that is not what failed.
            if chips.len() > 1 {
                chips
                    .iter()
                    .filter_map(ChipSet::of)
                    .for_each(|chip| begin(chip, packed));
            } else {
                note_unattributed();
            }
            return;
        };
        event.chips.store(chips.0, Ordering::Relaxed);
        event.pool.store(pool.index(), Ordering::Relaxed);
    }
    for chip in chips.iter() {
        if let Some(at) = PLACE.get(chip as usize) {
            at.store(place as u8, Ordering::Relaxed);
        }
    }
    let footprint = Footprint::unpack(packed);
    let _ = cb_alloc(&Allocation {
        pool: Pool::from_index(event.pool.load(Ordering::Relaxed)),
        buffer_type: BufferType::Cb,
        address: u64::from(footprint.base),
        requested: u64::from(footprint.length) * u64::from(footprint.cores),
        per_bank: u64::from(footprint.length),
        banks: footprint.cores,
        id: 0,
    });
    event.footprint.store(packed, Ordering::Relaxed);
}

/// Drops what a forked child inherited.
pub(crate) fn forget_all() {
    for event in &EVENTS {
        event.chips.store(0, Ordering::Relaxed);
        event.footprint.store(0, Ordering::Relaxed);
    }
    program_pools::forget_all();
}
