//! Circular-buffer figures that are no sums: the union over the programs alive, the largest
//! footprint dispatched so far, and how many programs there are.

use crate::footprint::Footprint;
use crate::programs;
use crate::residency::{self, CHIPS};
use std::sync::atomic::{AtomicU32, Ordering};
use ttmem_producer::{ChipSet, set_cb_gauge};

/// Per chip: the largest footprint of one core that was dispatched.
static PEAK: [AtomicU32; CHIPS] = [const { AtomicU32::new(0) }; CHIPS];

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

/// Works out the figures of these chips and sets them, all chips with the same programs at once: the
/// chips of a mesh mostly have. Inside the gate of `residency`.
pub(crate) fn report(chips: ChipSet) {
    let mut rest = chips;
    while let Some(first) = rest.iter().next() {
        let peak = peak(first);
        let alike = rest.iter().filter(|chip| self::peak(*chip) == peak);
        let mut alike = alike
            .filter_map(ChipSet::of)
            .fold(ChipSet::EMPTY, ChipSet::or);
        let mut programs = 0;
        for (on, _) in programs::placed() {
            let with_first = on.contains(first);
            programs += u64::from(with_first);
            alike = if with_first {
                alike.and(on)
            } else {
                alike.without(on)
            };
        }
        // Also if its programs changed meanwhile: then its figures are stale, and worked out once more.
        let alike = alike.or(ChipSet::of(first).unwrap_or_default());
        let footprints = || {
            programs::placed()
                .filter(|(on, _)| on.contains(first))
                .map(|(_, footprint)| footprint)
        };
        set_cb_gauge(alike, union(footprints), u64::from(peak), programs);
        rest = rest.without(alike);
    }
}

fn peak(chip: u32) -> u32 {
    PEAK.get(chip as usize)
        .map_or(0, |peak| peak.load(Ordering::Relaxed))
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
