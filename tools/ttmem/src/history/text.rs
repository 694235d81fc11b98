//! Generations for people.

use super::{GENERATION, Generation};
use crate::fields::columns;
use crate::log::write_line;
use crate::output::text::{self, ALARM, FAINT, HEADING, PLAIN};
use anstyle::Style;
use std::io::{self, Write};

/// Writes generations, one a line; below them, if asked for, the events of each.
pub(crate) fn generations(
    out: &mut impl Write,
    generations: &[Generation],
    with_events: bool,
    exact: bool,
) -> io::Result<()> {
    if generations.is_empty() {
        return Ok(());
    }
    table(out, generations, exact)?;
    let mut line = String::new();
    for generation in generations.iter().filter(|_| with_events) {
        writeln!(out, "\n{HEADING}{}{HEADING:#}", title(generation))?;
        for logged in &generation.events {
            write_line(out, logged, exact, &mut line)?;
        }
        if generation.events.is_empty() {
            writeln!(out, "{FAINT}no record tells of it any more{FAINT:#}")?;
        }
    }
    Ok(())
}

fn table(out: &mut impl Write, generations: &[Generation], exact: bool) -> io::Result<()> {
    let mut names = vec!["pid", "devices", "type", "address", "size", "allocated"];
    let only_end = |one: &Generation| one.ended_ns.is_some() && !one.beginning.is_known();
    if generations.iter().any(only_end) {
        names.push("ended");
    }
    names.extend(["lifetime_s", "outcome", "refs", "raised", "dropped"]);
    if generations.iter().any(|one| one.double_frees > 0) {
        names.push("double_frees");
    }
    names.extend(["thread", "sequence", "mark"]);
    text::table(out, &columns(GENERATION, &names), generations, style, exact)
}

/// What is there stands out, and so does what went wrong.
fn style(generation: &Generation) -> Style {
    if generation.is_wrong() {
        ALARM
    } else if generation.is_held() {
        PLAIN
    } else {
        FAINT
    }
}

fn title(generation: &Generation) -> String {
    let buffer = &generation.buffer;
    let sequence = match buffer.sequence {
        0 => String::new(),
        sequence => format!(", sequence {sequence}"),
    };
    format!(
        "{} {:#x} of pid {}{sequence}: {}",
        buffer.buffer_type.name(),
        buffer.address,
        generation.origin.pid,
        generation.outcome.name()
    )
}
