//! The part of every bank that an allocator hands out for one buffer type.

use super::Range;

/// Where the banks of one buffer type are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Region {
    /// The addresses that can be handed out, in each bank.
    pub(crate) range: Range,
    /// Banks of a chip.
    pub(crate) banks: u32,
    /// Addresses and sizes in a bank are multiples of this; at least 1.
    pub(crate) alignment: u64,
}
