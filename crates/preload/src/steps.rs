//! How far the resident circular buffers reach where cores differ, told per chip.
//!
//! Used only inside the gate of `residency`.

use crate::footprint::Footprint;
use crate::programs;
use crate::residency::{held, holder};
use std::sync::atomic::{AtomicU64, Ordering};
use ttmem_producer::{ChipSet, set_cb_steps};

/// Chips of which steps are told.
static TOLD: AtomicU64 = AtomicU64::new(0);

/// Tells of these chips what holds by now. Of chips whose cores are alike, as they mostly are, there is
/// nothing to tell.
pub(crate) fn update(changed: ChipSet) {
    let told = ChipSet(TOLD.load(Ordering::Relaxed));
    let uneven = changed
        .iter()
        .filter(|chip| Footprint::is_uneven(held(*chip)))
        .filter_map(ChipSet::of)
        .fold(ChipSet::EMPTY, ChipSet::or);
    let even = changed.without(uneven).and(told);
    if !even.is_empty() {
        set_cb_steps(even, &[]);
    }
    let mut rest = uneven;
    while let Some(first) = rest.iter().next() {
        let program = holder(first);
        let alike = rest.iter().filter(|chip| holder(*chip) == program);
        let alike = alike
            .filter_map(ChipSet::of)
            .fold(ChipSet::EMPTY, ChipSet::or);
        let alike = alike.or(ChipSet::of(first).unwrap_or_default());
        let steps = programs::at(program).map(programs::Alive::steps);
        set_cb_steps(alike, &steps.unwrap_or_default());
        rest = rest.without(alike);
    }
    if !even.is_empty() || !uneven.is_empty() {
        TOLD.store(told.without(even).or(uneven).0, Ordering::Relaxed);
    }
}

/// Drops what a forked child inherited.
pub(crate) fn forget_all() {
    TOLD.store(0, Ordering::Relaxed);
}
