//! What a reader pays for many live buffers: all of them, or only what changed.

use super::bare::Bare;
use super::holder::{Holder, Holding};
use super::rows::{self, Held};
use super::tool::Tool;
use super::tries::{each, in_few_turns, one_turn, until_done};
use crate::part::Part;
use crate::results::Results;
use anyhow::{Result, ensure};
use std::path::{Path, PathBuf};
use ttmem_layout::Plan;
use ttmem_reader::{Segment, Watch};

/// Rounds, at most: one takes seconds.
const ROUNDS: u32 = 3;
/// Buffers that are freed and allocated anew from one look to the next.
const CHANGES: u64 = 100;

/// Two processes: one with 100,000 live buffers, one with a million.
pub(super) struct BufferLines {
    directory: PathBuf,
    /// None before the first round.
    prepared: Option<Vec<Prepared>>,
}

struct Prepared {
    directory: PathBuf,
    holder: Holder,
    segment: Segment,
    watch: Watch,
    /// Of one who wants no single buffers.
    watch_of_totals: Watch,
    bare: Bare,
    /// The tool was seen to print every buffer.
    complete: bool,
    buffers: u64,
    rows: &'static Held,
}

impl BufferLines {
    pub(super) fn new(directory: &Path) -> Self {
        Self {
            directory: directory.to_owned(),
            prepared: None,
        }
    }
}

impl Part for BufferLines {
    fn name(&self) -> &'static str {
        "buffers"
    }

    fn wants_more(&self, _: &Results, done: u32, wanted: u32) -> bool {
        done < wanted.min(ROUNDS)
    }

    fn round(&mut self, results: &mut Results) -> Result<()> {
        let prepared = match &mut self.prepared {
            Some(prepared) => prepared,
            none => none.insert(prepare(&self.directory, results)),
        };
        for one in prepared {
            one.snapshots(results)?;
            one.looks(results)?;
            match Tool::find() {
                Ok(tool) => one.dumps(&tool, results)?,
                Err(error) => results.remark(format!("dump is not measured: {error}.")),
            }
        }
        Ok(())
    }
}

/// Those there is room for.
fn prepare(directory: &Path, results: &mut Results) -> Vec<Prepared> {
    let mut prepared = Vec::new();
    for (buffers, rows) in [
        (100_000, &rows::HELD_100_000),
        (1_000_000, &rows::HELD_1_000_000),
    ] {
        match Prepared::new(&directory.join(format!("buffers-{buffers}")), buffers, rows) {
            Ok(one) => prepared.push(one),
            Err(error) => results.remark(format!("{buffers} buffers are not looked at: {error}.")),
        }
    }
    prepared
}

impl Prepared {
    fn new(directory: &Path, buffers: u64, rows: &'static Held) -> Result<Self> {
        let holding = Holding {
            ring_records: Plan::MIN_RING_RECORDS,
            // A quarter stays free, and a power of two is what it becomes.
            live_slots: buffers + buffers / 4,
            buffers,
        };
        let holder = Holder::new(directory, holding)?;
        Ok(Self {
            directory: directory.to_owned(),
            segment: Segment::open(holder.path())?,
            watch: Watch::new(Segment::open(holder.path())?),
            watch_of_totals: Watch::new(Segment::open(holder.path())?),
            complete: false,
            bare: Bare::open(holder.path(), holding.plan()?)?,
            holder,
            buffers,
            rows,
        })
    }

    fn snapshots(&mut self, results: &mut Results) -> Result<()> {
        let figures = in_few_turns(
            || until_done(|| self.bare.copy_live_table()),
            || snapshot(&self.segment, self.buffers),
        )?;
        results.note(self.rows.snapshot, each(figures, self.buffers));
        Ok(())
    }

    /// By somebody who has looked before.
    fn looks(&mut self, results: &mut Results) -> Result<()> {
        for (row, changes) in [(self.rows.changed, CHANGES), (self.rows.unchanged, 0)] {
            let look = || {
                self.holder.change(changes)?;
                until_done(|| {
                    let seen = self.watch.snapshot()?.buffers.len() as u64;
                    ensure!(seen == self.buffers, "a look shows {seen} buffers");
                    Ok(())
                })
            };
            let figures = in_few_turns(|| until_done(|| self.bare.copy_live_table()), look)?;
            results.note(row, each(figures, self.buffers));
        }
        let totals = || {
            self.holder.change(CHANGES)?;
            until_done(|| Ok(self.watch_of_totals.look(|_| false)?.devices.len()))
        };
        let figures = in_few_turns(|| until_done(|| self.bare.copy_live_table()), totals)?;
        results.note(self.rows.totals, each(figures, self.buffers));
        Ok(())
    }

    /// A whole run of the tool.
    fn dumps(&mut self, tool: &Tool, results: &mut Results) -> Result<()> {
        for (row, arguments) in [
            (self.rows.text, &["dump"] as &[&str]),
            (self.rows.json, &["dump", "--json"]),
        ] {
            if !self.complete {
                tool.ensure_prints(&self.directory, arguments, self.buffers)?;
            }
            let figures = one_turn(
                || snapshot(&self.segment, self.buffers),
                || tool.time(&self.directory, arguments),
            )?;
            results.note(row, each(figures, self.buffers));
        }
        self.complete = true;
        Ok(())
    }
}

fn snapshot(segment: &Segment, buffers: u64) -> Result<f64> {
    until_done(|| {
        let snapshot = segment.snapshot()?;
        ensure!(
            snapshot.buffers.len() as u64 == buffers,
            "a snapshot shows {} buffers of {buffers}",
            snapshot.buffers.len()
        );
        Ok(snapshot)
    })
}
