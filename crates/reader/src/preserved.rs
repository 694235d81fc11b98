//! What a copy of a segment does not say by itself.

use crate::model::State;

/// What is known of a segment that was copied, beside its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preserved {
    /// Whether its producer was there. A copy keeps the state it had.
    pub state: State,
    /// Whom the kernel said its file belonged to.
    pub owner: Option<u32>,
    /// When it was copied, nanoseconds since 1970, UTC.
    pub copied_ns: i64,
    /// The producer completed events throughout: the copy's parts are of slightly different moments.
    pub moving: bool,
    /// Nanoseconds per tick, 32.32 fixed point, as well as it was known then.
    pub tick_scale: u64,
    /// No record of an event before this moment, in ticks, is missing from the ring; one of a later event
    /// may be there without those it depends on. None if no event was under way.
    pub complete_before: Option<u64>,
}
