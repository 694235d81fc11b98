//! Where a part of the segment lies.

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// What a section holds. Readers skip numbers they do not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u32)]
pub enum SectionKind {
    /// One [`crate::Process`].
    Process = 1,
    /// [`crate::Device`]s, by the runtime's device number.
    Devices = 2,
    /// [`crate::Pool`]s.
    Pools = 3,
    /// [`crate::Group`]s with their counters.
    Groups = 4,
    /// [`crate::Gauge`]s, by the runtime's device number.
    Gauges = 5,
    /// Control words of the live table.
    LiveControls = 6,
    /// Entries of the live table, one per control word: [`crate::Record`]s.
    LiveEntries = 7,
    /// [`crate::Chunk`]s.
    Chunks = 8,
    /// The ring: [`crate::Record`]s, 128 per chunk.
    Records = 9,
    /// [`crate::Text`]s.
    Texts = 10,
}

impl SectionKind {
    /// Every kind, in the order in which they lie in a segment.
    pub const ALL: [Self; 10] = [
        Self::Process,
        Self::Devices,
        Self::Pools,
        Self::Groups,
        Self::Gauges,
        Self::LiveControls,
        Self::LiveEntries,
        Self::Chunks,
        Self::Records,
        Self::Texts,
    ];

    /// The name in messages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Process => "process",
            Self::Devices => "devices",
            Self::Pools => "pools",
            Self::Groups => "groups",
            Self::Gauges => "gauges",
            Self::LiveControls => "live controls",
            Self::LiveEntries => "live entries",
            Self::Chunks => "chunks",
            Self::Records => "records",
            Self::Texts => "texts",
        }
    }
}

/// One entry of the header's section table.
///
/// ```text
///      0       1       2       3       4       5       6       7
///   0 |             kind              |          entry_size           |
///   8 |                            offset                             |
///  16 |                             count                             |
///  24 |                           reserved                            |
/// ```
///
/// A newer minor version may make `entry_size` larger; the known fields stay where they are.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
pub struct Section {
    /// A [`SectionKind`]; 0 marks an unused entry.
    pub kind: u32,
    /// Bytes of one entry.
    pub entry_size: u32,
    /// From the start of the segment, a multiple of 8; ours are multiples of 64.
    pub offset: u64,
    /// Number of entries.
    pub count: u64,
    /// Zero.
    pub reserved: u64,
}

const _: () = {
    use core::mem::{offset_of, size_of};
    assert!(size_of::<Section>() == 32);
    assert!(offset_of!(Section, kind) == 0);
    assert!(offset_of!(Section, entry_size) == 4);
    assert!(offset_of!(Section, offset) == 8);
    assert!(offset_of!(Section, count) == 16);
};
