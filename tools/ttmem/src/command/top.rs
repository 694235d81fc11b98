//! `ttmem top`: the live screen on a terminal, and plain frames elsewhere.

use super::{Context, dump::headline, ps, sort};
use crate::exit::{Exit, Refused};
use crate::fields::{self, DEVICE, PROCESS, TYPE, group};
use crate::output::json::{self, Parts};
use crate::output::text::{self, Table};
use crate::output::{Color, Format, Present, Sink, csv};
use crate::quantity::{parse_duration, share};
use crate::query::Where;
use crate::screen::{Screen, Settings, Theme, View, locale_is_utf8, sort_field};
use crate::select::Select;
use crate::source::{Depth, Origin, Source};
use crate::terminal;
use crate::value::Value;
use crate::view::{Device, Host, in_memory};
use crate::wake::{Wake, Wakes};
use anstream::{AutoStream, ColorChoice};
use clap::Args;
use std::env;
use std::io::{self, Write};
use std::time::Duration;
use ttmem_layout::{BufferType, Memory};

/// Flags of `ttmem top`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  ttmem top                      the live screen; ? lists its keys
  ttmem top --view map -D 2      begin with what lies where on device 2
  ttmem top -1                   one frame
  ttmem top --where 'l1 > 1M'    only processes that hold so much L1
  ttmem top -b -n 10 -i 500ms    ten plain frames, for a log file

L1 is everything that lies there: buffers, circular buffers (CB) and kernels. CORE is the fullest \
core. Only running producers count; '>=' marks a peak of several processes or buffer types, which \
may not have fallen on one moment. --where filters processes: devices stay those of all, and CSV, \
which has devices alone, refuses it. 'Exact so far, changing' means that a program went on allocating \
while it was looked at: nothing is missing, --strict is content, but the figures need not add up.")]
pub(crate) struct Flags {
    /// One frame, then end
    #[arg(short = '1', long, conflicts_with_all = ["batch", "count"])]
    once: bool,
    /// Plain frames, one after the other
    #[arg(short, long)]
    batch: bool,
    /// End after so many frames
    #[arg(short = 'n', long = "count", value_name = "N",
          value_parser = clap::value_parser!(u64).range(1..))]
    count: Option<u64>,
    /// Time between frames, e.g. 500ms
    #[arg(short, long, value_name = "TIME", default_value = "1s", value_parser = parse_duration)]
    interval: Duration,
    /// The view to begin with
    #[arg(long, value_enum, default_value_t, value_name = "VIEW")]
    view: View,
    /// Draw with ASCII signs alone, as on a terminal whose locale is not UTF-8
    #[arg(short = 'U', long)]
    ascii: bool,
    #[command(flatten)]
    select: Select,
    #[command(flatten)]
    wanted: Where,
    #[command(flatten)]
    origin: Origin,
    /// Sort processes by a field, e.g. dram_bytes, l1_bytes, pid
    #[arg(short, long, value_name = "FIELD")]
    sort: Option<String>,
    #[command(flatten)]
    present: Present,
}

impl Default for Flags {
    fn default() -> Self {
        Self {
            once: false,
            batch: false,
            count: None,
            interval: Duration::from_secs(1),
            view: View::default(),
            ascii: false,
            select: Select::default(),
            wanted: Where::default(),
            origin: Origin::default(),
            sort: None,
            present: Present::default(),
        }
    }
}

impl Flags {
    /// Whether frames are wanted one after the other, rather than a screen.
    fn wants_frames(&self) -> bool {
        let present = &self.present;
        self.once
            || self.batch
            || self.count.is_some()
            || present.output.is_some()
            || present.format() != Format::Text
    }

    /// CSV has no processes that a query could leave out.
    fn check(&self) -> Result<(), Refused> {
        match self.wanted.text() {
            Some(_) if self.present.format() == Format::Csv => Err(Refused::usage(
                "--where of top filters processes, and its CSV has devices alone; those of \
                 'ttmem ps --format csv' can be filtered",
            )),
            _ => Ok(()),
        }
    }

    fn settings(&self, context: &Context) -> anyhow::Result<Settings> {
        // What is wrong with it is the same sentence as with frames.
        sort(&mut [], PROCESS, self.sort.as_deref())?;
        let colored = match context.color {
            Color::Auto => AutoStream::choice(&io::stdout()) != ColorChoice::Never,
            Color::Always => true,
            Color::Never => false,
        };
        let ascii = self.ascii || !locale_is_utf8(|name| env::var(name).ok());
        Ok(Settings {
            interval: self.interval,
            exact: self.present.bytes,
            theme: Theme::new(colored, ascii),
            view: self.view,
            sort: self.sort.as_deref().and_then(sort_field),
            wanted: self.wanted.text().map(str::to_owned),
        })
    }
}

pub(super) fn run(context: &Context, flags: &Flags) -> anyhow::Result<Exit> {
    flags.check()?;
    if flags.wants_frames() || !terminal::can_show() {
        return frames(context, flags);
    }
    let source = Source::open(&context.dir, &flags.origin, &flags.select)?;
    let settings = flags.settings(context)?;
    let directory = context.dir.clone();
    let mut screen = Screen::open(source, &settings, directory, flags.present.strict)?;
    terminal::show(&mut screen)?;
    Ok(screen.close())
}

/// Writes frames until told to end.
fn frames(context: &Context, flags: &Flags) -> anyhow::Result<Exit> {
    let mut source = Source::open(&context.dir, &flags.origin, &flags.select)?;
    let mut out = flags.present.open(context.color)?;
    let wakes = (!flags.once).then(Wakes::new).transpose()?;
    let mut frames = 0;
    loop {
        let mut host = source.look(Depth::Totals)?;
        let exit = source.judge(&host, flags.present.strict);
        let matched = flags
            .wanted
            .keep(&mut host.processes, PROCESS, host.time_ns)?;
        if frames == 0 {
            matched.say_if_none("process");
        }
        sort(&mut host.processes, PROCESS, flags.sort.as_deref())?;
        write(&mut out, &host, flags, frames)?;
        out.flush()?;
        frames += 1;
        // Of a saved host every frame is the same.
        let done = (flags.count).map_or(source.is_saved(), |count| frames >= count);
        match wakes.as_ref().filter(|_| !done) {
            Some(wakes) if wakes.wait(flags.interval) != Some(Wake::Stop) => {}
            _ => return Ok(exit),
        }
    }
}

fn write(out: &mut Sink, host: &Host, flags: &Flags, frames: u64) -> io::Result<()> {
    const PARTS: Parts = Parts {
        devices: true,
        buffers: false,
    };
    match flags.present.format() {
        Format::Text => {
            if frames > 0 {
                writeln!(out)?;
            }
            frame(out, host, flags.present.bytes)
        }
        Format::Json => json::document(out, host, PARTS, &flags.select, !flags.once),
        Format::Ndjson => json::lines(out, host, PARTS, &flags.select),
        Format::Csv => rows(out, host, &flags.select, frames == 0),
    }
}

/// Writes one row per chip and buffer type.
fn rows(out: &mut Sink, host: &Host, select: &Select, named: bool) -> io::Result<()> {
    let mut rows = csv::Rows::new(out);
    rows.omit_names();
    if named {
        let mut names = vec!["time".to_owned()];
        names.extend(csv::names(&DEVICE[..2]));
        names.push("type".to_owned());
        names.extend(csv::names(TYPE));
        rows.names(&names)?;
    }
    for device in &host.devices {
        for buffer_type in BufferType::ALL
            .into_iter()
            .filter(|one| select.wants_type(*one))
        {
            let mut figures = vec![("time", Value::Time(host.time_ns))];
            figures.extend(group(&DEVICE[..2], device));
            figures.push(("type", Value::words(buffer_type.name())));
            figures.extend(fields::group(TYPE, device.of(buffer_type)));
            rows.row(&figures)?;
        }
    }
    rows.flush()
}

/// Writes one frame for people.
pub(crate) fn frame(out: &mut impl Write, host: &Host, exact: bool) -> io::Result<()> {
    headline(out, host)?;
    if !host.devices.is_empty() {
        writeln!(out)?;
        devices(out, &host.devices, exact)?;
    }
    if !host.processes.is_empty() {
        writeln!(out)?;
        ps::table(out, host, exact)?;
    }
    Ok(())
}

fn devices(out: &mut impl Write, devices: &[Device], exact: bool) -> io::Result<()> {
    let mut table = Table::new(&[
        "DEVICE",
        "MEMORY",
        "",
        "SHARE",
        "USED",
        "CAPACITY",
        "PEAK",
        "BUFFERS",
        "CB",
        "KERNEL",
        "CORE",
        "CORE PEAK",
    ]);
    let nothing = || Value::words("");
    for device in devices {
        let bytes = |buffer_type| Value::Bytes(device.of(buffer_type).bytes);
        let dram = in_memory(&device.types, Memory::Dram);
        let l1 = in_memory(&device.types, Memory::L1);
        table.row(
            text::PLAIN,
            &[
                Value::Number(device.info.chip.into()),
                Value::words("DRAM"),
                bar(dram, device.info.dram_capacity),
                percent(dram, device.info.dram_capacity),
                Value::Bytes(dram),
                Value::known_bytes(device.info.dram_capacity),
                peak(device, Memory::Dram, exact),
                Value::Bytes(dram),
                nothing(),
                nothing(),
                nothing(),
                nothing(),
            ],
            exact,
        );
        let buffers = device
            .of(BufferType::L1)
            .bytes
            .saturating_add(device.of(BufferType::L1Small).bytes);
        table.row(
            text::PLAIN,
            &[
                nothing(),
                Value::words("L1"),
                bar(l1, device.info.l1_capacity),
                percent(l1, device.info.l1_capacity),
                Value::Bytes(l1),
                Value::known_bytes(device.info.l1_capacity),
                peak(device, Memory::L1, exact),
                Value::Bytes(buffers),
                bytes(BufferType::Cb),
                bytes(BufferType::Kernel),
                Value::Bytes(device.l1_core_bytes),
                Value::Bytes(device.l1_core_peak),
            ],
            exact,
        );
    }
    table.write(out)
}

fn peak(device: &Device, memory: Memory, exact: bool) -> Value<'static> {
    let peak = device.peak(memory);
    let bytes = Value::Bytes(peak.bytes);
    match peak.exact {
        true => bytes,
        false => Value::Text(peak.text(&bytes.text(exact)).into()),
    }
}

fn percent(part: u64, whole: u64) -> Value<'static> {
    share(part, whole).map_or(Value::Unknown, Value::Percent)
}

/// Cells of a bar.
const BAR: usize = 20;

/// `#####...............`: what is in use is never shown as nothing, what is left never as full.
fn bar(part: u64, whole: u64) -> Value<'static> {
    let filled = match share(part, whole) {
        None => return Value::Text("-".repeat(BAR).into()),
        Some(_) if part == 0 => 0,
        Some(_) if part >= whole => BAR,
        Some(percent) => ((percent / 100.0 * BAR as f64).round() as usize).clamp(1, BAR - 1),
    };
    let cells = format!("{}{}", "#".repeat(filled), ".".repeat(BAR - filled));
    Value::Text(cells.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_shows_the_first_byte_and_the_last_one_left() {
        let cells = |part, whole| bar(part, whole).text(false);
        assert_eq!(cells(0, 100), "....................");
        assert_eq!(cells(1, 1_000_000), "#...................");
        assert_eq!(cells(50, 100), "##########..........");
        assert_eq!(cells(999_999, 1_000_000), "###################.");
        assert_eq!(cells(100, 100), "####################");
        assert_eq!(cells(200, 100), "####################");
        assert_eq!(cells(5, 0), "--------------------");
    }
}
