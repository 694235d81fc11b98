//! Chips that have always been allocated on together share one set of counters.

use crate::{COUNTER_LINES, ChipSet, Counter, MAX_CHIPS};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// Groups in a segment. The leaves are disjoint, so there are at most 64; each split makes one inner
/// group out of a leaf and at least two leaves, so there are at most 127 of both. The rest is for
/// groups that only count events.
pub const MAX_GROUPS: usize = 160;
const _: () = assert!(MAX_GROUPS >= 2 * MAX_CHIPS);

/// A set of chips that share counters, because every pool so far covers all of them or none.
///
/// ```text
///      0       1       2       3       4       5       6       7
///   0 |                             chips                             |  0: unused
///   8 |          parent + 1           |             split             |
///  16 |                        reserved (48)                          |
///  64 |                     counter of DRAM (64)                      |
/// ... |                 … one counter per buffer type                 |
/// 512 |                 counter of one core's L1 (64)                 |
/// ```
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C, align(64))]
pub struct Group {
    /// The chips; empty while the slot is unused. Written last when a group is made, never changed.
    pub chips: ChipSet,
    /// Index + 1 of the group this one was split from; 0 for none.
    pub parent: u32,
    /// 1 once the group has been split: new events are counted in its parts.
    pub split: u32,
    /// Zero.
    pub reserved: [u64; 6],
    /// By number of the buffer type, then [`crate::L1_CORE_LINE`].
    pub counters: [Counter; COUNTER_LINES],
}

impl Group {
    /// Word of `chips`.
    pub const CHIPS: usize = 0;
    /// Word of `parent` (low half) and `split` (high half).
    pub const PARENT_SPLIT: usize = 1;
    /// Word at which counter line `line` starts.
    #[inline]
    pub const fn line(line: usize) -> usize {
        8 + line * Counter::WORDS
    }
    /// Words of a group.
    pub const WORDS: usize = 8 + COUNTER_LINES * Counter::WORDS;
}

const _: () = {
    use core::mem::{offset_of, size_of};
    assert!(size_of::<Group>() == 576);
    assert!(size_of::<Group>() == 8 * Group::WORDS);
    assert!(offset_of!(Group, chips) == 8 * Group::CHIPS);
    assert!(offset_of!(Group, parent) == 8 * Group::PARENT_SPLIT);
    assert!(offset_of!(Group, split) == 8 * Group::PARENT_SPLIT + 4);
    assert!(offset_of!(Group, counters) == 8 * Group::line(0));
};
