//! What a process held when it set a mark: what has been live since, and what has been freed since.

use super::ended::ended;
use crate::marks::{Mark, Past};
use crate::select::Select;
use crate::view::{Held, Process};
use std::collections::{HashMap, HashSet};
use ttmem_reader::Event;

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
    // Whatever ended since was there, but for what began since.
    let mut younger = HashSet::new();
    let changes = past.events.iter().filter(|event| event.takes_effect());
    for event in changes.filter(|event| since(event)) {
        if event.kind.is_alloc() {
            younger.insert(event.sequence);
        } else if !younger.contains(&event.alloc_sequence)
            && let Some(held) = ended(event, process, select)
        {
            then.insert(event.alloc_sequence, held);
        }
    }
    then.into_values().collect()
}
