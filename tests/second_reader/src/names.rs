//! The names the spec gives to numbers.

/// Buffer types by number.
pub(crate) const TYPES: [&str; 7] = [
    "DRAM",
    "L1",
    "SYSTEM_MEMORY",
    "L1_SMALL",
    "TRACE",
    "CB",
    "KERNEL",
];

/// Kinds of record by number, from 1.
const KINDS: [&str; 9] = [
    "alloc",
    "free",
    "cb_alloc",
    "cb_free",
    "kernel_load",
    "kernel_unload",
    "alloc_failed",
    "mark",
    "device",
];

const POOL_KINDS: [&str; 4] = ["chip", "mesh", "submesh", "programs"];

/// Whether a buffer type lies in L1.
pub(crate) fn in_l1(buffer_type: u8) -> bool {
    matches!(buffer_type, 1 | 3 | 5 | 6)
}

/// Name of a buffer type.
pub(crate) fn buffer_type(number: u8) -> String {
    named(&TYPES, 0, number)
}

/// Name of a kind of record.
pub(crate) fn kind(number: u8) -> String {
    named(&KINDS, 1, number)
}

/// Name of a kind of pool.
pub(crate) fn pool_kind(number: u8) -> String {
    named(&POOL_KINDS, 1, number)
}

fn named(names: &[&str], first: usize, number: u8) -> String {
    let index = usize::from(number).wrapping_sub(first);
    match names.get(index) {
        Some(name) => (*name).to_owned(),
        // A later minor version may have added numbers.
        None => format!("number {number}"),
    }
}

/// The chips of a set.
pub(crate) fn chips(set: u64) -> Vec<u32> {
    (0..64).filter(|chip| set >> chip & 1 == 1).collect()
}
