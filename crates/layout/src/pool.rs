//! One allocator of the runtime and the chips it covers.

use crate::ChipSet;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// Entries of the pool table.
pub const MAX_POOLS: usize = 512;

/// What sort of allocator a pool is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum PoolKind {
    /// One chip's own.
    Chip = 1,
    /// A mesh's: every allocation lies on all its chips at the same address.
    Mesh = 2,
    /// A submesh's: hands out addresses that may be live in its parent.
    Submesh = 3,
    /// Programs rather than an allocator: circular buffers and kernels.
    Programs = 4,
}

impl PoolKind {
    /// The kind with this number, if this version knows it.
    pub const fn from_number(number: u8) -> Option<Self> {
        match number {
            1 => Some(Self::Chip),
            2 => Some(Self::Mesh),
            3 => Some(Self::Submesh),
            4 => Some(Self::Programs),
            _ => None,
        }
    }

    /// The name in every output.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Chip => "chip",
            Self::Mesh => "mesh",
            Self::Submesh => "submesh",
            Self::Programs => "programs",
        }
    }
}

/// One pool. An entry once published keeps its chips for ever; when its allocator is gone it may
/// serve another allocator over the same chips.
///
/// ```text
///      0       1       2       3       4       5       6       7
///   0 |                             chips                             |  0: unused; written last
///   8 | kind  |state  |   parent + 1  |           runtime_id          |
///  16 |                         opened_ticks                          |
///  24 |                         reserved (8)                          |
/// ```
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C, align(32))]
pub struct Pool {
    /// The chips every allocation of the pool lies on.
    pub chips: ChipSet,
    /// A [`PoolKind`].
    pub kind: u8,
    /// 1 in use, 2 retired.
    pub state: u8,
    /// Index + 1 of the pool this one was carved from; 0 for none.
    pub parent: u16,
    /// The runtime's own number (of the chip, mesh or submesh).
    pub runtime_id: u32,
    /// When it was registered.
    pub opened_ticks: u64,
    /// Zero.
    pub reserved: u64,
}

impl Pool {
    /// Words of a pool.
    pub const WORDS: usize = 4;
    /// Word of `chips`: stored last.
    pub const CHIPS: usize = 0;
    /// Word of `kind`, `state`, `parent` and `runtime_id`.
    pub const IDENTITY: usize = 1;
    /// `state` of a pool whose allocator exists.
    pub const IN_USE: u8 = 1;
    /// `state` of a pool whose allocator is gone.
    pub const RETIRED: u8 = 2;
}

const _: () = {
    use core::mem::{offset_of, size_of};
    assert!(size_of::<Pool>() == 32);
    assert!(offset_of!(Pool, chips) == 0);
    assert!(offset_of!(Pool, kind) == 8);
    assert!(offset_of!(Pool, state) == 9);
    assert!(offset_of!(Pool, parent) == 10);
    assert!(offset_of!(Pool, runtime_id) == 12);
    assert!(offset_of!(Pool, opened_ticks) == 16);
};
