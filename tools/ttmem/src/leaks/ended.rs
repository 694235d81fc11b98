//! An allocation that is gone.

use crate::select::Select;
use crate::view::{Held, Process};
use ttmem_reader::{Buffer, Event};

/// An allocation that is gone, as its free tells of it; none if it was not asked for.
pub(super) fn ended(free: &Event, process: &Process, select: &Select) -> Option<Held> {
    let buffer_type = free.buffer_type?;
    let chips = free.chips.and(select.chips());
    if !select.wants_type(buffer_type) || chips.is_empty() {
        return None;
    }
    let buffer = Buffer {
        sequence: free.alloc_sequence,
        // A free does not tell.
        allocated_ns: 0,
        thread: 0,
        id: 0,
        refs: 1,
        address: free.address,
        requested: free.requested,
        per_bank: free.per_bank,
        banks: free.banks,
        occupied: free.occupied(),
        buffer_type,
        pool: free.pool,
        chips: free.chips,
    };
    Some(Held {
        pid: process.identity.pid,
        segment: process.segment.as_str().into(),
        state: process.state,
        chips,
        age_ns: 0,
        buffer,
    })
}
