//! `ttmem ps`: producers, alive and dead.

use super::{Context, sort};
use crate::exit::Exit;
use crate::fields::{Field, PROCESS, columns, field};
use crate::note::note;
use crate::output::json::{self, Parts};
use crate::output::{Format, Present, csv, text};
use crate::owed;
use crate::query::Where;
use crate::select::Select;
use crate::source::{Depth, Origin, Source};
use crate::value::Value;
use crate::view::{Host, Process};
use anstyle::Style;
use clap::Args;
use std::io::{self, Write};
use std::path::Path;
use ttmem_reader::State;

/// Flags of `ttmem ps`.
#[derive(Args, Debug, Default)]
#[command(after_help = "\
Examples:
  ttmem ps                   everybody
  ttmem ps -D 3              who uses device 3
  ttmem ps -s dram_bytes     largest first
  ttmem ps --where 'lost.live_overflow > 0 || !exact'
  ttmem ps --json | jq '.processes[] | select(.state == \"dead\")'

LOST counts what is missing from a producer's totals or records. What a dead producer held is \
shown beside it, and is part of no live sum.")]
pub(crate) struct Flags {
    #[command(flatten)]
    select: Select,
    #[command(flatten)]
    wanted: Where,
    #[command(flatten)]
    origin: Origin,
    /// Sort by a field, e.g. pid, user, dram_bytes, l1_bytes, buffers
    #[arg(short, long, value_name = "FIELD")]
    sort: Option<String>,
    #[command(flatten)]
    present: Present,
}

pub(super) fn run(context: &Context, flags: &Flags) -> anyhow::Result<Exit> {
    let mut source = Source::open(&context.dir, &flags.origin, &flags.select)?;
    let mut host = source.look(Depth::Totals)?;
    let exit = source.judge(&host, flags.present.strict);
    let nobody = host.processes.is_empty();
    flags
        .wanted
        .keep(&mut host.processes, PROCESS, host.time_ns)?
        .say_if_none("process");
    sort(&mut host.processes, PROCESS, flags.sort.as_deref())?;
    let mut out = flags.present.open(context.color)?;
    match flags.present.format() {
        Format::Text if nobody => source.explain_emptiness(&host),
        Format::Text => {
            table(&mut out, &host, flags.present.bytes)?;
            if flags.origin.from.is_none() {
                note_owed(&context.dir, &host);
            }
        }
        Format::Json => {
            json::document(&mut out, &host, Parts::default(), &flags.select, false)?;
        }
        Format::Ndjson => json::lines(&mut out, &host, Parts::default(), &flags.select)?,
        Format::Csv => csv::table(&mut out, PROCESS, &host.processes)?,
    }
    out.flush()?;
    Ok(exit)
}

/// Says who died without giving the dump at exit that was asked for.
fn note_owed(dir: &Path, host: &Host) {
    for process in &host.processes {
        let pid = process.identity.pid;
        if let Some(to) = owed::pending(dir, &process.identity, process.state) {
            note(format_args!(
                "pid {pid} died and owes {to} its dump at exit: 'ttmem dump -p {pid}' shows what it held, \
                 'ttmem reap -p {pid}' gives the dump"
            ));
        }
    }
}

/// Writes producers, one a line.
pub(crate) fn table(out: &mut impl Write, host: &Host, exact: bool) -> io::Result<()> {
    const COLUMNS: [&str; 7] = [
        "pid",
        "user",
        "state",
        "devices",
        "buffers",
        "dram_bytes",
        "l1_bytes",
    ];
    let mut fields: Vec<&Field<Process>> = columns(PROCESS, &COLUMNS);
    let lost = field("lost", "LOST", |one: &Process| Value::Count(one.lost()));
    fields.push(&lost);
    let mark = field("mark", "MARK", |one: &Process| {
        one.short_mark("…")
            .map_or(Value::Unknown, |mark| Value::Text(mark.into()))
    });
    // Most programs set none.
    if host.processes.iter().any(|one| one.mark.is_some()) {
        fields.push(&mark);
    }
    fields.extend(columns(PROCESS, &["command"]));
    text::table(out, &fields, &host.processes, style, exact)
}

/// The dead stand back, the inexact stand out.
pub(crate) fn style(process: &Process) -> Style {
    match process.state {
        _ if !process.exact => text::ALARM,
        State::Running => text::PLAIN,
        State::Dead | State::Exited => text::FAINT,
    }
}
