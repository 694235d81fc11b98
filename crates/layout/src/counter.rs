//! What a group of chips holds of one buffer type.

use crate::TYPES;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// Counter lines of a group: one per buffer type, and the L1 of one core.
pub const COUNTER_LINES: usize = TYPES + 1;

/// Index of the line that counts the bytes of one core's L1, over all types that lie in L1.
pub const L1_CORE_LINE: usize = TYPES;

/// Atomic totals of one buffer type (one cache line, so that types never contend).
///
/// ```text
///      0       1       2       3       4       5       6       7
///   0 |                             bytes                             |
///   8 |                            allocs                             |
///  16 |                             frees                             |
///  24 |                             peak                              |
///  32 |                         earlier_peak                          |
///  40 |                        reserved (24)                          |
/// ```
///
/// In a group that was split the figures are shares: see `spec/counters.md`.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C, align(64))]
pub struct Counter {
    /// Bytes occupied on each chip of the group by allocations counted here; signed, because what
    /// was counted in a group that has since been split is taken back in its parts.
    pub bytes: i64,
    /// Allocations that came to life.
    pub allocs: u64,
    /// Allocations that ended.
    pub frees: u64,
    /// Most bytes a chip of this group held of this type, over all groups it is in, since the peak
    /// last began anew.
    pub peak: u64,
    /// The largest `peak` before that; the larger of the two is the most it ever held. Since 1.2.
    pub earlier_peak: u64,
    /// Zero.
    pub reserved: [u64; 3],
}

impl Counter {
    /// Most bytes a chip of this group ever held of this type, over all groups it is in.
    pub const fn largest_peak(&self) -> u64 {
        if self.peak > self.earlier_peak {
            self.peak
        } else {
            self.earlier_peak
        }
    }

    /// Word of `bytes`.
    pub const BYTES: usize = 0;
    /// Word of `allocs`.
    pub const ALLOCS: usize = 1;
    /// Word of `frees`.
    pub const FREES: usize = 2;
    /// Word of `peak`.
    pub const PEAK: usize = 3;
    /// Word of `earlier_peak`.
    pub const EARLIER_PEAK: usize = 4;
    /// Words of a counter line.
    pub const WORDS: usize = 8;
}

const _: () = {
    use core::mem::{offset_of, size_of};
    assert!(size_of::<Counter>() == 64);
    assert!(offset_of!(Counter, bytes) == 8 * Counter::BYTES);
    assert!(offset_of!(Counter, allocs) == 8 * Counter::ALLOCS);
    assert!(offset_of!(Counter, frees) == 8 * Counter::FREES);
    assert!(offset_of!(Counter, peak) == 8 * Counter::PEAK);
    assert!(offset_of!(Counter, earlier_peak) == 8 * Counter::EARLIER_PEAK);
};
