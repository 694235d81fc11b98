//! What producers lost, what they did wrong, and figures that are hard to believe.

use super::check::Check;
use super::named;
use super::segments::Segments;
use crate::quantity::{count, counted, size};
use crate::view::{Process, in_memory};
use ttmem_layout::{Memory, anomaly, loss};

/// A producer that has run for so long should hold something.
const A_WHILE_NS: i64 = 30_000_000_000;
/// Less than this in all is suspicious.
const HARDLY_ANYTHING: u64 = 1 << 20;

/// What is missing from totals or records.
pub(super) fn losses(segments: &Segments) -> Check {
    let name = "losses";
    let mut details = Vec::new();
    let mut inexact = false;
    for process in &segments.host.processes {
        let mut lost = counts(&loss::NAMES, &process.losses.counts);
        if !process.consistent && process.damage.is_empty() {
            lost.push("its counters and its live table did not agree".into());
        }
        inexact |= !process.exact && process.damage.is_empty();
        if !lost.is_empty() {
            details.push(format!("{}: {}", who(process), lost.join(", ")));
        }
    }
    if details.is_empty() {
        return Check::ok(name, "nobody has lost anything");
    }
    let check = if inexact {
        Check::error(name, "totals are incomplete")
    } else {
        Check::warning(
            name,
            "totals are complete, but not every event has a record or a name",
        )
    };
    check.with(details).advise(
        "give the program more room: TTMEM_LIVE_SLOTS for live allocations, TTMEM_RING_RECORDS for \
         records",
    )
}

/// What the programs did that they should not have.
pub(super) fn anomalies(segments: &Segments) -> Check {
    let name = "anomalies";
    let details: Vec<_> = segments
        .host
        .processes
        .iter()
        .filter_map(|process| {
            let counts = counts(&anomaly::NAMES, &process.anomalies.counts);
            (!counts.is_empty()).then(|| format!("{}: {}", who(process), counts.join(", ")))
        })
        .collect();
    if details.is_empty() {
        return Check::ok(name, "no bad free, nothing replaced without a free");
    }
    Check::warning(name, "allocations and frees do not match")
        .with(details)
        .advise("ttmem log shows them, ttmem history ADDR what an address went through")
}

/// Live ranges that lie on one another.
pub(super) fn overlaps(segments: &Segments) -> Check {
    let name = "overlaps";
    let found = &segments.host.overlaps;
    if found.is_empty() {
        return Check::ok(name, "no live ranges overlap");
    }
    let number = counted(found.len() as u64, "pair");
    Check::warning(
        name,
        format!("{number} of live ranges overlap: their bytes count twice"),
    )
    .with(found.iter().map(|one| one.sentence()))
    .advise("a submesh and its parent both allocate: let one of them do it")
}

/// Producers that hold less than can be.
pub(super) fn totals(segments: &Segments) -> Check {
    let name = "totals";
    let suspects: Vec<_> = segments
        .running()
        .filter(|process| {
            segments
                .host
                .time_ns
                .saturating_sub(process.identity.attached_ns)
                > A_WHILE_NS
        })
        .filter_map(|process| Some(format!("{}: {}", who(process), suspicion(process)?)))
        .collect();
    if suspects.is_empty() {
        return match segments.running().next() {
            Some(_) => Check::ok(
                name,
                "nobody who has run for a while holds suspiciously little",
            ),
            None => Check::not_applicable(name, "nobody is at work"),
        };
    }
    Check::warning(name, "suspiciously little")
        .with(suspects)
        .advise("ttmem doctor's checks 'runtime' and 'losses' say whether something is not tracked")
        .advise("the program's standard error has a line that begins with 'ttmem:' if so")
}

fn suspicion(process: &Process) -> Option<String> {
    let (dram, l1) = (
        in_memory(&process.types, Memory::Dram),
        in_memory(&process.types, Memory::L1),
    );
    let of_l1 = |totals: &&ttmem_reader::TypeTotals| totals.peak_bytes;
    let peaks = ttmem_layout::BufferType::ALL
        .into_iter()
        .filter(|one| one.memory() == Memory::L1);
    let l1_ever = peaks
        .map(|one| of_l1(&&process.types[one as usize]))
        .max()
        .unwrap_or(0);
    if dram.saturating_add(l1) < HARDLY_ANYTHING {
        return Some(format!("{} in all", size(dram.saturating_add(l1))));
    }
    (dram > 0 && l1_ever == 0).then(|| format!("{} in DRAM, and never anything in L1", size(dram)))
}

fn who(process: &Process) -> String {
    named(process.identity.pid, &process.identity.command)
}

fn counts(names: &[&str], counts: &[u64]) -> Vec<String> {
    let counted = names.iter().zip(counts).filter(|(_, number)| **number > 0);
    let worded =
        counted.map(|(name, number)| format!("{} {}", name.replace('_', " "), count(*number)));
    worded.collect()
}
