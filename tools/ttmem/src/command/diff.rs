//! `ttmem diff`: what appeared, vanished and grew between two states.

use super::{Context, dump, sort};
use crate::difference::data::Told;
use crate::difference::{Difference, GROUP, text};
use crate::exit::{Exit, Refused};
use crate::fields::BUFFER;
use crate::grouping::{Aspect, By};
use crate::output::{Format, Present, Sink};
use crate::query::{Matched, Where};
use crate::select::Select;
use crate::source::{Depth, Source};
use crate::view::Host;
use clap::Args;
use std::io::{self, Write};
use std::path::PathBuf;

/// Flags of `ttmem diff`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  ttmem save warm.ttmem              keep the state now ...
  ttmem diff warm.ttmem              ... and see later what has changed since
  ttmem diff warm.ttmem end.ttmem --buffers
  ttmem diff monday.ttmem tuesday.ttmem --by devices,size
                                     two runs of a program: do not tell processes apart

The totals are those of each chip, with what dead processes hold. A process is the same if its segment \
is; an allocation is the same if nobody freed it in between. CSV has the groups, or with --buffers \
the single allocations. Exits with 0 whether or not anything changed.")]
pub(crate) struct Flags {
    /// A file of 'ttmem save'
    #[arg(value_name = "BEFORE")]
    before: PathBuf,
    /// Another one [default: what is live now]
    #[arg(value_name = "AFTER")]
    after: Option<PathBuf>,
    #[command(flatten)]
    select: Select,
    #[command(flatten)]
    wanted: Where,
    /// What the allocations of a group have in common, beside their type: process, devices, size
    #[arg(
        long,
        value_name = "LIST",
        value_delimiter = ',',
        hide_possible_values = true,
        default_value = "process,devices,size"
    )]
    by: Vec<Aspect>,
    /// List the single allocations that appeared and vanished
    #[arg(long)]
    buffers: bool,
    /// Sort groups by a field, e.g. bytes_change, size, buffers_after
    #[arg(short, long, value_name = "FIELD")]
    sort: Option<String>,
    #[command(flatten)]
    present: Present,
}

pub(super) fn run(context: &Context, flags: &Flags) -> anyhow::Result<Exit> {
    if flags.by.contains(&Aspect::Mark) {
        let sentence = "two states cannot be compared by mark: there are process, devices, size";
        return Err(Refused::usage(sentence).into());
    }
    let mut before = Source::saved(&flags.before, &flags.select)?;
    let mut after = match &flags.after {
        Some(file) => Source::saved(file, &flags.select)?,
        None => Source::new(&context.dir, &flags.select),
    };
    let mut was = before.look(Depth::Buffers)?;
    let mut is = after.look(Depth::Buffers)?;
    miss_only_in_both(&mut was, &mut is);
    let mut matched = Matched::default();
    for host in [&mut was, &mut is] {
        matched = matched.and(flags.wanted.keep(&mut host.buffers, BUFFER, host.time_ns)?);
    }
    matched.say_if_none("buffer");
    let mut difference = Difference::between(&was, &is, By::of(&flags.by));
    sort(&mut difference.groups, GROUP, flags.sort.as_deref())?;

    let mut out = flags.present.open(context.color)?;
    let told = Told {
        before: &was,
        after: &is,
        difference: &difference,
        listed: flags.buffers,
    };
    match flags.present.format() {
        Format::Text => {
            headlines(&mut out, &was, &is)?;
            text::write(&mut out, &difference, flags.buffers, flags.present.bytes)?;
        }
        Format::Json => told.document(&mut out)?,
        Format::Ndjson => told.lines(&mut out)?,
        Format::Csv => told.table(&mut out)?,
    }
    out.flush()?;
    let strict = flags.present.strict;
    Ok(
        match (before.judge(&was, strict), after.judge(&is, strict)) {
            (Exit::Ok, after) => after,
            (before, _) => before,
        },
    )
}

fn headlines(out: &mut Sink, before: &Host, after: &Host) -> io::Result<()> {
    write!(out, "before  ")?;
    dump::headline(out, before)?;
    write!(out, "after   ")?;
    dump::headline(out, after)
}

/// What one of them has is there: it came or went. What neither has is said once.
fn miss_only_in_both(before: &mut Host, after: &mut Host) {
    let missing = std::mem::take(&mut before.missing_pids);
    after.missing_pids.retain(|pid| missing.contains(pid));
    let missing = std::mem::take(&mut before.missing_chips);
    after.missing_chips = after.missing_chips.and(missing);
}
