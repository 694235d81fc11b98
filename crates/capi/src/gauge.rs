//! Circular-buffer figures that are not sums of events.

use crate::boundary::event;
use crate::outcome::ttmem_outcome;
use ttmem_producer::{ChipSet, Outcome};

/// Sets the circular-buffer figures of some chips outright.
///
/// chips: bit `n` is device `n`. union_bytes: bytes of one core covered by the circular buffers of any
/// program alive. core_peak: largest footprint on one core of any program dispatched so far. programs:
/// programs alive that have circular buffers there.
#[unsafe(no_mangle)]
pub extern "C" fn ttmem_set_cb_gauge(
    chips: u64,
    union_bytes: u64,
    core_peak: u64,
    programs: u64,
) -> ttmem_outcome {
    event(|| {
        ttmem_producer::set_cb_gauge(ChipSet(chips), union_bytes, core_peak, programs);
        Some(Outcome::Done)
    })
}
