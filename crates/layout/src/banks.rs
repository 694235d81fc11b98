//! Where the banks of one buffer type are.

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// What a chip's allocator hands out for one buffer type: the same addresses in each of its banks.
///
/// ```text
///      0       1       2       3       4       5       6       7
///   0 |                             base                              |
///   8 |                             size                              |
///  16 |            count              |           alignment           |
/// ```
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
pub struct Banks {
    /// Lowest address that can be handed out.
    pub base: u64,
    /// Bytes of one bank that can be handed out, from `base` on.
    pub size: u64,
    /// Banks of the chip; 0 if not known, and then nothing else is.
    pub count: u32,
    /// Addresses are multiples of it, and what an allocation takes of a bank is rounded up to it; 0 if
    /// not known.
    pub alignment: u32,
}

const _: () = {
    use core::mem::{offset_of, size_of};
    assert!(size_of::<Banks>() == 24);
    assert!(offset_of!(Banks, base) == 0);
    assert!(offset_of!(Banks, size) == 8);
    assert!(offset_of!(Banks, count) == 16);
    assert!(offset_of!(Banks, alignment) == 20);
};
