//! From attaching to the first totals, and what reading a full ring of the default size costs.

use super::bare::Bare;
use super::holder::{Holder, Holding};
use super::mapped::Mapped;
use super::rows;
use super::tool::Tool;
use super::totals::Totals;
use super::tries::{each, in_few_turns, in_turns, until_done};
use crate::part::Part;
use crate::results::Results;
use crate::row::Row;
use anyhow::{Result, ensure};
use std::path::{Path, PathBuf};
use ttmem_layout::CHUNK_RECORDS;
use ttmem_reader::{Segment, Start};

/// A segment of the default size with a full ring, whose producer lives and does nothing.
pub(super) struct RingLines {
    directory: PathBuf,
    prepared: Option<Prepared>,
}

struct Prepared {
    holder: Holder,
    segment: Segment,
    bare: Bare,
    records: u64,
    directory: PathBuf,
    /// The tool was seen to print every event.
    complete: bool,
}

impl RingLines {
    pub(super) fn new(directory: &Path) -> Self {
        Self {
            directory: directory.join("ring"),
            prepared: None,
        }
    }
}

impl Part for RingLines {
    fn name(&self) -> &'static str {
        "ring"
    }

    fn round(&mut self, results: &mut Results) -> Result<()> {
        let prepared = match &mut self.prepared {
            Some(prepared) => prepared,
            none => none.insert(Prepared::new(&self.directory)?),
        };
        prepared.attach(results)?;
        prepared.aggregate(results)?;
        match Tool::find() {
            Ok(tool) => prepared.log(&tool, results)?,
            Err(error) => results.remark(format!("log is not measured: {error}.")),
        }
        Ok(())
    }
}

impl Prepared {
    fn new(directory: &Path) -> Result<Self> {
        let holding = Holding::DEFAULT;
        let holder = Holder::new(directory, holding)?;
        let mut bare = Bare::open(holder.path(), holding.plan()?)?;
        bare.ensure_full()?;
        Ok(Self {
            segment: Segment::open(holder.path())?,
            holder,
            bare,
            records: holding.ring_records,
            directory: directory.to_owned(),
            complete: false,
        })
    }

    /// From nothing to figures.
    fn attach(&self, results: &mut Results) -> Result<()> {
        let path = self.holder.path();
        let bare = || until_done(|| Mapped::open(path));
        let totals = || {
            until_done(|| {
                let segment = Segment::open(path)?;
                let totals = segment.glance()?;
                Ok((segment, totals))
            })
        };
        results.note(rows::FIRST_TOTALS, in_turns(bare, totals)?);
        let snapshot = || {
            until_done(|| {
                let segment = Segment::open(path)?;
                let snapshot = segment.snapshot()?;
                Ok((segment, snapshot))
            })
        };
        results.note(rows::FIRST_SNAPSHOT, in_turns(bare, snapshot)?);
        Ok(())
    }

    /// All of a full ring, from the oldest record on. Per record.
    fn aggregate(&mut self, results: &mut Results) -> Result<()> {
        let (segment, records) = (&self.segment, self.records);
        let aggregate = || {
            until_done(|| {
                let mut totals = Totals::default();
                let mut cursor = segment.cursor(Start::Oldest)?;
                cursor.visit(segment, |record, chips| totals.add(record, chips))?;
                nearly_all(totals.events(), records)
            })
        };
        let figures = in_turns(|| copy_and_check(&mut self.bare), aggregate)?;
        results.note(rows::AGGREGATION, each(figures, records));
        let figures = in_turns(
            || copy_and_check(&mut self.bare),
            || sweep(segment, records),
        )?;
        results.note(rows::SWEEP_ALL, each(figures, records));
        Ok(())
    }

    /// A whole run of the tool. Per event.
    fn log(&mut self, tool: &Tool, results: &mut Results) -> Result<()> {
        let (segment, records) = (&self.segment, self.records);
        let lines: [(&[&str], Row, Row); 2] = [
            (&["log"], rows::LOG_TEXT, rows::LOG_TEXT_EVENTS),
            (&["log", "--json"], rows::LOG_JSON, rows::LOG_JSON_EVENTS),
        ];
        for (arguments, to_bytes, to_events) in lines {
            if !self.complete {
                tool.ensure_prints(&self.directory, arguments, records)?;
            }
            let log = || tool.time(&self.directory, arguments);
            let figures = in_few_turns(|| copy_and_check(&mut self.bare), log)?;
            results.note(to_bytes, each(figures, records));
            let figures = in_few_turns(|| sweep(segment, records), log)?;
            results.note(to_events, each(figures, records));
        }
        self.complete = true;
        Ok(())
    }
}

fn copy_and_check(bare: &mut Bare) -> Result<f64> {
    until_done(|| bare.copy_and_check())
}

fn sweep(segment: &Segment, records: u64) -> Result<f64> {
    until_done(|| {
        let sweep = segment.cursor(Start::Oldest)?.sweep(segment)?;
        nearly_all(sweep.events.len() as u64, records)?;
        Ok(sweep)
    })
}

/// The chunk that is written next may have been begun for nothing but a mark of its owner.
fn nearly_all(found: u64, records: u64) -> Result<()> {
    ensure!(
        found + CHUNK_RECORDS >= records,
        "{found} events were found where {records} are"
    );
    Ok(())
}
