//! Circular-buffer figures that are no sums: the union over the programs alive, the largest
//! footprint dispatched so far, and how many programs there are.

use crate::footprint::Footprint;
use crate::programs;
use crate::residency::{self, CHIPS};
use std::sync::atomic::{AtomicU32, Ordering};
use ttmem_producer::{ChipSet, set_cb_gauge};

/// Per chip: the largest footprint of one core that was dispatched.
static PEAK: [AtomicU32; CHIPS] = [const { AtomicU32::new(0) }; CHIPS];

#[derive(Clone, Copy, PartialEq, Eq)]
struct Figures {
    union: u64,
    peak: u64,
    programs: u64,
}

/// Takes a dispatched footprint into the peak.
pub(crate) fn note_peak(chips: ChipSet, length: u32) {
    for chip in chips.iter() {
        let Some(peak) = PEAK.get(chip as usize) else {
            continue;
        };
        if length > peak.load(Ordering::Relaxed) {
            peak.fetch_max(length, Ordering::Relaxed);
            residency::refresh(ChipSet::of(chip).unwrap_or_default());
        }
    }
}

/// Works out the figures of these chips and sets them, all chips with the same figures at once.
/// Inside the gate of `residency`.
pub(crate) fn report(chips: ChipSet) {
    let mut rest = chips;
    while let Some(first) = rest.iter().next() {
        let figures = figures(first);
        let mut alike = ChipSet::of(first).unwrap_or_default();
        for chip in rest.without(alike).iter() {
            if self::figures(chip) == figures {
                alike = alike.or(ChipSet::of(chip).unwrap_or_default());
            }
        }
        set_cb_gauge(alike, figures.union, figures.peak, figures.programs);
        rest = rest.without(alike);
    }
}

fn figures(chip: u32) -> Figures {
    let mine = || {
        programs::placed()
            .filter(|(chips, _)| chips.contains(chip))
            .map(|(_, footprint)| footprint)
    };
    Figures {
        union: union(mine),
        peak: PEAK
            .get(chip as usize)
            .map_or(0, |peak| u64::from(peak.load(Ordering::Relaxed))),
        programs: mine().count() as u64,
    }
}

/// Bytes of one core covered by any of the footprints. They begin at one address or a few, so a
/// pass per gap is few passes.
fn union<I: Iterator<Item = Footprint>>(footprints: impl Fn() -> I) -> u64 {
    let mut covered = 0;
    let mut from = 0;
    while let Some(start) = footprints()
        .filter(|one| one.base >= from)
        .map(|one| one.base)
        .min()
    {
        let mut end = start;
        loop {
            let reach = footprints()
                .filter(|one| one.base >= from && one.base <= end)
                .map(Footprint::end)
                .fold(end, u32::max);
            if reach == end {
                break;
            }
            end = reach;
        }
        covered += u64::from(end - start);
        from = end + 1;
    }
    covered
}

/// Drops what a forked child inherited.
pub(crate) fn forget_all() {
    PEAK.iter()
        .for_each(|peak| peak.store(0, Ordering::Relaxed));
}
