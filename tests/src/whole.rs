//! The rule by which `producer_script`'s workload makes its allocations.

use ttmem_layout::BufferType;

/// Whether the fields of an allocation belong together: one made of two halves breaks the rule.
pub fn is_whole(
    address: u64,
    buffer_type: BufferType,
    requested: u64,
    per_bank: u64,
    banks: u16,
) -> bool {
    let slot = (address & 0xffff_ffff) / 0x1_0000;
    let expected_banks = 1 + slot % 12;
    BufferType::ALL[(slot % 7) as usize] == buffer_type
        && u64::from(banks) == expected_banks
        && per_bank * expected_banks == requested + 16
}
