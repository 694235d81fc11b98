//! What a process held when it set a mark: what has been live since, and what has been freed since.

use crate::marks::{Mark, Past};
use crate::select::Select;
use crate::view::{Held, Process};
use std::collections::{HashMap, HashSet};
use ttmem_layout::flags;
use ttmem_reader::{Buffer, Event};

/// What was live at a mark. `live` is what the process holds now; everything since the mark has to be
/// in its past.
pub(crate) fn live_at<'a>(
    mark: &Mark,
    past: &Past,
    live: impl Iterator<Item = &'a Held>,
    process: &Process,
    select: &Select,
) -> Vec<Held> {
    let since = |event: &Event| mark.is_before(event.thread, event.sequence, event.time_ns);
    let mut then = HashMap::<u64, Held>::new();
    for held in live {
        let buffer = &held.buffer;
        if !mark.is_before(buffer.thread, buffer.sequence, buffer.allocated_ns) {
            then.insert(buffer.sequence, held.clone());
        }
    }
    let mut younger = HashSet::new();
    let mut latest = HashMap::new();
    for event in past.events.iter().filter(|event| event.takes_effect()) {
        let place = (event.pool, event.buffer_type, event.address);
        let ended = if event.kind.is_free() {
            Some((event.alloc_sequence, event))
        } else {
            if since(event) {
                younger.insert(event.sequence);
            }
            let before = latest.insert(place, event);
            // Allocated again without a free: the record of its own allocation has to tell of it.
            before
                .filter(|_| event.flags & flags::REPLACED != 0)
                .map(|before| (before.sequence, before))
        };
        if let Some((sequence, told)) = ended
            && since(event)
            && !younger.contains(&sequence)
            && let Some(held) = held(sequence, told, process, select)
        {
            then.insert(sequence, held);
        }
    }
    then.into_values().collect()
}

/// An allocation that is gone, as a record tells of it; none if it was not asked for.
fn held(sequence: u64, told: &Event, process: &Process, select: &Select) -> Option<Held> {
    let buffer_type = told.buffer_type?;
    let chips = told.chips.and(select.chips());
    if !select.wants_type(buffer_type) || chips.is_empty() {
        return None;
    }
    let buffer = Buffer {
        sequence,
        // Before the mark; nobody asks for more.
        allocated_ns: 0,
        thread: 0,
        id: 0,
        refs: 1,
        address: told.address,
        requested: told.requested,
        per_bank: told.per_bank,
        banks: told.banks,
        occupied: told.occupied(),
        buffer_type,
        pool: told.pool,
        chips: told.chips,
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
