//! `ttmem log`: what happens, event by event.

use super::Context;
use crate::exit::Exit;
use crate::log::{EVENT, Following, Item, Loss, Tally, write_data, write_line};
use crate::note::note;
use crate::output::text::{ALARM, FAINT};
use crate::output::{Format, Present, Sink, csv};
use crate::quantity::{counted, parse_duration};
use crate::query::Where;
use crate::select::Select;
use crate::source::{Origin, Source};
use crate::value::ranges;
use crate::wake::{Wake, Wakes};
use clap::Args;
use std::io::{self, Write};
use std::time::Duration;
use ttmem_reader::{Start, State};

/// Flags of `ttmem log`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  ttmem log                        all that the rings still hold
  ttmem log -f -p 4242             what one process does from now on
  ttmem log -f -d -t l1,cb -D 0    from the oldest retained record, then on
  ttmem log --where 'event == alloc && type == L1 && size > 1M'
  ttmem log -f --where 'effect in double_free, unknown_free'
  ttmem log --where 'address >= 0x1000 && address < 0x2000 && time > -10m'
  ttmem log -f --format ndjson | jq 'select(.event == \"alloc_failed\")'

The rings overwrite their oldest records. What was overwritten before it could be read is counted \
in a line of its own, and so are events that have no record: of more threads than the ring has room for, or \
rejected by their producer. SIGUSR1 prints the totals so far on standard error. With --json each event \
is a line, as with --format ndjson.")]
pub(crate) struct Flags {
    /// Go on as events come, until interrupted
    #[arg(short, long, conflicts_with = "from")]
    follow: bool,
    /// Start with the oldest retained record (the default without -f)
    #[arg(short = 'd', long)]
    dump: bool,
    /// Time between looks with -f
    #[arg(short, long, value_name = "TIME", default_value = "100ms", value_parser = parse_duration)]
    interval: Duration,
    #[command(flatten)]
    select: Select,
    #[command(flatten)]
    wanted: Where,
    #[command(flatten)]
    origin: Origin,
    #[command(flatten)]
    present: Present,
}

pub(super) fn run(context: &Context, flags: &Flags) -> anyhow::Result<Exit> {
    let wakes = Wakes::new()?.with_totals()?;
    let mut source = Source::open(&context.dir, &flags.origin, &flags.select)?;
    let wanted = flags.wanted.bind(EVENT, source.now_ns())?;
    let mut following = Following::new(&flags.select);
    let start = if flags.follow && !flags.dump {
        Start::Now
    } else {
        Start::Oldest
    };
    let unreadable = following.look(&mut source, start)?;
    name_missing(&following);
    let mut writer = Writer::new(flags.present.open(context.color)?, &flags.present)?;
    let mut tally = Tally::default();
    loop {
        let now_ns = source.now_ns();
        following.sweep(&mut source, |item| {
            if let (Some(wanted), Item::Event(logged)) = (&wanted, item)
                && !wanted.judge(logged)?
            {
                tally.take_unwanted(item);
                return Ok(());
            }
            tally.take(item);
            Ok(writer.write(item, now_ns)?)
        })?;
        writer.flush()?;
        let wake = if flags.follow {
            wakes.wait(flags.interval)
        } else {
            wakes.pending()
        };
        if wake == Some(Wake::Totals) {
            let mut so_far = tally.clone();
            following.close().iter().for_each(|item| so_far.take(item));
            note(so_far.sentence());
        }
        if !flags.follow || wake == Some(Wake::Stop) {
            break;
        }
        following.look(&mut source, start)?;
    }
    for item in following.close() {
        tally.take(&item);
        writer.write(&item, source.now_ns())?;
    }
    writer.flush()?;
    note(tally.sentence());
    let missing = !following.missing_pids().is_empty() || !following.missing_chips().is_empty();
    Ok(if missing {
        Exit::NoTarget
    } else if flags.present.strict && (tally.is_short() || unreadable > 0) {
        Exit::Inexact
    } else {
        Exit::Ok
    })
}

/// Says which processes and devices there are not. With -f they may still come.
fn name_missing(following: &Following) {
    for pid in following.missing_pids() {
        note(format_args!("there is no producer with pid {pid}"));
    }
    let chips = following.missing_chips();
    if !chips.is_empty() {
        note(format_args!("no producer uses device {}", ranges(chips)));
    }
}

/// Writes events in the format asked for.
struct Writer {
    out: Output,
    exact: bool,
    /// Where each line is written first.
    line: String,
}

enum Output {
    Text(Sink),
    Lines(Sink),
    Csv(csv::Rows<Sink>),
}

impl Writer {
    fn new(out: Sink, present: &Present) -> io::Result<Self> {
        let out = match present.format() {
            Format::Text => Output::Text(out),
            Format::Json | Format::Ndjson => Output::Lines(out),
            Format::Csv => {
                let mut rows = csv::Rows::new(out);
                rows.names(&csv::names(EVENT))?;
                Output::Csv(rows)
            }
        };
        Ok(Self {
            out,
            exact: present.bytes,
            line: String::new(),
        })
    }

    /// Writes something that was found out at a moment.
    fn write(&mut self, item: &Item, now_ns: i64) -> io::Result<()> {
        match (&mut self.out, item) {
            (Output::Text(out), Item::Event(logged)) => {
                write_line(out, logged, self.exact, &mut self.line)
            }
            (Output::Text(out), other) => aside(out, other),
            (Output::Lines(out), item) => write_data(out, item, now_ns),
            (Output::Csv(rows), Item::Event(logged)) => rows.fields(EVENT, logged),
            // A table has no place for what is not a row.
            (Output::Csv(_), Item::Lost(..)) => {
                note(words(item));
                Ok(())
            }
            (Output::Csv(_), Item::Gone(..)) => Ok(()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.out {
            Output::Text(out) | Output::Lines(out) => out.flush(),
            Output::Csv(rows) => rows.flush(),
        }
    }
}

fn aside(out: &mut Sink, item: &Item) -> io::Result<()> {
    let style = if matches!(item, Item::Gone(..) | Item::Lost(_, Loss::Older, _)) {
        FAINT
    } else {
        ALARM
    };
    writeln!(out, "{style}-- {}{style:#}", words(item))
}

/// What is not an event, for people.
fn words(item: &Item) -> String {
    let lost = |pid: u32, records: u64, why: &str| {
        format!(
            "lost {} of pid {pid}: {why}; the totals are complete without them",
            counted(records, "record")
        )
    };
    match item {
        Item::Event(_) => String::new(),
        Item::Gone(origin, State::Dead) => format!("pid {} died", origin.pid),
        Item::Gone(origin, _) => format!("pid {} ended", origin.pid),
        Item::Lost(origin, loss, records) => match loss {
            Loss::Older => format!(
                "pid {}: {} had been overwritten before this",
                origin.pid,
                counted(*records, "older record")
            ),
            Loss::Overrun => lost(
                origin.pid,
                *records,
                "overwritten before they could be read",
            ),
            Loss::Dropped => lost(origin.pid, *records, "too many threads for the ring"),
            Loss::Rejected => format!(
                "{} of pid {} rejected: an argument was out of range, or nobody can tell whose memory it is; \
                 in no record and no total",
                counted(*records, "event"),
                origin.pid
            ),
            Loss::Damaged => format!(
                "lost {} of pid {}: they make no sense, its segment is damaged",
                counted(*records, "record"),
                origin.pid
            ),
        },
    }
}
