//! Why somebody sees too little: each reason there is, tested one by one.

mod check;
mod completeness;
mod history;
mod library;
mod machine;
mod namespaces;
mod place;
mod program;
mod reading;
mod remains;
mod report;
mod runtime;
mod segments;
mod selftest;
mod tracking;

pub(crate) use check::{Check, Verdict, exit};
pub(crate) use machine::Machine;
pub(crate) use report::write;
pub(crate) use segments::Segments;
pub(crate) use selftest::selftest;

use crate::run::Library;
use crate::value::shortened;
use program::Program;
use std::path::{Path, PathBuf};

/// What is examined on a live host.
pub(crate) struct Patient<'a> {
    /// Where segments are looked for.
    pub(crate) dir: &'a Path,
    /// What lies there.
    pub(crate) segments: &'a Segments,
    /// The processes of this machine.
    pub(crate) machine: &'a Machine,
    /// Libraries of the runtime that were named, to be judged before a program runs.
    pub(crate) runtime: &'a [PathBuf],
}

/// Every check on a live host: first whether it can work here, then who reports, then what is shown.
pub(crate) fn live(patient: &Patient<'_>) -> Vec<Check> {
    let Patient {
        dir,
        segments,
        machine,
        runtime,
    } = patient;
    let programs: Vec<_> = machine
        .programs
        .iter()
        .map(|program| (program, program::tracking(program, segments, dir)))
        .collect();
    let (loadable, library) = library::check();
    let mut checks = vec![
        place::directory(dir),
        place::room(dir),
        loadable,
        runtime::check(
            library.as_ref().map(Library::path),
            &machine.programs,
            runtime,
        ),
        tracking::processes(machine),
        tracking::switched_on(&programs),
        tracking::preloaded(&programs),
        tracking::reporting(&programs, segments, dir),
        tracking::same_directory(&programs, dir),
        namespaces::check(&programs, segments),
        reading::readable(segments),
    ];
    checks.extend(shown(segments));
    checks.push(remains::check(segments, dir));
    checks
}

/// The checks on what segments say, wherever they come from.
pub(crate) fn shown(segments: &Segments) -> Vec<Check> {
    vec![
        reading::version(segments),
        reading::damage(segments),
        completeness::losses(segments),
        completeness::anomalies(segments),
        completeness::overlaps(segments),
        completeness::totals(segments),
        history::reach(segments),
        history::clock(segments),
    ]
}

/// "pid 4242 (python demo.py)".
fn named(pid: u32, command: &str) -> String {
    const LETTERS: usize = 61;
    format!("pid {pid} ({})", shortened(command, LETTERS, "…"))
}

/// A program, with what keeps it from being seen.
type Tracked<'a> = (&'a Program, program::Tracking);
