//! Circular-buffer figures that are not sums of events.

use crate::boundary::event;
use crate::outcome::ttmem_outcome;
use ttmem_producer::{CB_STEPS, CbStep, ChipSet, Outcome};

/// Sets the circular-buffer figures of some chips outright.
///
/// chips: bit `n` is device `n`. union_bytes: bytes of one core covered by the circular buffers of any
/// program alive. core_peak: largest footprint on one core of any program dispatched so far. programs:
/// programs alive that have circular buffers there.
///
/// Returns `TTMEM_DONE`, or `TTMEM_OFF` while tracking is off. Nothing is recorded but the figures.
#[unsafe(no_mangle)]
pub extern "C" fn ttmem_set_cb_gauge(
    chips: u64,
    union_bytes: u64,
    core_peak: u64,
    programs: u64,
) -> ttmem_outcome {
    event(
        || {
            ttmem_producer::set_cb_gauge(ChipSet(chips), union_bytes, core_peak, programs);
            Some(Outcome::Done)
        },
        |other| {
            Some((other.set_cb_gauge?)(
                chips,
                union_bytes,
                core_peak,
                programs,
            ))
        },
    )
}

/// Cores on which the resident circular buffers end at the same address.
#[derive(Clone, Copy, Default)]
#[repr(C)]
pub struct ttmem_cb_step {
    /// First address after them.
    pub end: u32,
    /// So many cores.
    pub cores: u16,
    /// Column of one of them, as programs count cores.
    pub x: u8,
    /// Its row.
    pub y: u8,
}

/// Sets how far the resident circular buffers of some chips reach where cores differ, the highest end
/// first. Without steps they end at one address on all their cores. At most four steps are kept: let the
/// last one stand for all further cores.
///
/// chips: bit `n` is device `n`. steps: `count` of them; NULL is none.
///
/// Returns `TTMEM_DONE`, or `TTMEM_OFF` while tracking is off.
///
/// # Safety
/// `steps` is NULL or points to `count` steps.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ttmem_set_cb_steps(
    chips: u64,
    steps: *const ttmem_cb_step,
    count: u32,
) -> ttmem_outcome {
    event(
        || {
            let mut kept = [CbStep::default(); CB_STEPS];
            if !steps.is_null() {
                for (at, step) in kept.iter_mut().enumerate().take(count as usize) {
                    // SAFETY: not null, so the caller vouches for `count` of them.
                    let told = unsafe { steps.add(at).read_unaligned() };
                    *step = CbStep {
                        end: told.end,
                        cores: told.cores,
                        x: told.x,
                        y: told.y,
                    };
                }
            }
            ttmem_producer::set_cb_steps(ChipSet(chips), &kept);
            Some(Outcome::Done)
        },
        // SAFETY: the caller's own arguments.
        |other| Some(unsafe { (other.set_cb_steps?)(chips, steps, count) }),
    )
}
