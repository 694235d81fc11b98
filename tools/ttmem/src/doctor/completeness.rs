//! What producers lost, what they did wrong, and figures that are hard to believe.

use super::check::Check;
use super::named;
use super::segments::Segments;
use crate::quantity::{counted, counted_by_name, size};
use crate::view::Process;
use ttmem_layout::{BufferType, Memory, anomaly, loss};

/// A producer that has run for so long should have held something.
const A_WHILE_NS: i64 = 30_000_000_000;
/// Less than this in all is suspicious.
const HARDLY_ANYTHING: u64 = 1 << 20;

/// What is missing from totals or records.
pub(super) fn losses(segments: &Segments) -> Check {
    let name = "losses";
    let mut details = Vec::new();
    let mut inexact = false;
    for process in &segments.host.processes {
        let mut lost = counted_by_name(&loss::NAMES, &process.losses.counts);
        if !process.consistent && process.damage.is_empty() {
            lost.push("its counters and its live table did not agree".into());
        }
        inexact |= !process.exact && process.damage.is_empty();
        if !lost.is_empty() {
            details.push(format!("{}: {}", who(process), lost.join(", ")));
        }
    }
    if details.is_empty() {
        return segments.fine(name, "nobody has lost anything");
    }
    let check = if inexact {
        Check::error(name, "totals are incomplete")
    } else {
        Check::warning(
            name,
            "totals are complete, but not every event has a record or a name",
        )
    };
    let mut check = check.with(details);
    let processes = || segments.host.processes.iter();
    let rejected = |process: &Process| process.losses.counts[loss::REJECTED] > 0;
    if processes().any(|process| process.lost() > 0 && !only_rejected(process)) {
        check = check.advise(
            "give the program more room: TTMEM_LIVE_SLOTS for live allocations, TTMEM_RING_RECORDS for \
             records",
        );
    }
    if processes().any(rejected) {
        check = check.advise(
            "rejected are calls with arguments that make no sense, and events of the runtime that could \
             not be attributed: look at what the program's calls return",
        );
    }
    check
}

/// Whether nothing was lost but what was refused.
fn only_rejected(process: &Process) -> bool {
    process.lost() == process.losses.counts[loss::REJECTED]
}

/// What the programs did that they should not have.
pub(super) fn anomalies(segments: &Segments) -> Check {
    let name = "anomalies";
    let details: Vec<_> = segments
        .host
        .processes
        .iter()
        .filter_map(|process| {
            let counts = counted_by_name(&anomaly::NAMES, &process.anomalies.counts);
            (!counts.is_empty()).then(|| format!("{}: {}", who(process), counts.join(", ")))
        })
        .collect();
    if details.is_empty() {
        return segments.fine(name, "no bad free, nothing replaced without a free");
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
        return segments.fine(name, "no live ranges overlap");
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
            Some(_) => segments.fine(
                name,
                "nobody who has run for a while holds suspiciously little",
            ),
            None if segments.faults.is_empty() => Check::not_applicable(name, "nobody is at work"),
            None => segments.fine(name, "nobody is at work"),
        };
    }
    Check::warning(name, "suspiciously little")
        .with(suspects)
        .advise("ttmem doctor's checks 'runtime' and 'losses' say whether something is not tracked")
        .advise("the program's standard error has a line that begins with 'ttmem:' if so")
}

/// Judged by what it ever held: who has freed everything is not suspicious.
fn suspicion(process: &Process) -> Option<String> {
    let most = |memory| {
        let types = BufferType::ALL
            .into_iter()
            .filter(|one| one.memory() == memory);
        let peaks = types.map(|one| process.types[one as usize].peak_bytes);
        peaks.fold(0, u64::saturating_add)
    };
    let (dram, l1) = (most(Memory::Dram), most(Memory::L1));
    if dram.saturating_add(l1) < HARDLY_ANYTHING {
        let all = size(dram.saturating_add(l1));
        return Some(format!("never more than {all} in all"));
    }
    (l1 == 0).then(|| format!("up to {} in DRAM, and never anything in L1", size(dram)))
}

fn who(process: &Process) -> String {
    named(process.identity.pid, &process.identity.command)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Verdict;
    use crate::view::sample::{self, Sample};
    use ttmem_reader::State;

    fn producer(dram_bytes: u64) -> Sample {
        sample::seen(10, State::Running, &[(0, 7, dram_bytes)])
    }

    #[test]
    fn lost_totals_are_worse_than_lost_records() {
        let verdict = |which: Option<usize>| {
            let mut one = producer(64);
            if let Some(which) = which {
                one.snapshot.losses.counts[which] = 3;
            }
            losses(&Segments::of(&[one])).verdict
        };
        assert_eq!(verdict(None), Verdict::Ok);
        assert_eq!(verdict(Some(loss::RECORDS_DROPPED)), Verdict::Warning);
        assert_eq!(verdict(Some(loss::LIVE_OVERFLOW)), Verdict::Error);
        let mut torn = producer(64);
        torn.snapshot.consistent = false;
        let check = losses(&Segments::of(&[torn]));
        assert_eq!(check.verdict, Verdict::Error);
        assert!(
            check.details[0].starts_with("pid 10 (python demo.py): "),
            "{check:?}"
        );
    }

    #[test]
    fn little_is_suspicious_after_a_while_only() {
        let judged = |bytes, l1_peak, age_s: i64, state| {
            let mut one = sample::seen(10, state, &[(0, 7, bytes)]);
            one.identity.attached_ns = sample::NOW - age_s * 1_000_000_000;
            one.snapshot.devices[0].types[BufferType::L1 as usize].peak_bytes = l1_peak;
            totals(&Segments::of(&[one]))
        };
        let verdict = |bytes, l1_peak, age_s| judged(bytes, l1_peak, age_s, State::Running).verdict;
        assert_eq!(verdict(1 << 30, 4096, 3600), Verdict::Ok);
        assert_eq!(verdict(4096, 4096, 3600), Verdict::Warning);
        assert_eq!(verdict(4096, 0, 5), Verdict::Ok);
        assert_eq!(verdict(1 << 30, 0, 5), Verdict::Ok);
        let only_dram = judged(1 << 30, 0, 3600, State::Running);
        assert_eq!(only_dram.verdict, Verdict::Warning);
        assert!(
            only_dram.details[0].contains("never anything in L1"),
            "{only_dram:?}"
        );
        // What is gone has let go of everything, or is a black box: neither is suspicious.
        assert_eq!(
            judged(4096, 0, 3600, State::Dead).verdict,
            Verdict::NotApplicable
        );
    }
}
