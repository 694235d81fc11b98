//! What the events in flight say of slots that are changing hands.

use std::collections::HashSet;
use ttmem_layout::{Record, flags};

/// How to take a slot that is changing hands.
pub(crate) enum Busy {
    /// The producer moves on: leave it out, it is one event's width away from settled.
    Moving,
    /// The producer is gone: the events in flight say whether this one had happened.
    Settled(Happened),
}

/// What the events in flight say happened: published, but not completed. Sets, so that a forged
/// segment with many of them and many busy slots still takes no longer than to read it.
#[derive(Debug, Default)]
pub(crate) struct Happened {
    /// Sequences of allocations.
    begun: HashSet<u64>,
    /// Sequences of allocations that were ended.
    ended: HashSet<u64>,
}

impl Happened {
    pub(crate) fn of(in_flight: &[Record]) -> Self {
        let mut happened = Self::default();
        for record in in_flight {
            match record.kind() {
                Some(kind) if kind.is_alloc() => {
                    happened.begun.insert(record.sequence);
                }
                // An allocation without a record (0) is named by nobody.
                Some(kind)
                    if kind.is_free() && record.flags & flags::NO_EFFECT == 0 && record.id != 0 =>
                {
                    happened.ended.insert(record.id);
                }
                _ => {}
            }
        }
        happened
    }

    /// Whether the allocation with this sequence had happened.
    pub(crate) fn begun(&self, sequence: u64) -> bool {
        self.begun.contains(&sequence)
    }

    /// Whether the end of the allocation with this sequence had happened.
    pub(crate) fn ended(&self, sequence: u64) -> bool {
        self.ended.contains(&sequence)
    }
}
