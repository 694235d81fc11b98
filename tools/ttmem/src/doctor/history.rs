//! How far back records reach, and how exact their times are.

use super::check::Check;
use super::named;
use super::segments::Segments;
use crate::quantity::{count, write_age};
use ttmem_reader::Clock;

/// History that reaches back less than this explains nothing.
const A_MINUTE_NS: u64 = 60_000_000_000;

/// Rings that have overwritten what was not long ago.
pub(super) fn reach(segments: &Segments) -> Check {
    let name = "history";
    let overwritten: Vec<_> = segments
        .all()
        .filter(|(process, _)| process.losses.records_overwritten > 0)
        .map(|(process, facts)| {
            let mut age = String::new();
            write_age(&mut age, facts.reach_ns as f64 / 1e9);
            let who = named(process.identity.pid, &process.identity.command);
            let gone = count(process.losses.records_overwritten);
            let sentence = format!("{who}: {gone} records overwritten, the rest reach back {age}");
            (facts.reach_ns < A_MINUTE_NS, sentence)
        })
        .collect();
    if overwritten.is_empty() {
        return segments.fine(name, "every record is still there");
    }
    let short: Vec<_> = overwritten.iter().filter(|(short, _)| *short).collect();
    if short.is_empty() {
        let all: Vec<_> = overwritten
            .into_iter()
            .map(|(_, sentence)| sentence)
            .collect();
        return segments.fine(name, &all.join("; "));
    }
    Check::warning(
        name,
        "records reach back less than a minute; totals do not depend on them",
    )
    .with(short.into_iter().map(|(_, sentence)| sentence.clone()))
    .advise("start the program with more: TTMEM_RING_RECORDS=1048576 keeps 64 MiB of them")
}

/// Segments whose times are coarse.
pub(super) fn clock(segments: &Segments) -> Check {
    let name = "clock";
    let with = |clock| {
        let of_clock = segments
            .all()
            .filter(move |(_, facts)| facts.clock == clock);
        of_clock.map(|(process, _)| named(process.identity.pid, &process.identity.command))
    };
    let coarse: Vec<_> = with(Some(Clock::Coarse)).chain(with(None)).collect();
    if !coarse.is_empty() {
        return Check::warning(
            name,
            "events of the same few milliseconds carry the same time",
        )
        .with(coarse)
        .advise(
            "start the program without TTMEM_CLOCK=coarse, unless it enters seccomp's strict mode",
        );
    }
    let slower = with(Some(Clock::Monotonic)).count() as u64;
    if slower > 0 {
        let slower = count(slower);
        return segments.fine(
            name,
            &format!("{slower} without a trusted time-stamp counter: exact, but slower"),
        );
    }
    match segments.facts.len() {
        0 if Clock::best() != Clock::Tsc => segments.fine(
            name,
            "no trusted time-stamp counter on this machine: an event costs some nanoseconds more",
        ),
        _ => segments.fine(name, "time-stamp counter"),
    }
}
