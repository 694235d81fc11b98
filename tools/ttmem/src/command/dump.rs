//! `ttmem dump`: totals and live allocations, now or at death.

use super::{Context, ps, sort};
use crate::exit::Exit;
use crate::fields::{BUFFER, columns};
use crate::output::json::{self, Parts};
use crate::output::{Format, Present, Sink, csv, sheet, text};
use crate::quantity::{counted, parse_duration, time};
use crate::query::Where;
use crate::select::Select;
use crate::source::{Depth, Origin, Source};
use crate::value::harmless;
use crate::view::{Device, Held, Host, alike};
use crate::wake::{Wake, Wakes};
use clap::Args;
use std::io::{self, Write};
use std::time::Duration;
use ttmem_layout::ChipSet;
use ttmem_reader::State;

/// Flags of `ttmem dump`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  ttmem dump                        everything
  ttmem dump -D 0,3-7 -t l1,cb      the L1 of some devices
  ttmem dump -p 4242 -s size        one process, largest buffers first
  ttmem dump --where 'size >= 64M && age > 10m'
  ttmem dump --json -o now.json     for a program
  ttmem dump --watch 2 --format ndjson

BYTES is what is occupied, aligned and over all banks; REQUESTED what was asked for. Live sums \
count running producers; what dead ones held is shown beside them. CSV has the buffers. \
'Exact so far, changing' means that a program went on allocating while it was looked at: nothing is \
missing, --strict is content, but the figures need not add up.")]
pub(crate) struct Flags {
    #[command(flatten)]
    select: Select,
    #[command(flatten)]
    wanted: Where,
    #[command(flatten)]
    origin: Origin,
    /// Sort buffers by a field, e.g. size, age_s, address, type, pid
    #[arg(short, long, value_name = "FIELD")]
    sort: Option<String>,
    /// Repeat until interrupted, e.g. every 2 or 500ms
    #[arg(long, value_name = "SECS", value_parser = parse_duration, conflicts_with = "from")]
    watch: Option<Duration>,
    #[command(flatten)]
    present: Present,
}

pub(super) fn run(context: &Context, flags: &Flags) -> anyhow::Result<Exit> {
    let mut source = Source::open(&context.dir, &flags.origin, &flags.select)?;
    let mut out = flags.present.open(context.color)?;
    let wakes = flags.watch.map(|_| Wakes::new()).transpose()?;
    let mut first = true;
    loop {
        let mut host = source.look(Depth::Buffers)?;
        let matched = flags.wanted.keep(&mut host.buffers, BUFFER, host.time_ns)?;
        if first {
            matched.say_if_none("buffer");
        }
        sort(&mut host.buffers, BUFFER, flags.sort.as_deref())?;
        if flags.present.format() == Format::Text && host.processes.is_empty() {
            source.explain_emptiness(&host);
        } else {
            write(&mut out, &host, flags, first)?;
        }
        out.flush()?;
        let exit = source.judge(&host, flags.present.strict);
        first = false;
        match flags.watch.zip(wakes.as_ref()) {
            Some((pause, wakes)) if wakes.wait(pause) != Some(Wake::Stop) => {}
            _ => return Ok(exit),
        }
    }
}

fn write(out: &mut Sink, host: &Host, flags: &Flags, first: bool) -> io::Result<()> {
    const PARTS: Parts = Parts {
        devices: true,
        buffers: true,
    };
    match flags.present.format() {
        Format::Text => {
            if !first {
                writeln!(out)?;
            }
            text(out, host, &flags.select, flags.present.bytes)
        }
        // A repeated document has to be one a line, or nobody could take the stream apart.
        Format::Json => json::document(out, host, PARTS, &flags.select, flags.watch.is_some()),
        Format::Ndjson => json::lines(out, host, PARTS, &flags.select),
        Format::Csv if flags.watch.is_some() => {
            csv::table_of_moment(out, host.time_ns, BUFFER, &host.buffers, first)
        }
        Format::Csv => csv::table(out, BUFFER, &host.buffers),
    }
}

/// Writes everything for people.
pub(crate) fn text(
    out: &mut impl Write,
    host: &Host,
    select: &Select,
    exact: bool,
) -> io::Result<()> {
    headline(out, host)?;
    // Asked for the dead alone, zeros of what nobody runs on would only stand before the answer.
    let chosen = !select.pids.is_empty();
    let shown = host
        .devices
        .iter()
        .filter(|device| device.producers > 0 || !chosen)
        .cloned();
    for (chips, device) in join_alike(shown) {
        writeln!(out)?;
        let title = alike::devices(chips);
        sheet::write(out, &title, &device, select, exact)?;
    }
    let gone = host
        .processes
        .iter()
        .filter(|one| one.state != State::Running);
    for process in gone {
        for (chips, device) in join_alike(process.holdings.iter().map(Device::alone)) {
            writeln!(out)?;
            let (pid, state) = (process.identity.pid, process.state.name());
            let title = format!("held by pid {pid}, {state}, on {}", alike::devices(chips));
            sheet::write(out, &title, &device, select, exact)?;
        }
    }
    writeln!(out)?;
    ps::table(out, host, exact)?;
    if host.buffers.is_empty() {
        return Ok(());
    }
    writeln!(out)?;
    let mut names = vec!["devices", "type", "address", "size", "refs", "age_s", "pid"];
    if host.buffers.iter().any(|held| held.state != State::Running) {
        names.push("state");
    }
    names.extend(["thread", "sequence"]);
    let style = |held: &Held| {
        if held.state == State::Running {
            text::PLAIN
        } else {
            text::FAINT
        }
    };
    text::table(out, &columns(BUFFER, &names), &host.buffers, style, exact)
}

/// Chips in groups of those that are alike in every figure.
fn join_alike(devices: impl Iterator<Item = Device>) -> Vec<(ChipSet, Device)> {
    let chips = devices.map(|one| (ChipSet::of(one.info.chip).unwrap_or_default(), one));
    let mut groups = alike::join(chips, Device::is_like);
    for (_, device) in groups.iter_mut().filter(|(chips, _)| chips.len() > 1) {
        // What tells them apart is none of the group's.
        device.info.unique_id = 0;
        device.info.pci.clear();
    }
    groups
}

/// Writes which host at which moment, and whether what follows is the whole truth.
pub(crate) fn headline(out: &mut impl Write, host: &Host) -> io::Result<()> {
    let style = if host.exact() {
        text::FINE
    } else {
        text::ALARM
    };
    let verdict = match (host.exact(), host.unreadable) {
        (true, _) if host.moving() => "exact so far, changing".to_owned(),
        (true, _) => "exact".to_owned(),
        (false, 0) => "NOT EXACT".to_owned(),
        (false, unreadable) => {
            format!("NOT EXACT: {} unreadable", counted(unreadable, "segment"))
        }
    };
    let name = harmless(&host.name);
    writeln!(
        out,
        "{name}  {}  {style}{verdict}{style:#}",
        time(host.time_ns)
    )
}
