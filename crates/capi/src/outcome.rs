//! What became of a call, as a number with a fixed width.

#![expect(non_camel_case_types, reason = "the names C programs use")]

use ttmem_producer::Outcome;

/// What became of a call: one of the constants above. Negative values are the caller's to look at;
/// all others may be ignored.
pub type ttmem_outcome = i32;

/// Nothing is attached; nothing was recorded.
pub const TTMEM_OFF: i32 = 0;
/// Recorded.
pub const TTMEM_DONE: i32 = 1;
/// The allocation was live with this size: it gained or lost a reference.
pub const TTMEM_REFERENCED: i32 = 2;
/// The allocation was live with another size: that one was ended and a new one begun.
pub const TTMEM_REPLACED: i32 = 3;
/// Freed what was not live and, as far as is remembered, never had been. Counted.
pub const TTMEM_UNKNOWN_FREE: i32 = 4;
/// Freed what had been freed before. Counted.
pub const TTMEM_DOUBLE_FREE: i32 = 5;
/// The table of live allocations is full: the allocation is in no total. Counted.
pub const TTMEM_LIVE_OVERFLOW: i32 = 6;
/// An argument was out of range: nothing was done. Counted, if attached.
pub const TTMEM_REJECTED: i32 = -1;
/// The process could not be attached; one line on stderr has said why.
pub const TTMEM_FAILED: i32 = -2;

/// As C programs see it.
#[inline]
pub(crate) fn number(outcome: Outcome) -> ttmem_outcome {
    match outcome {
        Outcome::Off => TTMEM_OFF,
        Outcome::Done => TTMEM_DONE,
        Outcome::Referenced => TTMEM_REFERENCED,
        Outcome::Replaced => TTMEM_REPLACED,
        Outcome::UnknownFree => TTMEM_UNKNOWN_FREE,
        Outcome::DoubleFree => TTMEM_DOUBLE_FREE,
        Outcome::LiveOverflow => TTMEM_LIVE_OVERFLOW,
        Outcome::Rejected => TTMEM_REJECTED,
    }
}
