//! Which circular buffers lie in each chip's L1: those of the program dispatched last.
//!
//! A dispatch says what each of its chips is to hold and goes on. Whoever can take the gate turns
//! what has changed since into events, one per set of chips that hold the same; a thread that finds
//! the gate taken leaves its change to the holder, who looks again after letting go. So no dispatch
//! waits, and one that changes nothing costs a few loads.

use crate::footprint::Footprint;
use crate::gate::Gate;
use crate::runtime::Program;
use crate::{gauges, program_pools, programs, session};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use ttmem_producer::{Allocation, BufferType, ChipSet, cb_alloc, cb_free, note_unattributed};

/// Most chips of a host.
pub(crate) const CHIPS: usize = 64;

/// Per chip: the packed footprint it holds by now, and the program it came from.
static HELD: [AtomicU64; CHIPS] = [const { AtomicU64::new(0) }; CHIPS];
static HOLDER: [AtomicUsize; CHIPS] = [const { AtomicUsize::new(0) }; CHIPS];

/// Per chip: the packed footprint that was reported, and the set of chips of that event. Changed
/// only inside the gate.
static REPORTED: [AtomicU64; CHIPS] = [const { AtomicU64::new(0) }; CHIPS];
static REPORTED_WITH: [AtomicU64; CHIPS] = [const { AtomicU64::new(0) }; CHIPS];

/// Chips whose `HELD` changed, and chips whose gauges are stale.
static CHANGED: AtomicU64 = AtomicU64::new(0);
static STALE: AtomicU64 = AtomicU64::new(0);

static SETTLING: Gate = Gate::new();
/// Turns of one thread at settling what others keep changing.
const TURNS: usize = 64;

/// A program with this footprint was dispatched on these chips.
pub(crate) fn dispatched(program: *const Program, footprint: u64, chips: ChipSet) {
    for chip in chips.iter() {
        hold(chip, program.addr(), footprint);
    }
    gauges::note_peak(chips, Footprint::unpack(footprint).length);
}

/// A program is gone, which ran on these chips.
pub(crate) fn destroyed(program: *const Program, chips: ChipSet) {
    for chip in chips.iter() {
        let mine = HOLDER
            .get(chip as usize)
            .map(|holder| holder.load(Ordering::Relaxed));
        if mine == Some(program.addr()) {
            hold(chip, 0, 0);
        }
    }
    refresh(chips);
    settle();
}

/// These chips are being closed.
pub(crate) fn leave(chips: ChipSet) {
    for chip in chips.iter() {
        hold(chip, 0, 0);
    }
    programs::leave(chips);
    refresh(chips);
    settle();
}

/// The gauges of these chips are to be worked out anew.
pub(crate) fn refresh(chips: ChipSet) {
    STALE.fetch_or(chips.0, Ordering::SeqCst);
}

fn hold(chip: u32, program: usize, footprint: u64) {
    let (Some(holder), Some(held)) = (HOLDER.get(chip as usize), HELD.get(chip as usize)) else {
        return;
    };
    if holder.load(Ordering::Relaxed) != program {
        holder.store(program, Ordering::Relaxed);
    }
    if held.load(Ordering::Relaxed) != footprint {
        held.store(footprint, Ordering::SeqCst);
        CHANGED.fetch_or(1 << chip, Ordering::SeqCst);
    }
}

/// Reports what has changed, unless another thread is at it.
pub(crate) fn settle() {
    for _ in 0..TURNS {
        if CHANGED.load(Ordering::SeqCst) == 0 && STALE.load(Ordering::SeqCst) == 0 {
            return;
        }
        let Some(_held) = SETTLING.try_enter(session::owner()) else {
            return;
        };
        report_changes(ChipSet(CHANGED.swap(0, Ordering::SeqCst)));
        gauges::report(ChipSet(STALE.swap(0, Ordering::SeqCst)));
    }
}

/// Inside the gate: ends what is no longer held and begins what is.
fn report_changes(changed: ChipSet) {
    let mut open = ChipSet::EMPTY;
    for chip in changed.iter() {
        if reported(chip) != held(chip) && !open.contains(chip) {
            open = open.or(end(chip));
        }
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

fn held(chip: u32) -> u64 {
    HELD.get(chip as usize)
        .map_or(0, |held| held.load(Ordering::SeqCst))
}

fn reported(chip: u32) -> u64 {
    REPORTED
        .get(chip as usize)
        .map_or(0, |reported| reported.load(Ordering::Relaxed))
}

fn set_reported(chips: ChipSet, footprint: u64, with: ChipSet) {
    for chip in chips.iter() {
        if let (Some(reported), Some(reported_with)) = (
            REPORTED.get(chip as usize),
            REPORTED_WITH.get(chip as usize),
        ) {
            reported.store(footprint, Ordering::Relaxed);
            reported_with.store(with.0, Ordering::Relaxed);
        }
    }
}

/// Ends the event that a chip is part of, and says which chips were; at least this one.
fn end(chip: u32) -> ChipSet {
    let this = ChipSet::of(chip).unwrap_or_default();
    let footprint = reported(chip);
    if footprint == 0 {
        return this;
    }
    let with = REPORTED_WITH
        .get(chip as usize)
        .map_or(0, |with| with.load(Ordering::Relaxed));
    let with = ChipSet(with);
    if let Some(pool) = program_pools::of(with) {
        let _ = cb_free(pool, u64::from(Footprint::unpack(footprint).base));
    }
    set_reported(with, 0, ChipSet::EMPTY);
    with.or(this)
}

/// Begins an event for chips that hold the same.
fn begin(chips: ChipSet, packed: u64) {
    if packed == 0 {
        return;
    }
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
    let footprint = Footprint::unpack(packed);
    let _ = cb_alloc(&Allocation {
        pool,
        buffer_type: BufferType::Cb,
        address: u64::from(footprint.base),
        requested: u64::from(footprint.length) * u64::from(footprint.cores),
        per_bank: u64::from(footprint.length),
        banks: footprint.cores,
        id: 0,
    });
    set_reported(chips, packed, chips);
}

/// Drops what a forked child inherited.
pub(crate) fn forget_all() {
    for table in [&HELD, &REPORTED, &REPORTED_WITH] {
        table
            .iter()
            .for_each(|word| word.store(0, Ordering::Relaxed));
    }
    HOLDER
        .iter()
        .for_each(|word| word.store(0, Ordering::Relaxed));
    CHANGED.store(0, Ordering::Relaxed);
    STALE.store(0, Ordering::Relaxed);
    program_pools::forget_all();
    gauges::forget_all();
}
