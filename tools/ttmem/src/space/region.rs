//! The part of every bank that an allocator hands out for one buffer type.

use super::Range;
use ttmem_layout::BufferType;
use ttmem_reader::DeviceInfo;

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

impl Region {
    /// That of a chip and a buffer type; none where no producer said where it is.
    pub(crate) fn of(info: &DeviceInfo, buffer_type: BufferType) -> Option<Self> {
        let banks = info.banks(buffer_type)?;
        Some(Self {
            range: Range::at(banks.base, banks.size),
            banks: banks.count,
            alignment: u64::from(banks.alignment.max(1)),
        })
    }
}
