//! The circular buffers that were reported: an event for each set of chips that hold the same.
//!
//! Used only inside the gate of `residency`.

use crate::footprint::Footprint;
use crate::residency::{CHIPS, held};
use crate::sets::Sets;
use std::sync::atomic::{AtomicU64, Ordering};
use ttmem_producer::{Allocation, BufferType, ChipSet, Pool, cb_alloc, cb_free};

static EVENTS: Sets = Sets::new();

/// Packed, at the place of each event.
static FOOTPRINTS: [AtomicU64; CHIPS] = [const { AtomicU64::new(0) }; CHIPS];

/// Of these chips, those whose event is not what they hold: ends what they no longer hold and begins
/// what they do. Chips that shared an event with a changed one go on in an event of their own.
pub(crate) fn update(changed: ChipSet) {
    let open = EVENTS.end(changed, |place, chip| footprint(place) == held(chip), free);
    EVENTS.begin(
        open,
        |one, other| held(one) == held(other),
        |chip| Some(held(chip)).filter(|packed| *packed != 0),
        allocate,
    );
}

fn footprint(place: usize) -> u64 {
    FOOTPRINTS
        .get(place)
        .map_or(0, |packed| packed.load(Ordering::Relaxed))
}

fn free(pool: Pool, place: usize) {
    let footprint = Footprint::unpack(footprint(place));
    let _ = cb_free(pool, u64::from(footprint.base));
}

fn allocate(pool: Pool, place: usize, packed: &u64) {
    let footprint = Footprint::unpack(*packed);
    let _ = cb_alloc(&Allocation {
        pool,
        buffer_type: BufferType::Cb,
        address: u64::from(footprint.base),
        requested: u64::from(footprint.length) * u64::from(footprint.cores),
        per_bank: u64::from(footprint.length),
        banks: footprint.cores,
        id: 0,
    });
    if let Some(at) = FOOTPRINTS.get(place) {
        at.store(*packed, Ordering::Relaxed);
    }
}

/// Drops what a forked child inherited.
pub(crate) fn forget_all() {
    EVENTS.forget_all();
}
