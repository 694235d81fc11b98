//! Which circular buffers and kernels lie in each chip's L1: those of the program dispatched last.
//!
//! A dispatch gives its program to its chips (`latest`) and goes on. Whoever can take the gate turns
//! what has changed since into events, one per set of chips that hold the same; a thread that finds
//! the gate taken leaves its change to the holder, who looks again after letting go. So no dispatch
//! waits, and one that changes nothing costs a few loads.

use crate::footprint::Footprint;
use crate::gate::Gate;
use crate::latest::{self, Giving, Latest};
use crate::programs::{Alive, Index};
use crate::runtime::Program;
use crate::{gauges, loaded, program_pools, programs, reported, session, steps};
use std::sync::atomic::{AtomicU64, Ordering};
use ttmem_producer::ChipSet;

/// Most chips of a host.
pub(crate) const CHIPS: usize = 64;

/// Per chip, as it was settled last: its word (`latest`), which names the program that holds it, and the
/// packed footprint. Written inside the gate only, so that there everything is told of the same programs,
/// whatever is dispatched meanwhile.
static HOLDER: [AtomicU64; CHIPS] = [const { AtomicU64::new(0) }; CHIPS];
static HELD: [AtomicU64; CHIPS] = [const { AtomicU64::new(0) }; CHIPS];

/// Chips that were given something else and are left to the holder of the gate, and chips whose gauges are
/// stale.
static CHANGED: AtomicU64 = AtomicU64::new(0);
static STALE: AtomicU64 = AtomicU64::new(0);

static SETTLING: Gate = Gate::new();
/// Turns of one thread at settling what others keep changing.
const TURNS: usize = 64;

/// Programs of one workload are dispatched: what they change is to be settled. Until then it is one dispatch
/// under way.
#[derive(Default)]
pub(crate) struct Changes {
    chips: ChipSet,
    giving: Option<Giving>,
}

/// Whether these chips have this program already.
#[inline]
pub(crate) fn have(chips: ChipSet, program: Alive) -> bool {
    let (index, footprint) = (program.index(), program.footprint());
    // Two programs of one footprint may still differ from core to core, and do in their kernels.
    let has_it = |chip| latest::of(chip) == index && held(chip) == footprint;
    chips.iter().all(has_it)
}

impl Changes {
    /// A program was dispatched on these chips.
    pub(crate) fn dispatched(&mut self, program: Alive, chips: ChipSet) {
        gauges::note_peak(chips, Footprint::unpack(program.footprint()).length);
        let giving = self.giving.get_or_insert_with(Giving::begin);
        self.chips = self.chips.or(giving.give(chips, program.index()));
    }

    /// Reports them, or leaves them to the thread that is reporting.
    pub(crate) fn settle(self) {
        // Before it is settled: who is settling already leaves what is under way to its thread.
        drop(self.giving);
        settle(self.chips);
    }
}

/// The program is about to go.
pub(crate) fn destroyed(program: *const Program) {
    let Some(alive) = programs::find(program) else {
        return;
    };
    let chips = alive.chips();
    // Before its index can be another's.
    let changed = latest::give_up(alive.index());
    programs::remove(program);
    refresh(chips);
    settle(changed);
}

/// These chips are being closed.
pub(crate) fn leave(chips: ChipSet) {
    let changed = Giving::begin().give(chips, Index::NONE);
    programs::leave(chips);
    refresh(chips);
    settle(changed);
}

/// The gauges of these chips are to be worked out anew.
pub(crate) fn refresh(chips: ChipSet) {
    STALE.fetch_or(chips.0, Ordering::SeqCst);
}

/// The program that holds a chip, as it was settled last.
pub(crate) fn holder(chip: u32) -> Index {
    latest::program_of(settled(chip))
}

/// The word of a chip, as it was settled last.
fn settled(chip: u32) -> u64 {
    HOLDER
        .get(chip as usize)
        .map_or(0, |word| word.load(Ordering::Relaxed))
}

/// What a chip holds, as it was settled last.
#[inline]
pub(crate) fn held(chip: u32) -> u64 {
    HELD.get(chip as usize)
        .map_or(0, |held| held.load(Ordering::Relaxed))
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
        match SETTLING
            .try_enter(session::owner())
            .map(|_held| report(own))
        {
            Some(true) => {}
            // As to the holder of the gate: what is left was entered before this look, and who is in the
            // middle of a dispatch looks after that.
            Some(false) if latest::is_changing() => return,
            Some(false) => {}
            None if own.is_empty() => return,
            None => {
                CHANGED.fetch_or(own.0, Ordering::SeqCst);
            }
        }
        own = ChipSet::EMPTY;
    }
}

/// Reports what has changed, inside the gate. False if another thread is in the middle of a dispatch: then
/// all is left to that one.
fn report(own: ChipSet) -> bool {
    // First, so that what made them change is seen.
    let known = own.or(take(&CHANGED));
    let Some(latest) = latest::at_once() else {
        CHANGED.fetch_or(known.0, Ordering::SeqCst);
        return false;
    };
    let changed = take_down(known, &latest);
    // What goes goes first: no core is told to hold more than it did.
    let open = loaded::unload(changed);
    reported::update(changed);
    loaded::load(open);
    steps::update(changed);
    gauges::report(take(&STALE));
    true
}

/// Notes what the chips hold by now that are known to have changed, and those that are seen to have. Says
/// which these are.
fn take_down(known: ChipSet, latest: &Latest) -> ChipSet {
    let seen = latest.chips().iter();
    let seen = seen.filter(|chip| latest.word(*chip) != settled(*chip));
    let changed = seen.filter_map(ChipSet::of).fold(known, ChipSet::or);
    let mut rest = changed;
    while let Some(first) = rest.iter().next() {
        let word = latest.word(first);
        // Asked once for all of its chips: another one may take its place meanwhile.
        let footprint = programs::at(latest::program_of(word)).map_or(0, Alive::footprint);
        for chip in rest.iter().filter(|chip| latest.word(*chip) == word) {
            if let (Some(holder), Some(held)) = (HOLDER.get(chip as usize), HELD.get(chip as usize))
            {
                holder.store(word, Ordering::Relaxed);
                held.store(footprint, Ordering::Relaxed);
            }
            rest = rest.without(ChipSet::of(chip).unwrap_or_default());
        }
    }
    changed
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
    latest::forget_all();
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
