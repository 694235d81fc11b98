//! What nobody freed: it went only because its device was closed, which frees everything.
//!
//! Runtimes close their devices when the program ends, if it has not done so. So what a program forgot is
//! not live at its end; the records of that closing tell of it.

use super::ended::ended;
use super::harmless::Usual;
use super::rules::of_a_program;
use super::since::Pasts;
use crate::marks::Past;
use crate::select::Select;
use crate::view::{Held, Host, Process};
use std::collections::{BTreeMap, HashMap};
use ttmem_layout::{Kind, flags};
use ttmem_reader::{Event, State};

/// What only the last closing of their devices freed, of all processes that have ended.
pub(crate) fn freed_by_closing(host: &Host, pasts: &Pasts, select: &Select) -> Vec<Held> {
    let ended = host
        .processes
        .iter()
        .filter(|one| one.state != State::Running);
    let found = ended.filter_map(|process| {
        let (past, _) = pasts.get(&process.segment)?;
        Some(of_a_process(past, process, select, host.time_ns))
    });
    found.flatten().collect()
}

/// Those that the runtime may have made for itself when the device was opened are not among these.
pub(crate) fn but_for_the_runtimes_own(closed: &[Held]) -> impl Iterator<Item = &Held> {
    let usual = Usual::of(closed);
    closed
        .iter()
        .filter(move |held| usual.covers(held).is_none())
}

/// A device that is opened again, or an allocator that serves again, begins anew: what its last closing
/// ended is of the past.
fn of_a_process(past: &Past, process: &Process, select: &Select, now_ns: i64) -> Vec<Held> {
    let mut closed = BTreeMap::<u16, Vec<&Event>>::new();
    let mut allocated = HashMap::new();
    for event in &past.events {
        match event.kind {
            Kind::Device => {
                let stays = |end: &&Event| end.chips.and(event.chips).is_empty();
                closed.retain(|_, ends| ends.iter().all(stays));
            }
            Kind::Alloc if event.takes_effect() => {
                closed.remove(&event.pool);
                allocated.insert(event.sequence, event);
            }
            _ if event.flags & flags::POOL_CLEARED != 0 => {
                closed.entry(event.pool).or_default().push(event);
            }
            _ => {}
        }
    }
    let told = closed.into_values().flatten().filter_map(|end| {
        let mut held = ended(end, process, select)?;
        if let Some(alloc) = allocated.get(&end.alloc_sequence) {
            held.buffer.allocated_ns = alloc.time_ns;
            held.buffer.thread = alloc.thread;
            held.buffer.id = alloc.id;
            held.age_ns = now_ns.saturating_sub(alloc.time_ns).max(0);
        }
        Some(held)
    });
    // Programs are cached until their device is closed, as they should be.
    told.filter(|held| !of_a_program(held)).collect()
}
