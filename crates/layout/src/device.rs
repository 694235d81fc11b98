//! One chip: who it is and how much memory it has.

use crate::Banks;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// Identity and capacity of one chip. The index in the table is the runtime's device number.
///
/// ```text
///      0       1       2       3       4       5       6       7
///   0 |            state              |           l1_cores            |  state written last
///   8 |                           unique_id                           |
///  16 |                          arch (16)                            |
///  32 |                           pci (16)                            |
///  48 |                        dram_capacity                          |
///  56 |                         l1_capacity                           |
///  64 |                       l1_core_capacity                        |
///  72 |                       dram_allocatable                        |
///  80 |                        l1_allocatable                         |
///  88 |                     l1_small_allocatable                      |
///  96 |                       trace_allocatable                       |
/// 104 |                         opened_ticks                          |
/// 112 |                        reserved (16)                          |
/// 128 |                       dram_banks (24)                         |
/// 152 |                        l1_banks (24)                          |
/// 176 |                     l1_small_banks (24)                       |
/// 200 |                       trace_banks (24)                        |
/// 224 |                      reserved_banks (32)                      |
/// ```
///
/// All capacities in bytes; 0 means not known. The banks came with version 1.1: before, an entry was
/// [`Device::LEAST_SIZE`] bytes long.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C, align(64))]
pub struct Device {
    /// 1 once the device has been reported.
    pub state: u32,
    /// Cores whose L1 the capacity is made of.
    pub l1_cores: u32,
    /// The chip's unique id; 0 if not known.
    pub unique_id: u64,
    /// Architecture, e.g. `wormhole_b0`, zero-padded.
    pub arch: [u8; 16],
    /// PCI address, e.g. `0000:01:00.0`, zero-padded; empty if not known or remote.
    pub pci: [u8; 16],
    /// All of the chip's DRAM.
    pub dram_capacity: u64,
    /// All of the chip's L1, over its cores.
    pub l1_capacity: u64,
    /// L1 of one core.
    pub l1_core_capacity: u64,
    /// What the runtime's allocator can hand out of DRAM, over all banks.
    pub dram_allocatable: u64,
    /// What the runtime's allocator can hand out of L1, over all banks.
    pub l1_allocatable: u64,
    /// What is set aside for `L1_SMALL`, over all banks.
    pub l1_small_allocatable: u64,
    /// What is set aside for `TRACE`, over all banks.
    pub trace_allocatable: u64,
    /// When it was first reported.
    pub opened_ticks: u64,
    /// Zero.
    pub reserved: [u64; 2],
    /// Where DRAM is handed out.
    pub dram_banks: Banks,
    /// Where L1 is.
    pub l1_banks: Banks,
    /// Where `L1_SMALL` is.
    pub l1_small_banks: Banks,
    /// Where `TRACE` is.
    pub trace_banks: Banks,
    /// Zero.
    pub reserved_banks: [u64; 4],
}

impl Device {
    /// Words of a device.
    pub const WORDS: usize = 32;
    /// Bytes of a device in version 1.0.
    pub const LEAST_SIZE: usize = 128;
    /// Word of `state` (low half) and `l1_cores` (high half): stored last.
    pub const STATE: usize = 0;
    /// Word of `opened_ticks`.
    pub const OPENED: usize = 13;
}

const _: () = {
    use core::mem::{offset_of, size_of};
    assert!(size_of::<Device>() == 256);
    assert!(offset_of!(Device, state) == 0);
    assert!(offset_of!(Device, l1_cores) == 4);
    assert!(offset_of!(Device, unique_id) == 8);
    assert!(offset_of!(Device, arch) == 16);
    assert!(offset_of!(Device, pci) == 32);
    assert!(offset_of!(Device, dram_capacity) == 48);
    assert!(offset_of!(Device, l1_capacity) == 56);
    assert!(offset_of!(Device, l1_core_capacity) == 64);
    assert!(offset_of!(Device, dram_allocatable) == 72);
    assert!(offset_of!(Device, l1_allocatable) == 80);
    assert!(offset_of!(Device, l1_small_allocatable) == 88);
    assert!(offset_of!(Device, trace_allocatable) == 96);
    assert!(offset_of!(Device, opened_ticks) == 8 * Device::OPENED);
    assert!(offset_of!(Device, dram_banks) == 128);
    assert!(offset_of!(Device, l1_banks) == 152);
    assert!(offset_of!(Device, l1_small_banks) == 176);
    assert!(offset_of!(Device, trace_banks) == 200);
    assert!(size_of::<Device>() == 8 * Device::WORDS);
};
