//! Circular-buffer figures of one chip that are not sums of events.

use crate::{CB_STEPS, CbStep};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// Figures the producer sets outright, per chip.
///
/// ```text
///      0       1       2       3       4       5       6       7
///   0 |                           cb_union                            |
///   8 |                         cb_core_peak                          |
///  16 |                           programs                            |
///  24 |                     cb_steps (4 x 8 bytes)                     |
///  56 |                           reserved                            |
/// ```
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C, align(64))]
pub struct Gauge {
    /// Bytes of one core covered by the circular buffers of any program alive (cached or running).
    pub cb_union: u64,
    /// Largest per-core footprint (highest end minus base) of any program dispatched so far.
    pub cb_core_peak: u64,
    /// Programs alive that have circular buffers on this chip.
    pub programs: u64,
    /// How far the resident circular buffers reach, the highest end first; all zero where they end at
    /// one address on all their cores. Since version 1.1.
    pub cb_steps: [CbStep; CB_STEPS],
    /// Zero.
    pub reserved: u64,
}

impl Gauge {
    /// Word of `cb_union`.
    pub const CB_UNION: usize = 0;
    /// Word of `cb_core_peak`.
    pub const CB_CORE_PEAK: usize = 1;
    /// Word of `programs`.
    pub const PROGRAMS: usize = 2;
    /// First word of `cb_steps`; a step is one word.
    pub const CB_STEPS: usize = 3;
}

const _: () = {
    use core::mem::{offset_of, size_of};
    assert!(size_of::<Gauge>() == 64);
    assert!(offset_of!(Gauge, cb_union) == 8 * Gauge::CB_UNION);
    assert!(offset_of!(Gauge, cb_core_peak) == 8 * Gauge::CB_CORE_PEAK);
    assert!(offset_of!(Gauge, programs) == 8 * Gauge::PROGRAMS);
    assert!(offset_of!(Gauge, cb_steps) == 8 * Gauge::CB_STEPS);
};
