//! What the producer says of itself while it runs: state, losses, anomalies.

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// Indices into [`Process::losses`]: what a complete picture would have had.
pub mod loss {
    /// Events whose record found no chunk. Their effect on totals and live table is complete.
    pub const RECORDS_DROPPED: usize = 0;
    /// Allocations that found no slot in the live table: in no total.
    pub const LIVE_OVERFLOW: usize = 1;
    /// Bytes of those, per chip.
    pub const LIVE_OVERFLOW_BYTES: usize = 2;
    /// Frees that found nothing after an overflow: of those allocations, or unknown frees.
    pub const OVERFLOW_FREES: usize = 3;
    /// Texts that found no slot, or were longer than a slot.
    pub const TEXTS: usize = 4;
    /// Pools that found no slot.
    pub const POOLS: usize = 5;
    /// Events refused because an argument was out of range.
    pub const REJECTED: usize = 6;
    /// Names, in the order of the indices.
    pub const NAMES: [&str; 7] = [
        "records_dropped",
        "live_overflow",
        "live_overflow_bytes",
        "overflow_frees",
        "texts",
        "pools",
        "rejected",
    ];
}

/// Indices into [`Process::anomalies`]: what the program did that it should not have.
pub mod anomaly {
    /// Freed what was not live and had not been.
    pub const UNKNOWN_FREE: usize = 0;
    /// Freed what had been freed already.
    pub const DOUBLE_FREE: usize = 1;
    /// Allocated what was live, with another size.
    pub const REPLACED_WITHOUT_FREE: usize = 2;
    /// More references to one allocation than are counted (65,535).
    pub const REFS_SATURATED: usize = 3;
    /// Names, in the order of the indices.
    pub const NAMES: [&str; 4] = [
        "unknown_free",
        "double_free",
        "replaced_without_free",
        "refs_saturated",
    ];
}

/// The producer's own state.
///
/// ```text
///      0       1       2       3       4       5       6       7
///   0 |            state              |         current_mark          |
///   8 |                        detached_ticks                         |
///  16 |                        reserved (48)                          |
///  64 |                    losses (8 x 8 bytes)                       |
/// 128 |                   anomalies (8 x 8 bytes)                     |
/// 192 |                         next_ticket                           |  on a line of its own
/// 200 |                        reserved (56)                          |
/// ```
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C, align(64))]
pub struct Process {
    /// 1 attached, 2 detached cleanly.
    pub state: u32,
    /// Text of the last mark; 0 before the first.
    pub current_mark: u32,
    /// When it detached cleanly; 0 before.
    pub detached_ticks: u64,
    /// Zero.
    pub reserved: [u64; 6],
    /// See [`loss`].
    pub losses: [u64; 8],
    /// See [`anomaly`].
    pub anomalies: [u64; 8],
    /// The ticket the next chunk will be opened with; starts at 1.
    pub next_ticket: u64,
    /// Zero.
    pub reserved_ticket: [u64; 7],
}

impl Process {
    /// Word of `state` (low half) and `current_mark` (high half).
    pub const STATE: usize = 0;
    /// Word of `detached_ticks`.
    pub const DETACHED_TICKS: usize = 1;
    /// First word of `losses`.
    pub const LOSSES: usize = 8;
    /// First word of `anomalies`.
    pub const ANOMALIES: usize = 16;
    /// Word of `next_ticket`.
    pub const NEXT_TICKET: usize = 24;
    /// `state` of a producer at work.
    pub const ATTACHED: u32 = 1;
    /// `state` after a clean end.
    pub const DETACHED: u32 = 2;
}

const _: () = {
    use core::mem::{offset_of, size_of};
    assert!(size_of::<Process>() == 256);
    assert!(offset_of!(Process, state) == 8 * Process::STATE);
    assert!(offset_of!(Process, current_mark) == 8 * Process::STATE + 4);
    assert!(offset_of!(Process, detached_ticks) == 8 * Process::DETACHED_TICKS);
    assert!(offset_of!(Process, losses) == 8 * Process::LOSSES);
    assert!(offset_of!(Process, anomalies) == 8 * Process::ANOMALIES);
    assert!(offset_of!(Process, next_ticket) == 8 * Process::NEXT_TICKET);
};
