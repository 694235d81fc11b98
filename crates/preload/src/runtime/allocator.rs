//! `AllocatorImpl`: how many banks, how big, and where.

use super::Allocator;
use crate::symbols::Import;
use ttmem_producer::{Banks, BufferType};

type OfType<R> = unsafe extern "C-unwind" fn(*const Allocator, *const u32) -> R;

// SAFETY: `uint32_t get_num_banks(const BufferType&) const`.
static GET_NUM_BANKS: Import<OfType<u32>> =
    unsafe { Import::new(c"_ZNK2tt8tt_metal13AllocatorImpl13get_num_banksERKNS0_10BufferTypeE") };
// SAFETY: `DeviceAddr get_bank_size(const BufferType&) const`.
static GET_BANK_SIZE: Import<OfType<u64>> =
    unsafe { Import::new(c"_ZNK2tt8tt_metal13AllocatorImpl13get_bank_sizeERKNS0_10BufferTypeE") };

// SAFETY: `DeviceAddr get_base_allocator_addr(const HalMemType&) const`.
static GET_BASE: Import<unsafe extern "C-unwind" fn(*const Allocator, *const u32) -> u64> = unsafe {
    Import::new(c"_ZNK2tt8tt_metal13AllocatorImpl23get_base_allocator_addrERKNS0_10HalMemTypeE")
};
// SAFETY: `uint32_t get_alignment(BufferType) const`.
static GET_ALIGNMENT: Import<unsafe extern "C-unwind" fn(*const Allocator, u32) -> u32> =
    unsafe { Import::new(c"_ZNK2tt8tt_metal13AllocatorImpl13get_alignmentENS0_10BufferTypeE") };

/// `HalMemType`.
const MEMORY_L1: u32 = 0;
const MEMORY_DRAM: u32 = 1;

/// The types an allocator hands out. It throws when asked about another.
pub(crate) const TYPES: [BufferType; 4] = [
    BufferType::Dram,
    BufferType::L1,
    BufferType::L1Small,
    BufferType::Trace,
];

/// Banks of one of [`TYPES`]; 0 when the runtime cannot say.
///
/// # Safety
/// `allocator` is alive and none of its functions is on this thread's stack.
pub(crate) unsafe fn banks(allocator: *const Allocator, buffer_type: BufferType) -> u32 {
    let number = buffer_type as u32;
    // SAFETY: promised by the caller; the type is one that the allocator knows.
    GET_NUM_BANKS
        .get()
        .map_or(0, |banks| unsafe { banks(allocator, &raw const number) })
}

/// Bytes that can be handed out of one of [`TYPES`], over all banks; 0 when the runtime cannot say.
///
/// # Safety
/// As for [`banks`].
pub(crate) unsafe fn allocatable(allocator: *const Allocator, buffer_type: BufferType) -> u64 {
    // SAFETY: promised by the caller.
    let (banks, size) = unsafe {
        (
            banks(allocator, buffer_type),
            bank_size(allocator, buffer_type),
        )
    };
    size.saturating_mul(u64::from(banks))
}

/// Bytes of one bank that can be handed out of one of [`TYPES`]; 0 when the runtime cannot say.
///
/// # Safety
/// As for [`banks`].
unsafe fn bank_size(allocator: *const Allocator, buffer_type: BufferType) -> u64 {
    let number = buffer_type as u32;
    // SAFETY: promised by the caller.
    if unsafe { banks(allocator, buffer_type) } == 0 {
        return 0; // A bank manager without banks was never set up and throws.
    }
    // SAFETY: promised by the caller; the type has banks.
    GET_BANK_SIZE
        .get()
        .map_or(0, |size| unsafe { size(allocator, &raw const number) })
}

/// What addresses and sizes in a bank are rounded up to; 0 when the runtime cannot say. Whatever the type,
/// its lists of free blocks count in units of this one.
///
/// # Safety
/// As for [`banks`].
pub(crate) unsafe fn alignment(allocator: *const Allocator) -> u32 {
    // SAFETY: promised by the caller; the type is one that the allocator knows.
    GET_ALIGNMENT.get().map_or(0, |alignment| unsafe {
        alignment(allocator, BufferType::Dram as u32)
    })
}

/// Where the banks of one of [`TYPES`] are; nothing when the runtime cannot say.
///
/// # Safety
/// As for [`banks`].
pub(crate) unsafe fn places(allocator: *const Allocator, buffer_type: BufferType) -> Banks {
    // Of each memory the runtime tells where it begins to hand out. The part set aside lies behind what
    // is handed out otherwise.
    let (memory, before) = match buffer_type {
        BufferType::Dram => (MEMORY_DRAM, None),
        BufferType::Trace => (MEMORY_DRAM, Some(BufferType::Dram)),
        BufferType::L1 => (MEMORY_L1, None),
        BufferType::L1Small => (MEMORY_L1, Some(BufferType::L1)),
        _ => return Banks::default(),
    };
    let Some(base) = GET_BASE.get() else {
        return Banks::default();
    };
    // SAFETY: promised by the caller.
    let size = unsafe { bank_size(allocator, buffer_type) };
    if size == 0 {
        return Banks::default();
    }
    // SAFETY: promised by the caller.
    unsafe {
        let before = before.map_or(0, |before| bank_size(allocator, before));
        Banks {
            base: base(allocator, &raw const memory) + before,
            size,
            count: banks(allocator, buffer_type),
            alignment: self::alignment(allocator),
        }
    }
}

/// What tracking buffers needs of the runtime, by name, where it is missing.
pub(crate) fn missing() -> impl Iterator<Item = &'static str> {
    GET_NUM_BANKS
        .get()
        .is_none()
        .then(|| GET_NUM_BANKS.name())
        .into_iter()
}
