//! The header of one chunk of the ring.

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// Records in a chunk: the contended instruction (taking a ticket) is paid once in so many events,
/// and a thread that falls silent keeps at most so many records of the ring to itself.
pub const CHUNK_RECORDS: u64 = 128;

/// Bit of [`Chunk::ticket`] set while its records change hands: whatever is copied meanwhile is torn.
pub const OPENING: u64 = 1 << 63;

/// The sequence of the record at `index` of the chunk opened with `ticket`. Wraps: a reader also asks
/// for tickets that no producer has ever had.
#[inline]
pub const fn sequence(ticket: u64, index: u64) -> u64 {
    ticket.wrapping_mul(CHUNK_RECORDS).wrapping_add(index)
}

/// Header of one chunk: 128 consecutive records that one thread at a time writes.
///
/// ```text
///      0       1       2       3       4       5       6       7
///   0 |                            ticket                             |
///   8 |                             first                             |
///  16 |                           completed                           |
///  24 |            thread             |             owner             |
///  32 |                        reserved (32)                          |
/// ```
///
/// `completed - first` records of the current ticket have had their full effect; one more may be
/// written with its effect on the counters under way. `first` records of earlier tickets in this
/// chunk have been overwritten.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C, align(64))]
pub struct Chunk {
    /// The ticket under which its records are numbered, with [`OPENING`] while it changes.
    pub ticket: u64,
    /// Records written into this chunk under all earlier tickets.
    pub first: u64,
    /// Records written into this chunk ever, each with its whole effect.
    pub completed: u64,
    /// Kernel thread id of the last owner.
    pub thread: u32,
    /// 1 while a thread owns the chunk.
    pub owner: u32,
    /// Zero.
    pub reserved: [u64; 4],
}

impl Chunk {
    /// Word of `ticket`.
    pub const TICKET: usize = 0;
    /// Word of `first`.
    pub const FIRST: usize = 1;
    /// Word of `completed`.
    pub const COMPLETED: usize = 2;
    /// Word of `thread` (low half) and `owner` (high half).
    pub const OWNER: usize = 3;
}

const _: () = {
    use core::mem::{offset_of, size_of};
    assert!(size_of::<Chunk>() == 64);
    assert!(offset_of!(Chunk, ticket) == 8 * Chunk::TICKET);
    assert!(offset_of!(Chunk, first) == 8 * Chunk::FIRST);
    assert!(offset_of!(Chunk, completed) == 8 * Chunk::COMPLETED);
    assert!(offset_of!(Chunk, thread) == 8 * Chunk::OWNER);
    assert!(offset_of!(Chunk, owner) == 8 * Chunk::OWNER + 4);
};
