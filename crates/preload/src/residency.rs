//! Which circular buffers and kernels lie in each chip's L1: those of the program dispatched last.
//!
//! A dispatch says what each of its chips is to hold and goes on. Whoever can take the gate turns
//! what has changed since into events, one per set of chips that hold the same; a thread that finds
//! the gate taken leaves its change to the holder, who looks again after letting go. So no dispatch
//! waits, and one that changes nothing costs a few loads.

use crate::footprint::Footprint;
use crate::gate::Gate;
use crate::runtime::Program;
use crate::{gauges, loaded, program_pools, programs, reported, session, steps};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use ttmem_producer::ChipSet;

/// Most chips of a host.
pub(crate) const CHIPS: usize = 64;

/// Per chip: the packed footprint it holds by now, and the program it came from. Whoever changes the
/// first sees to it that the chip is settled.
static HELD: [AtomicU64; CHIPS] = [const { AtomicU64::new(0) }; CHIPS];
static HOLDER: [AtomicUsize; CHIPS] = [const { AtomicUsize::new(0) }; CHIPS];

/// Chips whose `HELD` changed and which are left to the holder of the gate, and chips whose gauges are
/// stale.
static CHANGED: AtomicU64 = AtomicU64::new(0);
static STALE: AtomicU64 = AtomicU64::new(0);

static SETTLING: Gate = Gate::new();
/// Turns of one thread at settling what others keep changing.
const TURNS: usize = 64;

/// Programs of one workload are dispatched: what they change is to be settled.
#[derive(Default)]
pub(crate) struct Changes(ChipSet);

impl Changes {
    /// A program with this footprint was dispatched on these chips.
    #[inline]
    pub(crate) fn dispatched(&mut self, program: *const Program, footprint: u64, chips: ChipSet) {
        let changed = hold(chips, program.addr(), footprint);
        if !changed.is_empty() {
            // What a chip holds already was taken into its peak before.
            gauges::note_peak(changed, Footprint::unpack(footprint).length);
            self.0 = self.0.or(changed);
        }
    }

    /// Reports them, or leaves them to the thread that is reporting.
    pub(crate) fn settle(self) {
        settle(self.0);
    }
}

/// A program is gone, which ran on these chips.
pub(crate) fn destroyed(program: *const Program, chips: ChipSet) {
    let mine = |chip: &u32| {
        HOLDER
            .get(*chip as usize)
            .is_some_and(|holder| holder.load(Ordering::Relaxed) == program.addr())
    };
    let mine = chips.iter().filter(mine).filter_map(ChipSet::of);
    let changed = hold(mine.fold(ChipSet::EMPTY, ChipSet::or), 0, 0);
    refresh(chips);
    settle(changed);
}

/// These chips are being closed.
pub(crate) fn leave(chips: ChipSet) {
    let changed = hold(chips, 0, 0);
    programs::leave(chips);
    refresh(chips);
    settle(changed);
}

/// The gauges of these chips are to be worked out anew.
pub(crate) fn refresh(chips: ChipSet) {
    STALE.fetch_or(chips.0, Ordering::SeqCst);
}

/// The program that holds it.
pub(crate) fn holder(chip: u32) -> *const Program {
    let held_by = HOLDER
        .get(chip as usize)
        .map_or(0, |holder| holder.load(Ordering::Relaxed));
    std::ptr::without_provenance(held_by)
}

/// What a chip holds by now.
pub(crate) fn held(chip: u32) -> u64 {
    HELD.get(chip as usize)
        .map_or(0, |held| held.load(Ordering::Relaxed))
}

/// These chips hold this from now on. Says for which of them that is something else.
#[inline]
fn hold(chips: ChipSet, program: usize, footprint: u64) -> ChipSet {
    let mut changed = ChipSet::EMPTY;
    for chip in chips.iter() {
        let (Some(holder), Some(held)) = (HOLDER.get(chip as usize), HELD.get(chip as usize))
        else {
            continue;
        };
        // Two programs of one footprint may still differ from core to core, and do in their kernels.
        let another = holder.load(Ordering::Relaxed) != program;
        if another || held.load(Ordering::Relaxed) != footprint {
            holder.store(program, Ordering::Relaxed);
            held.store(footprint, Ordering::Relaxed);
            changed = changed.or(ChipSet::of(chip).unwrap_or_default());
        }
    }
    changed
}

/// Reports what `own` and what others have changed. Who finds another thread at it leaves `own` to that
/// one: it was entered before the gate is tried again, and the other looks after it let go, so that one
/// of them sees it.
fn settle(own: ChipSet) {
    let mut own = own;
    for _ in 0..TURNS {
        let nothing = own.is_empty()
            && CHANGED.load(Ordering::SeqCst) == 0
            && STALE.load(Ordering::SeqCst) == 0;
        if nothing {
            return;
        }
        match SETTLING.try_enter(session::owner()) {
            Some(_held) => {
                let changed = own.or(take(&CHANGED));
                // What goes goes first: no core is told to hold more than it did.
                let open = loaded::unload(changed);
                reported::update(changed);
                loaded::load(open);
                steps::update(changed);
                gauges::report(take(&STALE));
            }
            None if own.is_empty() => return,
            None => {
                CHANGED.fetch_or(own.0, Ordering::SeqCst);
            }
        }
        own = ChipSet::EMPTY;
    }
}

/// Empties a set that others add to.
fn take(chips: &AtomicU64) -> ChipSet {
    ChipSet(match chips.load(Ordering::Relaxed) {
        0 => 0,
        _ => chips.swap(0, Ordering::SeqCst),
    })
}

/// Drops what a forked child inherited.
pub(crate) fn forget_all() {
    HELD.iter()
        .for_each(|word| word.store(0, Ordering::Relaxed));
    HOLDER
        .iter()
        .for_each(|word| word.store(0, Ordering::Relaxed));
    CHANGED.store(0, Ordering::Relaxed);
    STALE.store(0, Ordering::Relaxed);
    reported::forget_all();
    loaded::forget_all();
    program_pools::forget_all();
    steps::forget_all();
    gauges::forget_all();
}
