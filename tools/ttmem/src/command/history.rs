//! `ttmem history`: every generation of an address.

use super::{Context, sort};
use crate::exit::{Exit, Refused};
use crate::history::{GENERATION, History, Subject, data, text};
use crate::note::note;
use crate::output::{Format, Present, Sink, csv};
use crate::quantity::counted;
use crate::query::Where;
use crate::select::Select;
use crate::source::{Depth, Origin, Source};
use crate::view::Host;
use clap::Args;
use std::io::{self, Write};

/// Flags of `ttmem history`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  ttmem history 0x9c000                    whatever covered this address, and when
  ttmem history 0x9c000+64K -D 0 -t l1     a range, on one chip
  ttmem history 0x9c000..0xa0000 --events  with each event of each generation
  ttmem history '#88'                      the buffer that the runtime calls 88 (or id:88)
  ttmem history 0x9c000 --where 'outcome != freed || double_frees > 0'
  ttmem history 0 --json | jq '.generations[] | select(.outcome == \"live\")'

A generation is one allocation, from its beginning to its end; addresses are on one bank or core. \
Each pool of each process has a history of its own: the same address elsewhere is another buffer.

OUTCOME is live, held_at_death, held_at_exit, freed, replaced_without_free (allocated again with \
another size), pool_cleared, end_unknown (gone, the record of its end overwritten), live_overflow (no \
room in the live table), or unknown_free and double_free for frees that had no allocation. RAISED \
and DROPPED count references that came and went.

Rings overwrite their oldest records. What they no longer tell is said on standard error; what is \
live is always there. Exits with 4 if nothing is known of the address.")]
pub(crate) struct Flags {
    /// An address, a range of them, or the runtime's id of a buffer
    #[arg(value_name = "ADDR", value_parser = Subject::parse)]
    subject: Subject,
    /// List the events of each generation
    #[arg(short, long)]
    events: bool,
    #[command(flatten)]
    select: Select,
    #[command(flatten)]
    wanted: Where,
    #[command(flatten)]
    origin: Origin,
    /// Sort by a field, e.g. allocated, lifetime_s, size, outcome
    #[arg(short, long, value_name = "FIELD")]
    sort: Option<String>,
    #[command(flatten)]
    present: Present,
}

pub(super) fn run(context: &Context, flags: &Flags) -> anyhow::Result<Exit> {
    if flags.events && flags.present.format() == Format::Csv {
        return Err(Refused::usage("a table of generations has no place for --events").into());
    }
    let mut source = Source::open(&context.dir, &flags.origin, &flags.select)?;
    let host = source.look(Depth::Buffers)?;
    let exit = source.judge(&host, flags.present.strict);
    let mut history = History::of(
        flags.subject,
        &mut source,
        &host,
        &flags.select,
        flags.events,
    );
    let nothing = history.generations.is_empty();
    let matched = flags
        .wanted
        .keep(&mut history.generations, GENERATION, host.time_ns)?;
    name_gaps(&history);
    if host.processes.is_empty() {
        source.explain_emptiness(&host);
    } else if nothing {
        note(format_args!("nothing is known of {}", flags.subject));
    }
    matched.say_if_none("generation");
    sort(&mut history.generations, GENERATION, flags.sort.as_deref())?;
    let mut out = flags.present.open(context.color)?;
    write(&mut out, &host, &history, flags)?;
    out.flush()?;
    Ok(match exit {
        Exit::Ok if nothing => Exit::NoTarget,
        Exit::Ok if flags.present.strict && !history.is_complete() => Exit::Inexact,
        other => other,
    })
}

/// Says which generations may be missing.
fn name_gaps(history: &History) {
    for one in &history.coverage {
        let pid = one.origin.pid;
        if one.overwritten > 0 {
            note(format_args!(
                "older generations may be missing: the ring of pid {pid} has overwritten {}",
                counted(one.overwritten, "record")
            ));
        }
        if one.dropped > 0 {
            note(format_args!(
                "generations may be missing: pid {pid} had too many threads for its ring, which left \
                 {} without a record",
                counted(one.dropped, "event")
            ));
        }
    }
}

fn write(out: &mut Sink, host: &Host, history: &History, flags: &Flags) -> io::Result<()> {
    let subject = flags.subject.to_string();
    let generations = &history.generations;
    match flags.present.format() {
        Format::Text => text::generations(out, generations, flags.events, flags.present.bytes),
        Format::Json => data::document(out, host, history, &subject, flags.events),
        Format::Ndjson => data::lines(out, host, history, &subject),
        Format::Csv => csv::table(out, GENERATION, generations),
    }
}
