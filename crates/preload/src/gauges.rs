//! Circular-buffer figures that are no sums: the union over the programs alive, the largest
//! footprint dispatched so far, and how many programs there are.

use crate::covered::Covered;
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
        let mut covered = Covered::from(0);
        for (on, footprint) in programs::placed() {
            if on.contains(first) {
                alike = alike.and(on);
                programs += 1;
                covered.add(footprint);
            } else {
                alike = alike.without(on);
            }
        }
        // Also if its programs changed meanwhile: then its figures are stale, and worked out once more.
        let alike = alike.or(ChipSet::of(first).unwrap_or_default());
        let union = covered.bytes() + beyond(&covered, first);
        set_cb_gauge(alike, union, u64::from(peak), programs);
        rest = rest.without(alike);
    }
}

/// Bytes of one core that the programs of a chip cover where there was no room to go on covering.
fn beyond(covered: &Covered, chip: u32) -> u64 {
    let mut bytes = 0;
    let mut next = covered.left_off_at();
    while let Some(from) = next {
        let mut covered = Covered::from(from);
        programs::placed()
            .filter(|(on, _)| on.contains(chip))
            .for_each(|(_, footprint)| covered.add(footprint));
        bytes += covered.bytes();
        next = covered.left_off_at();
    }
    bytes
}

fn peak(chip: u32) -> u32 {
    PEAK.get(chip as usize)
        .map_or(0, |peak| peak.load(Ordering::Relaxed))
}

/// Drops what a forked child inherited.
pub(crate) fn forget_all() {
    PEAK.iter()
        .for_each(|peak| peak.store(0, Ordering::Relaxed));
}
