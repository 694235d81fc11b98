//! What a run has to say when it is over.

use super::{Ended, Failures};
use crate::fields::{BUFFER, HOST, columns, group};
use crate::grouping::{Sum, on_all_chips};
use crate::leaks::{but_for_the_runtimes_own, of_a_program};
use crate::output::json;
use crate::output::text::{ALARM, FINE, PLAIN, Table};
use crate::quantity::{counted, counted_by_name};
use crate::select::Select;
use crate::value::{Value, harmless, ranges};
use crate::view::{Held, Host, Process};
use std::io::{self, Write};
use ttmem_layout::{BufferType, ChipSet, Memory, anomaly, loss};
use ttmem_reader::{State, TypeTotals};

/// Buffers listed one by one; a program that ends without closing its device may hold thousands.
const LISTED: usize = 10;

/// A run that is over.
pub(crate) struct Report<'a> {
    /// Its processes and what they held.
    pub(crate) host: &'a Host,
    /// The allocations that failed.
    pub(crate) failures: &'a [Failures],
    /// What only the closing of its device freed.
    pub(crate) closed: &'a [Held],
    /// How the program ended.
    pub(crate) ended: &'a Ended,
    /// What was run.
    pub(crate) command: String,
}

impl Report<'_> {
    /// What was live when its process ended. Circular buffers and kernels are not: they belong to
    /// programs that stay cached on purpose.
    pub(crate) fn left(&self) -> impl Iterator<Item = &Held> {
        self.host
            .buffers
            .iter()
            .filter(|held| held.state != State::Running && !of_a_program(held))
    }

    /// How much that is in each memory, on all chips; with what only closing the device freed, if
    /// that is to count as well.
    pub(crate) fn leaked(&self, closed: bool) -> Sum {
        let closed = closed.then(|| but_for_the_runtimes_own(self.closed));
        Sum::of(self.left().chain(closed.into_iter().flatten()))
    }

    /// For a program.
    pub(crate) fn json(&self, out: &mut impl Write) -> io::Result<()> {
        let mut figures = group(HOST, self.host);
        figures.push(("command", Value::words(&self.command)));
        figures.push(("status", Value::Number(self.ended.code().into())));
        figures.push(("run_id", Value::Hex(self.ended.run_id)));
        figures.push(("duration_s", Value::Seconds(self.ended.time.as_secs_f64())));
        let (left, closed) = (Sum::of(self.left()), Sum::of(self.closed));
        for (name, sum, memory) in [
            ("left_dram_bytes", &left, Memory::Dram),
            ("left_l1_bytes", &left, Memory::L1),
            ("left_host_bytes", &left, Memory::Host),
            ("freed_by_closing_dram_bytes", &closed, Memory::Dram),
            ("freed_by_closing_l1_bytes", &closed, Memory::L1),
            ("freed_by_closing_host_bytes", &closed, Memory::Host),
        ] {
            figures.push((name, Value::Bytes(sum.bytes_in(memory))));
        }
        let processes = self
            .host
            .processes
            .iter()
            .map(|one| json::process(one, &Select::default()));
        figures.push(("processes", Value::List(processes.collect())));
        let failures = self.failures.iter().map(Failures::figures);
        figures.push(("failures", Value::List(failures.collect())));
        let buffers = self.left().map(|held| Value::Group(group(BUFFER, held)));
        figures.push(("left", Value::List(buffers.collect())));
        let buffers = self.closed.iter();
        let buffers = buffers.map(|held| Value::Group(group(BUFFER, held)));
        figures.push(("freed_by_closing", Value::List(buffers.collect())));
        json::pretty(out, &Value::Group(figures))
    }

    /// For people.
    pub(crate) fn text(&self, out: &mut impl Write, exact: bool) -> io::Result<()> {
        let processes = self.host.processes.len() as u64;
        writeln!(
            out,
            "ttmem: {} {} after {:.1} s; {} reported",
            harmless(&self.command),
            self.ended.words(),
            self.ended.time.as_secs_f64(),
            counted(processes, "process"),
        )?;
        if processes == 0 {
            return writeln!(
                out,
                "ttmem: nothing to report: no process opened a device (or none that loads the \
                 runtime dynamically)"
            );
        }
        for process in &self.host.processes {
            self.process(out, process, exact)?;
        }
        Ok(())
    }

    fn process(&self, out: &mut impl Write, process: &Process, exact: bool) -> io::Result<()> {
        let verdict = match (process.exact, process.moving) {
            (true, true) => "exact so far, changing",
            (true, false) => "exact",
            (false, _) => "NOT EXACT",
        };
        let style = if process.exact { FINE } else { ALARM };
        writeln!(
            out,
            "\npid {}  {}  {style}{verdict}{style:#}  {}",
            process.identity.pid,
            process.state.name(),
            harmless(&process.identity.command)
        )?;
        totals(process).write(out, exact)?;
        cores(out, process, exact)?;
        let mut failures = self.failures.iter();
        if let Some(failures) = failures.find(|one| one.segment == process.segment) {
            for line in failures.lines(exact) {
                writeln!(out, "  {ALARM}{line}{ALARM:#}")?;
            }
        }
        self.leftovers(out, process, exact)?;
        self.freed_by_closing(out, process, exact)?;
        let mut lost = counted_by_name(&loss::NAMES, &process.losses.counts);
        if process.losses.records_overwritten > 0 {
            let overwritten = crate::quantity::count(process.losses.records_overwritten);
            lost.push(format!("history begins after {overwritten} older records"));
        }
        if !lost.is_empty() {
            writeln!(out, "  lost: {}", lost.join(", "))?;
        }
        let wrong = counted_by_name(&anomaly::NAMES, &process.anomalies.counts);
        if !wrong.is_empty() {
            writeln!(out, "  the program did: {}", wrong.join(", "))?;
        }
        if let Some(reason) = process.inexact_because() {
            writeln!(out, "  {ALARM}{}{ALARM:#}", harmless(&reason))?;
        }
        Ok(())
    }

    fn freed_by_closing(
        &self,
        out: &mut impl Write,
        process: &Process,
        exact: bool,
    ) -> io::Result<()> {
        let mine = |held: &&Held| *held.segment == *process.segment;
        let sum = Sum::of(self.closed.iter().filter(mine));
        if sum.buffers == 0 {
            return Ok(());
        }
        writeln!(
            out,
            "  freed only by closing the device: {}: {}",
            counted(sum.buffers, "buffer"),
            sum.by_memory(exact)
        )
    }

    fn leftovers(&self, out: &mut impl Write, process: &Process, exact: bool) -> io::Result<()> {
        let mut left: Vec<_> = self
            .left()
            .filter(|held| *held.segment == *process.segment)
            .collect();
        if left.is_empty() {
            return match process.state {
                State::Running => writeln!(out, "  still running"),
                _ => writeln!(out, "  no buffer was live at the end"),
            };
        }
        let sum = Sum::of(left.iter().copied());
        writeln!(
            out,
            "  live at the end: {}: {}",
            counted(sum.buffers, "buffer"),
            sum.by_memory(exact)
        )?;
        left.sort_by_key(|held| std::cmp::Reverse(on_all_chips(held)));
        let fields = columns(
            BUFFER,
            &["devices", "type", "address", "size", "refs", "age_s"],
        );
        let mut table =
            Table::new(&fields.iter().map(|field| field.title).collect::<Vec<_>>()).indented(4);
        for held in left.iter().take(LISTED) {
            let row: Vec<_> = fields.iter().map(|field| (field.value)(held)).collect();
            table.row(PLAIN, &row, exact);
        }
        table.write(out)?;
        if left.len() > LISTED {
            writeln!(out, "    and {} more", left.len() - LISTED)?;
        }
        Ok(())
    }
}

/// The largest figures of each type, chips that agree on one line.
struct Totals(Vec<(ChipSet, BufferType, TypeTotals)>);

fn totals(process: &Process) -> Totals {
    let mut rows: Vec<(ChipSet, BufferType, TypeTotals)> = Vec::new();
    for holding in &process.holdings {
        let chip = ChipSet::of(holding.info.chip).unwrap_or_default();
        for buffer_type in BufferType::ALL {
            let totals = holding.of(buffer_type);
            if totals.allocs == 0 && totals.bytes == 0 {
                continue;
            }
            match rows
                .iter_mut()
                .find(|row| row.1 == buffer_type && row.2 == *totals)
            {
                Some(row) => row.0 = row.0.or(chip),
                None => rows.push((chip, buffer_type, *totals)),
            }
        }
    }
    rows.sort_by_key(|row| (row.1, row.0.0.trailing_zeros()));
    Totals(rows)
}

impl Totals {
    fn write(&self, out: &mut impl Write, exact: bool) -> io::Result<()> {
        if self.0.is_empty() {
            return writeln!(out, "  allocated nothing");
        }
        let titles = [
            "TYPE", "DEVICES", "PEAK", "AT END", "BUFFERS", "ALLOCS", "FREES",
        ];
        let mut table = Table::new(&titles).indented(2);
        for (chips, buffer_type, totals) in &self.0 {
            let each = if chips.len() > 1 { " each" } else { "" };
            let row = [
                Value::words(buffer_type.name()),
                Value::Text(format!("{}{each}", ranges(*chips)).into()),
                Value::Bytes(totals.peak_bytes),
                Value::Bytes(totals.bytes),
                Value::Count(totals.buffers),
                Value::Count(totals.allocs),
                Value::Count(totals.frees),
            ];
            table.row(PLAIN, &row, exact);
        }
        table.write(out)
    }
}

/// The fullest core of all chips: what decides whether the next program fits.
fn cores(out: &mut impl Write, process: &Process, exact: bool) -> io::Result<()> {
    let peak = process
        .holdings
        .iter()
        .map(|holding| holding.l1_core_peak)
        .max()
        .unwrap_or(0);
    if peak == 0 {
        return Ok(());
    }
    let fullest = || {
        process
            .holdings
            .iter()
            .filter(|holding| holding.l1_core_peak == peak)
    };
    let capacity = match fullest().map(|holding| holding.info.l1_core_capacity).max() {
        None | Some(0) => String::new(),
        Some(capacity) => format!(" of {}", Value::Bytes(capacity).text(exact)),
    };
    let chips = fullest()
        .filter_map(|holding| ChipSet::of(holding.info.chip))
        .fold(ChipSet::EMPTY, ChipSet::or);
    writeln!(
        out,
        "  fullest core: peak {}{capacity} of L1, on {} {}",
        Value::Bytes(peak).text(exact),
        if chips.len() == 1 {
            "device"
        } else {
            "devices"
        },
        ranges(chips)
    )
}
