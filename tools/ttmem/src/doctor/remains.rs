//! What dead producers left, and what it costs.

use super::check::Check;
use super::named;
use super::segments::Segments;
use crate::owed;
use crate::quantity::{counted, size};
use std::path::Path;
use ttmem_reader::State;

/// Segments that wait for `reap`.
pub(super) fn check(segments: &Segments, dir: &Path) -> Check {
    let name = "dead";
    let left: Vec<_> = segments
        .all()
        .filter(|(process, _)| process.state != State::Running)
        .collect();
    if left.is_empty() {
        return segments.fine(name, "no dead producer has left anything");
    }
    let bytes = left.iter().map(|(_, facts)| facts.file_bytes).sum();
    let found = format!(
        "{} left {} in {}: black boxes to be read, then removed",
        counted(left.len() as u64, "producer"),
        size(bytes),
        dir.display()
    );
    let details = left.iter().map(|(process, facts)| {
        let who = named(process.identity.pid, &process.identity.command);
        let state = process.state.name();
        let owes = owed::pending(dir, &process.identity, process.state);
        let owes = owes.map_or_else(String::new, |to| {
            format!("; it owes {to} its dump at exit, which reap gives")
        });
        format!(
            "{} ({}): {who}, {state}{owes}",
            facts.segment,
            size(facts.file_bytes)
        )
    });
    Check::warning(name, found)
        .with(details)
        .advise("ttmem dump shows what they held")
        .advise("ttmem reap")
}
