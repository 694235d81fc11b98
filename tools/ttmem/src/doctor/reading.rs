//! Segments that cannot be read, or not entirely.

use super::check::Check;
use super::segments::{Fault, FaultKind, Segments};
use crate::quantity::counted;

/// Segments that belong to somebody else.
pub(super) fn readable(segments: &Segments) -> Check {
    let name = "readable";
    let forbidden = of_kind(segments, FaultKind::Forbidden);
    if forbidden.is_empty() {
        return segments.fine_but(0, name, "no segment is closed to you");
    }
    let found = format!(
        "{} of other users",
        counted(forbidden.len() as u64, "segment")
    );
    Check::error(name, format!("{found} closed to you: part of no total"))
        .with(forbidden.into_iter().map(sentence))
        .advise("sudo ttmem ps")
        .advise(
            "or let its owner start the program with TTMEM_MODE=640 (his group) or 644 (everybody)",
        )
}

/// Segments of a version that this one does not read.
pub(super) fn version(segments: &Segments) -> Check {
    let name = "version";
    let others = of_kind(segments, FaultKind::Version);
    if others.is_empty() {
        let unknown = segments.count(&[FaultKind::Forbidden]);
        return segments.fine_but(
            unknown,
            name,
            "every segment is of a version that is read here",
        );
    }
    let found = counted(others.len() as u64, "segment");
    Check::error(
        name,
        format!("{found} of another version: part of no total"),
    )
    .with(others.into_iter().map(sentence))
    .advise("look with the ttmem that the program was started with")
}

/// Segments that make no sense.
pub(super) fn damage(segments: &Segments) -> Check {
    let name = "damage";
    let damaged = segments.host.processes.iter().flat_map(|process| {
        let lines = process.damage.iter();
        lines.map(|line| format!("{}: {line}", process.segment))
    });
    let mut details: Vec<_> = damaged.collect();
    details.extend(
        of_kind(segments, FaultKind::Damaged)
            .into_iter()
            .map(sentence),
    );
    if details.is_empty() {
        let unknown = segments.count(&[FaultKind::Forbidden, FaultKind::Version]);
        return segments.fine_but(unknown, name, "no segment is damaged");
    }
    Check::error(name, "not everything in the directory makes sense")
        .with(details)
        .advise("ttmem reap removes what a dead producer left")
        .advise("what merely has a segment's name is yours to remove: rm FILE")
}

fn of_kind(segments: &Segments, kind: FaultKind) -> Vec<&Fault> {
    let faults = segments.faults.iter();
    faults.filter(|fault| fault.kind == kind).collect()
}

fn sentence(fault: &Fault) -> String {
    let owner = fault
        .uid
        .map(|uid| format!(" (user {uid})"))
        .unwrap_or_default();
    format!("{}{owner}: {}", fault.path.display(), fault.reason)
}
