//! `ttmem map`: what lies where in a bank, the gaps, and what would have to go.

use super::{Context, dump};
use crate::exit::{Exit, Refused};
use crate::note::note;
use crate::output::{Format, Present, Sink};
use crate::quantity::parse_size;
use crate::query::{Matched, Where};
use crate::select::Select;
use crate::source::{Depth, Origin, Source};
use crate::space::data;
use crate::space::figures::PIECE;
use crate::space::sheet::{self, Style};
use crate::space::{BANKED, Need, Picture, pictures};
use crate::view::Host;
use clap::Args;
use std::io::{self, IsTerminal, Write};
use ttmem_layout::BufferType;

/// Columns where there is no terminal to ask.
const WIDTH: usize = 100;

/// Flags of `ttmem map`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  ttmem map -D 3 -t l1                 the L1 of one chip, and how far it is from a clash
  ttmem map -t dram                    the DRAM of every chip; those in lock step once
  ttmem map -D 3 -t l1 --fit 64M       would 64 MiB over all banks fit? what would have to go?
  ttmem map -t l1 --per-bank 910208    the same, as an out-of-memory message puts it
  ttmem map -p 4242 -t l1              as a dead process left it
  ttmem map -D 3 -t l1 --where 'type == free && per_bank > 64K'
  ttmem map --format csv -o map.csv    every buffer and gap

Addresses are those of one bank: an allocation lies at the same address in every bank of its \
chips. Gaps are what the allocator could hand out; with -p, that of one process. It knows nothing \
of circular buffers: they lie in what is free, from the beginning of L1 up, and a program is \
refused (a clash) when they would reach an L1 buffer. Fragmentation is the part of what is free \
that lies outside the largest gap.")]
pub(crate) struct Flags {
    #[command(flatten)]
    select: Select,
    #[command(flatten)]
    wanted: Where,
    #[command(flatten)]
    origin: Origin,
    /// Say whether so many bytes, over all banks, would fit, and what would have to go
    #[arg(long, value_name = "SIZE", value_parser = parse_size, conflicts_with = "per_bank")]
    fit: Option<u64>,
    /// The same for so many bytes in each bank
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    per_bank: Option<u64>,
    /// Show every buffer and gap in a row of its own, however many
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    present: Present,
}

pub(super) fn run(context: &Context, flags: &Flags) -> anyhow::Result<Exit> {
    let types = types(&flags.select)?;
    let mut source = Source::open(
        &context.dir,
        &flags.origin,
        &looked_at(&flags.select, &types),
    )?;
    let mut out = flags.present.open(context.color)?;
    let host = source.look(Depth::Buffers)?;
    let mut pictures = pictures(&host, &types, !flags.select.pids.is_empty());
    let need = flags.fit.map(Need::InAll);
    if let Some(need) = need.or(flags.per_bank.map(Need::PerBank)) {
        pictures.iter_mut().for_each(|picture| picture.fit(need));
    }
    list_wanted(&mut pictures, &flags.wanted, host.time_ns)?;
    let format = flags.present.format();
    if format == Format::Text && host.processes.is_empty() {
        source.explain_emptiness(&host);
    } else {
        write(&mut out, &host, &pictures, flags)?;
    }
    out.flush()?;
    if format == Format::Text && pictures.is_empty() && !host.processes.is_empty() {
        note("nothing lies in what was asked for, and nobody said where its banks are");
    }
    Ok(source.judge(&host, flags.present.strict))
}

/// Leaves of the lists what matches; figures and bars stay those of everything.
fn list_wanted(pictures: &mut [Picture], wanted: &Where, now_ns: i64) -> anyhow::Result<()> {
    let Some(wanted) = wanted.bind(PIECE, now_ns)? else {
        return Ok(());
    };
    let mut matched = Matched::default();
    for picture in pictures {
        let mut asked = Vec::new();
        for piece in &picture.pieces {
            if wanted.judge(piece)? {
                asked.push(piece.clone());
            }
        }
        matched = matched.and(Matched {
            all: picture.pieces.len(),
            left: asked.len(),
        });
        picture.asked = Some(asked);
    }
    matched.say_if_none("piece");
    Ok(())
}

/// The regions that are asked for.
fn types(select: &Select) -> anyhow::Result<Vec<BufferType>> {
    let wanted = |buffer_type: &BufferType| {
        select.wants_type(*buffer_type)
            // Circular buffers are shown where they lie.
            || *buffer_type == BufferType::L1 && select.types.contains(&BufferType::Cb)
    };
    let types: Vec<_> = BANKED.into_iter().filter(wanted).collect();
    if types.is_empty() {
        let names = select.types.iter().map(|one| one.name());
        return Err(Refused::usage(format!(
            "{} has no map: there are those of dram, trace, l1 (with its circular buffers) and l1_small",
            names.collect::<Vec<_>>().join(", ")
        ))
        .into());
    }
    Ok(types)
}

/// What has to be looked at for that.
fn looked_at(select: &Select, types: &[BufferType]) -> Select {
    let mut select = select.clone();
    select.types = types.to_vec();
    if types.contains(&BufferType::L1) {
        select.types.push(BufferType::Cb);
    }
    select
}

fn write(out: &mut Sink, host: &Host, pictures: &[Picture], flags: &Flags) -> io::Result<()> {
    match flags.present.format() {
        Format::Text => {
            let style = Style {
                width: width(&flags.present),
                exact: flags.present.bytes,
                all: flags.all,
            };
            text(out, host, pictures, style)
        }
        Format::Json => data::document(out, host, pictures),
        Format::Ndjson => data::lines(out, host, pictures),
        Format::Csv => data::table(out, pictures),
    }
}

/// Writes everything for people.
pub(crate) fn text(
    out: &mut impl Write,
    host: &Host,
    pictures: &[Picture],
    style: Style,
) -> io::Result<()> {
    dump::headline(out, host)?;
    for picture in pictures {
        writeln!(out)?;
        sheet::write(out, picture, host, style)?;
    }
    Ok(())
}

/// Columns of the terminal that the map goes to.
fn width(present: &Present) -> usize {
    if present.output.is_some() || !io::stdout().is_terminal() {
        return WIDTH;
    }
    ratatui::crossterm::terminal::size().map_or(WIDTH, |(columns, _)| columns.into())
}
