//! Events that are under way, each of a set of chips that hold the same.
//!
//! Used only inside the gate of `residency`.

use crate::program_pools;
use crate::residency::CHIPS;
use std::sync::atomic::{AtomicU8, AtomicU16, AtomicU64, Ordering};
use ttmem_producer::{ChipSet, Pool, note_unattributed};

/// The sets under way have no chip in common, so that each lies at its lowest chip. What its event is
/// about lies in the owner's own array, at the same place.
pub(crate) struct Sets {
    /// A set stays when its event has ended: the next one on the same chips is of the same pool.
    chips: [AtomicU64; CHIPS],
    pools: [AtomicU16; CHIPS],
    /// Places whose event is under way.
    under_way: AtomicU64,
    /// Per chip: where its event lies, if that covers the chip and is under way.
    places: [AtomicU8; CHIPS],
}

impl Sets {
    pub(crate) const fn new() -> Self {
        Self {
            chips: [const { AtomicU64::new(0) }; CHIPS],
            pools: [const { AtomicU16::new(0) }; CHIPS],
            under_way: AtomicU64::new(0),
            places: [const { AtomicU8::new(0) }; CHIPS],
        }
    }

    /// Ends the events of these chips that are not `right` (a place, and one of its chips) any more;
    /// `report` is told each one's pool and place. Says which chips are without an event now.
    pub(crate) fn end(
        &self,
        changed: ChipSet,
        right: impl Fn(usize, u32) -> bool,
        report: impl Fn(Pool, usize),
    ) -> ChipSet {
        let mut open = ChipSet::EMPTY;
        let mut rest = changed;
        while let Some(first) = rest.iter().next() {
            let mut done = ChipSet::of(first).unwrap_or_default();
            match self.place_of(first) {
                Some(place) if right(place, first) => {}
                Some(place) => {
                    report(self.pool(place), place);
                    self.note_under_way(place, false);
                    done = done.or(self.chips_at(place));
                    open = open.or(done);
                }
                None => open = open.or(done),
            }
            rest = rest.without(done);
        }
        open
    }

    /// Begins an event for each set of these chips that are `alike`, if there is something that they
    /// hold: `holds` says what a chip does, and `report` is told it, with the pool and the place.
    pub(crate) fn begin<T>(
        &self,
        open: ChipSet,
        alike: impl Fn(u32, u32) -> bool,
        holds: impl Fn(u32) -> Option<T>,
        report: impl Fn(Pool, usize, &T),
    ) {
        let mut rest = open;
        while let Some(first) = rest.iter().next() {
            let same = rest.iter().filter(|chip| alike(first, *chip));
            let same = same.filter_map(ChipSet::of);
            let same = same.fold(ChipSet::of(first).unwrap_or_default(), ChipSet::or);
            rest = rest.without(same);
            let Some(held) = holds(first) else { continue };
            if self.begin_one(same, &held, &report).is_some() {
                continue;
            }
            // No room for a pool of this set: each chip by itself, where that is not what failed.
            for chip in same.iter().filter_map(ChipSet::of) {
                if same == chip || self.begin_one(chip, &held, &report).is_none() {
                    note_unattributed();
                }
            }
        }
    }

    /// `None` when there is no room for the set's pool.
    fn begin_one<T>(
        &self,
        chips: ChipSet,
        held: &T,
        report: &impl Fn(Pool, usize, &T),
    ) -> Option<()> {
        let place = chips.0.trailing_zeros() as usize;
        if self.chips_at(place) != chips {
            let pool = program_pools::of(chips)?;
            self.chips.get(place)?.store(chips.0, Ordering::Relaxed);
            self.pools
                .get(place)?
                .store(pool.index(), Ordering::Relaxed);
        }
        for chip in chips.iter() {
            if let Some(at) = self.places.get(chip as usize) {
                at.store(place as u8, Ordering::Relaxed);
            }
        }
        report(self.pool(place), place, held);
        self.note_under_way(place, true);
        Some(())
    }

    /// Nobody else is at it: inside the gate.
    fn note_under_way(&self, place: usize, begins: bool) {
        let others = self.under_way.load(Ordering::Relaxed) & !(1 << place);
        let own = u64::from(begins) << place;
        self.under_way.store(others | own, Ordering::Relaxed);
    }

    /// Where the event lies that a chip is part of.
    fn place_of(&self, chip: u32) -> Option<usize> {
        let place = usize::from(self.places.get(chip as usize)?.load(Ordering::Relaxed));
        let under_way = self.under_way.load(Ordering::Relaxed) >> place & 1 == 1;
        (under_way && self.chips_at(place).contains(chip)).then_some(place)
    }

    fn chips_at(&self, place: usize) -> ChipSet {
        self.chips.get(place).map_or(ChipSet::EMPTY, |chips| {
            ChipSet(chips.load(Ordering::Relaxed))
        })
    }

    fn pool(&self, place: usize) -> Pool {
        let pool = self.pools.get(place);
        Pool::from_index(pool.map_or(0, |pool| pool.load(Ordering::Relaxed)))
    }

    /// Drops what a forked child inherited.
    pub(crate) fn forget_all(&self) {
        for chips in &self.chips {
            chips.store(0, Ordering::Relaxed);
        }
        self.under_way.store(0, Ordering::Relaxed);
    }
}
