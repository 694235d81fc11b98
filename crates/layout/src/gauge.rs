//! Circular-buffer figures of one chip that are not sums of events.

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// Figures the producer sets outright, per chip.
///
/// ```text
///      0       1       2       3       4       5       6       7
///   0 |                           cb_union                            |
///   8 |                         cb_core_peak                          |
///  16 |                           programs                            |
///  24 |                        reserved (40)                          |
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
    /// Zero.
    pub reserved: [u64; 5],
}

impl Gauge {
    /// Word of `cb_union`.
    pub const CB_UNION: usize = 0;
    /// Word of `cb_core_peak`.
    pub const CB_CORE_PEAK: usize = 1;
    /// Word of `programs`.
    pub const PROGRAMS: usize = 2;
}

const _: () = {
    use core::mem::{offset_of, size_of};
    assert!(size_of::<Gauge>() == 64);
    assert!(offset_of!(Gauge, cb_union) == 8 * Gauge::CB_UNION);
    assert!(offset_of!(Gauge, cb_core_peak) == 8 * Gauge::CB_CORE_PEAK);
    assert!(offset_of!(Gauge, programs) == 8 * Gauge::PROGRAMS);
};
