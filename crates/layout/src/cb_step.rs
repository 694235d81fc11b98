//! How far circular buffers reach on some of a chip's cores.

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// Most steps that are told apart on a chip.
pub const CB_STEPS: usize = 4;

/// Cores on which the resident circular buffers end at the same address. One word, so that it is
/// replaced at once.
///
/// ```text
///      0       1       2       3       4       5       6       7
///   0 |              end              |     cores     |   x   |   y   |
/// ```
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
pub struct CbStep {
    /// First address after them; 0 in an unused step.
    pub end: u32,
    /// So many cores.
    pub cores: u16,
    /// Column of one of them, as programs count cores.
    pub x: u8,
    /// Its row.
    pub y: u8,
}

const _: () = {
    use core::mem::{offset_of, size_of};
    assert!(size_of::<CbStep>() == 8);
    assert!(offset_of!(CbStep, end) == 0);
    assert!(offset_of!(CbStep, cores) == 4);
    assert!(offset_of!(CbStep, x) == 6);
    assert!(offset_of!(CbStep, y) == 7);
};
