//! One interned string.

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// Most bytes of a text that are kept.
pub const TEXT_BYTES: usize = 112;

/// One slot of the text table. Index + 1 is the number records carry.
///
/// ```text
///      0       1       2       3       4       5       6       7
///   0 |                             hash                              |  0: unused
///   8 |            ready              |            length             |  ready written last
///  16 |                         bytes (112)                           |
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C, align(64))]
pub struct Text {
    /// Hash of the whole text with bit 0 set.
    pub hash: u64,
    /// 1 once length and bytes are there.
    pub ready: u32,
    /// Bytes of the whole text; if more than [`TEXT_BYTES`], the rest was cut off.
    pub length: u32,
    /// UTF-8, zero-padded.
    pub bytes: [u8; TEXT_BYTES],
}

impl Text {
    /// Words of a text slot.
    pub const WORDS: usize = 16;
    /// Word of `hash`.
    pub const HASH: usize = 0;
    /// Word of `ready` (low half) and `length` (high half).
    pub const READY: usize = 1;
    /// First word of `bytes`.
    pub const BYTES: usize = 2;
}

const _: () = {
    use core::mem::{offset_of, size_of};
    assert!(size_of::<Text>() == 128);
    assert!(offset_of!(Text, hash) == 8 * Text::HASH);
    assert!(offset_of!(Text, ready) == 8 * Text::READY);
    assert!(offset_of!(Text, length) == 8 * Text::READY + 4);
    assert!(offset_of!(Text, bytes) == 8 * Text::BYTES);
};
