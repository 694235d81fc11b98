//! The buffer types, as numbers with a fixed width.

use ttmem_producer::BufferType;

/// Buffer type: the device's DRAM. The first five carry the runtime's own numbers.
pub const TTMEM_DRAM: u32 = 0;
/// Buffer type: the SRAM of the cores.
pub const TTMEM_L1: u32 = 1;
/// Buffer type: host memory that the device reads.
pub const TTMEM_SYSTEM_MEMORY: u32 = 2;
/// Buffer type: the part of L1 set aside for small buffers.
pub const TTMEM_L1_SMALL: u32 = 3;
/// Buffer type: the part of DRAM set aside for captured traces.
pub const TTMEM_TRACE: u32 = 4;
/// Buffer type: circular buffers resident in L1.
pub const TTMEM_CB: u32 = 5;
/// Buffer type: kernel binaries.
pub const TTMEM_KERNEL: u32 = 6;
/// Not a buffer type, but may be asked for where peaks are: the L1 of one core, over everything that
/// lies there (`TTMEM_L1`, `TTMEM_L1_SMALL`, `TTMEM_CB` and `TTMEM_KERNEL`).
pub const TTMEM_L1_CORE: u32 = 7;

const _: () = {
    assert!(TTMEM_DRAM == BufferType::Dram as u32);
    assert!(TTMEM_L1 == BufferType::L1 as u32);
    assert!(TTMEM_SYSTEM_MEMORY == BufferType::SystemMemory as u32);
    assert!(TTMEM_L1_SMALL == BufferType::L1Small as u32);
    assert!(TTMEM_TRACE == BufferType::Trace as u32);
    assert!(TTMEM_CB == BufferType::Cb as u32);
    assert!(TTMEM_KERNEL == BufferType::Kernel as u32);
};

/// The type with this number.
#[inline]
pub(crate) fn known_type(number: u32) -> Option<BufferType> {
    BufferType::from_number(u8::try_from(number).ok()?)
}
