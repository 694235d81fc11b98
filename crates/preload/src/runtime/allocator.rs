//! `AllocatorImpl`: how many banks, and how big.

use super::Allocator;
use crate::symbols::Import;
use ttmem_producer::BufferType;

type OfType<R> = unsafe extern "C-unwind" fn(*const Allocator, *const u32) -> R;

// SAFETY: `uint32_t get_num_banks(const BufferType&) const`.
static GET_NUM_BANKS: Import<OfType<u32>> =
    unsafe { Import::new(c"_ZNK2tt8tt_metal13AllocatorImpl13get_num_banksERKNS0_10BufferTypeE") };
// SAFETY: `DeviceAddr get_bank_size(const BufferType&) const`.
static GET_BANK_SIZE: Import<OfType<u64>> =
    unsafe { Import::new(c"_ZNK2tt8tt_metal13AllocatorImpl13get_bank_sizeERKNS0_10BufferTypeE") };

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
    let number = buffer_type as u32;
    // SAFETY: promised by the caller.
    let banks = unsafe { banks(allocator, buffer_type) };
    if banks == 0 {
        return 0; // A bank manager without banks was never set up and throws.
    }
    // SAFETY: promised by the caller; the type has banks.
    let size = GET_BANK_SIZE
        .get()
        .map_or(0, |size| unsafe { size(allocator, &raw const number) });
    size.saturating_mul(u64::from(banks))
}

/// What tracking buffers needs of the runtime, by name, where it is missing.
pub(crate) fn missing() -> impl Iterator<Item = &'static str> {
    GET_NUM_BANKS
        .get()
        .is_none()
        .then(|| GET_NUM_BANKS.name())
        .into_iter()
}
