//! The kernels that were reported as loaded: those of the program that holds a set of chips, an event for
//! each of their layers.
//!
//! Used only inside the gate of `residency`.

use crate::layers::{Kept, Layers};
use crate::programs;
use crate::residency::{CHIPS, holder};
use crate::sets::Sets;
use ttmem_producer::{Allocation, BufferType, ChipSet, kernel_load, kernel_unload};

static EVENTS: Sets = Sets::new();

/// What was loaded, at the place of each event.
static LOADED: [Kept; CHIPS] = [const { Kept::new() }; CHIPS];

/// Of these chips, unloads the kernels of programs that no longer hold them. Says which chips are to be
/// loaded.
pub(crate) fn unload(changed: ChipSet) -> ChipSet {
    EVENTS.end(
        changed,
        |place, chip| at(place) == of(chip),
        |pool, place| {
            for layer in at(place).iter() {
                let _ = kernel_unload(pool, u64::from(layer.start));
            }
        },
    )
}

/// Loads the kernels of the programs that hold these chips.
pub(crate) fn load(open: ChipSet) {
    EVENTS.begin(
        open,
        |one, other| holder(one) == holder(other),
        |chip| Some(of(chip)).filter(|layers| *layers != Layers::NONE),
        |pool, place, layers| {
            for layer in layers.iter() {
                let _ = kernel_load(&Allocation {
                    pool,
                    buffer_type: BufferType::Kernel,
                    address: u64::from(layer.start),
                    requested: u64::from(layer.bytes) * u64::from(layer.cores),
                    per_bank: u64::from(layer.bytes),
                    banks: layer.cores,
                    id: layers.program,
                });
            }
            if let Some(loaded) = LOADED.get(place) {
                loaded.keep(layers);
            }
        },
    );
}

/// What the program that holds a chip has there.
fn of(chip: u32) -> Layers {
    programs::at(holder(chip)).map_or(Layers::NONE, programs::Alive::kernels)
}

/// What was loaded by an event.
fn at(place: usize) -> Layers {
    LOADED.get(place).map_or(Layers::NONE, Kept::get)
}

/// Drops what a forked child inherited.
pub(crate) fn forget_all() {
    EVENTS.forget_all();
}
