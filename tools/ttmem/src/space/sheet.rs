//! A picture for people: what there is room for, the bank as a bar, and what lies where.

use super::bar::{draw, owners};
use super::figures::{is_circular, piece_field};
use super::rows::{Row, largest, rows};
use super::{Answer, Circular, Fit, Need, Picture, Piece};
use crate::output::text::{self, Table};
use crate::quantity::counted;
use crate::value::{Value, harmless};
use crate::view::{Host, alike};
use std::io::{self, Write};

/// Below this width there is no room for all columns.
const NARROW: usize = 60;
/// Those that are left out then: whose a buffer is counts for more.
const SPARE: [&str; 3] = ["end", "sequence", "id"];

/// How a picture is shown.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Style {
    /// Columns of the terminal.
    pub(crate) width: usize,
    /// Sizes to the byte.
    pub(crate) exact: bool,
    /// Every buffer in a row of its own.
    pub(crate) all: bool,
}

/// Writes one picture.
pub(crate) fn write(
    out: &mut impl Write,
    picture: &Picture,
    host: &Host,
    style: Style,
) -> io::Result<()> {
    let sheet = Sheet { picture, style };
    sheet.heading(out)?;
    sheet.figures(out)?;
    if let Some(circular) = &picture.circular {
        sheet.circular(out, circular)?;
    }
    sheet.bar(out, host)?;
    if let Some(fit) = &picture.fit {
        return sheet.fit(out, fit);
    }
    sheet.table(out, rows(picture.listed(), style.all))
}

struct Sheet<'a> {
    picture: &'a Picture,
    style: Style,
}

impl Sheet<'_> {
    fn size(&self, bytes: u64) -> String {
        let unit = if self.style.exact { " B" } else { "" };
        Value::Bytes(bytes).text(self.style.exact) + unit
    }

    fn heading(&self, out: &mut impl Write) -> io::Result<()> {
        let picture = self.picture;
        let bold = text::HEADING;
        let devices = alike::devices(picture.chips);
        let name = picture.buffer_type.name();
        write!(out, "{bold}{devices}: {name}{bold:#}")?;
        if let Some(id) = picture.unique_id {
            write!(out, "  {}", Value::Hex(id).text(false))?;
        }
        if let Some((pid, state)) = picture.left_by {
            write!(out, "  as pid {pid}, {}, left it", state.name())?;
        }
        writeln!(out)
    }

    fn figures(&self, out: &mut impl Write) -> io::Result<()> {
        let room = &self.picture.room;
        let Some(region) = self.picture.region else {
            writeln!(
                out,
                "  where its banks are nobody said: the map goes from the lowest buffer to the highest"
            )?;
            return writeln!(out, "  {} of that used", self.size(room.used));
        };
        let banks = counted(region.banks.into(), "bank");
        let (bank, used) = (self.size(room.within.length()), self.size(room.used));
        let free = self.size(room.free);
        writeln!(out, "  {banks} of {bank}; of each {used} used, {free} free")?;
        if room.gaps == 0 {
            return writeln!(out, "  no gap: full");
        }
        let largest = self.size(room.largest.length());
        let at = room.largest.start;
        let fragmented = room.fragmentation().unwrap_or_default() * 100.0;
        writeln!(
            out,
            "  largest gap {largest} at {at:#x}, of {}; fragmentation {fragmented:.1}%",
            counted(room.gaps, "gap")
        )
    }

    fn circular(&self, out: &mut impl Write, one: &Circular) -> io::Result<()> {
        let (start, end) = (one.range.start, one.range.end);
        write!(out, "  circular buffers from {start:#x} to {end:#x}")?;
        match one.limit {
            None => writeln!(out)?,
            Some(limit) if self.picture.room.lowest.is_some() => {
                writeln!(out, ", lowest L1 buffer at {limit:#x}")?;
            }
            Some(limit) => writeln!(out, ", no L1 buffer up to the end at {limit:#x}")?,
        }
        for group in &one.cores {
            let cores = counted(group.count, "core");
            let cores = match group.example.filter(|_| one.cores.len() > 1) {
                Some((x, y)) if group.count == 1 => format!("core {x},{y}"),
                Some((x, y)) => format!("{cores}, e.g. core {x},{y},"),
                None => cores,
            };
            let end = group.end;
            write!(out, "    on {cores} up to {end:#x}: ")?;
            let alarm = text::ALARM;
            match (one.left(end), one.clash(end)) {
                (_, Some(under @ 1..)) => writeln!(
                    out,
                    "{alarm}CLASH{alarm:#}, {} lie under L1 buffers; the program could not be dispatched again",
                    self.size(under)
                )?,
                (Some(left), _) => writeln!(out, "{} left before they clash", self.size(left))?,
                _ => writeln!(out, "how far from L1 buffers is not known")?,
            }
        }
        Ok(())
    }

    fn bar(&self, out: &mut impl Write, host: &Host) -> io::Result<()> {
        let within = self.picture.room.within;
        let (start, end) = (format!("{:#x}", within.start), format!("{:#x}", within.end));
        let around = start.len() + end.len() + "  [] ".len() + 1;
        let owners = owners(self.picture);
        let width = self.style.width.saturating_sub(around).max(8);
        let bar = draw(self.picture, &owners, width);
        if bar.is_empty() {
            return Ok(());
        }
        writeln!(out, "  {start} [{bar}] {end}")?;
        for owner in &owners {
            let process = host
                .processes
                .iter()
                .find(|process| process.identity.pid == owner.pid);
            let command = process.map_or("", |process| &*process.identity.command);
            writeln!(
                out,
                "  {} pid {}  {}, {} of a bank  {}",
                owner.letter,
                owner.pid,
                counted(owner.blocks, "buffer"),
                self.size(owner.bytes),
                harmless(command)
            )?;
        }
        let circular = if self.picture.circular.is_some() {
            ", = circular buffers"
        } else {
            ""
        };
        writeln!(out, "  . free{circular}; small letters: partly")
    }

    fn fit(&self, out: &mut impl Write, fit: &Fit) -> io::Result<()> {
        let Some(per_bank) = fit.per_bank else {
            return writeln!(
                out,
                "  whether it would fit nobody can tell: where the banks are is not known"
            );
        };
        let asked = match fit.need {
            Need::InAll(bytes) => {
                format!(
                    "{}, {} in each bank if its pages spread evenly,",
                    self.size(bytes),
                    self.size(per_bank)
                )
            }
            Need::PerBank(_) => format!("{} in each bank", self.size(per_bank)),
        };
        let bold = text::HEADING;
        match &fit.answer {
            Answer::NotKnown => Ok(()),
            Answer::TooLarge => {
                writeln!(
                    out,
                    "  {bold}{asked} can never fit{bold:#}: that is more than a bank has"
                )
            }
            Answer::Fits { gap } => {
                let (start, end) = (gap.start, gap.end);
                writeln!(
                    out,
                    "  {bold}{asked} fits{bold:#} between {start:#x} and {end:#x}"
                )
            }
            Answer::Clashes { gap } => {
                let (start, end) = (gap.start, gap.end);
                writeln!(
                    out,
                    "  {bold}{asked} fits{bold:#} between {start:#x} and {end:#x}, but only where circular \
                     buffers lie: their program could not be dispatched again"
                )
            }
            Answer::Evict {
                window,
                blocks,
                bytes,
            } => {
                let (free, largest) = (self.size(fit.free), self.size(fit.largest));
                let outside = if self.picture.circular.is_some() {
                    " outside circular buffers"
                } else {
                    ""
                };
                writeln!(
                    out,
                    "  {bold}{asked} does not fit{bold:#}: the largest gap{outside} has {largest}"
                )?;
                if fit.is_enough() {
                    writeln!(
                        out,
                        "  fragmentation, not exhaustion: {free} are free, and moving buffers together would do"
                    )?;
                } else {
                    writeln!(out, "  exhaustion: even in one piece {free} would not do")?;
                }
                let count = counted(blocks.len() as u64, "buffer");
                let (start, end, bytes) = (window.start, window.end, self.size(*bytes));
                writeln!(
                    out,
                    "  the least that would have to go, for {start:#x} to {end:#x}: {count}, {bytes} of a bank"
                )?;
                let going: Vec<Piece> = self.picture.going().cloned().collect();
                self.table(out, rows(&going, self.style.all))
            }
        }
    }

    fn table(&self, out: &mut impl Write, rows: Vec<Row<'_>>) -> io::Result<()> {
        if rows.is_empty() {
            return Ok(());
        }
        let count = rows.len();
        let (rows, below) = match self.style.all {
            true => (rows, None),
            false => largest(rows),
        };
        let mut columns = vec!["address", "end", "per_bank_bytes", "type", "pid", "age_s"];
        if self.picture.left_by.is_some() {
            columns.push("state");
        }
        columns.extend(["sequence", "id"]);
        if self.style.width < NARROW {
            columns.retain(|name| !SPARE.contains(name));
        }
        let fields: Vec<_> = columns
            .iter()
            .filter_map(|name| piece_field(name))
            .collect();
        let mut titles: Vec<_> = fields.iter().map(|field| field.title).collect();
        titles.push("");
        let mut table = Table::new(&titles).indented(2);
        for row in &rows {
            let joined = row.count > 1;
            let mut values: Vec<Value<'_>> = fields
                .iter()
                .map(|field| match field.name {
                    "end" => Value::Hex(row.range.end),
                    "per_bank_bytes" => Value::Bytes(row.range.length()),
                    "age_s" => (field.value)(row.oldest),
                    "sequence" | "id" if joined => Value::Unknown,
                    _ => (field.value)(row.first),
                })
                .collect();
            values.push(Value::Text(self.remark(row).into()));
            table.row(style_of(row), &values, self.style.exact);
        }
        table.write(out)?;
        let Some(below) = below else {
            return Ok(());
        };
        let rest = counted((count - rows.len()) as u64, "row");
        writeln!(
            out,
            "  {rest} more, of {} at most: --all shows them",
            self.size(below)
        )
    }

    /// What a row has to say of itself.
    fn remark(&self, row: &Row<'_>) -> String {
        let circular = self.picture.circular.as_ref();
        let shared = circular.map_or(0, |one| one.range.and(row.range).length());
        match (row.count, &row.first.held) {
            (1, None) if shared > 0 => {
                format!("{} of it under circular buffers", self.size(shared))
            }
            (1, _) => String::new(),
            (count, _) => format!("{} side by side", counted(count as u64, "buffer")),
        }
    }
}

fn style_of(row: &Row<'_>) -> anstyle::Style {
    if row.first.held.is_none() || is_circular(row.first) {
        text::FAINT
    } else {
        text::PLAIN
    }
}
