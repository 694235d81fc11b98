//! The live table when it fills up: what an event costs, which cache lines it touches, and when there is
//! no slot for an allocation.

mod addresses;
mod churn;
mod lines;
mod replica;
mod rows;

use crate::measure::{Compared, TRIES, per_event};
use crate::optional::Optional;
use crate::part::Part;
use crate::results::Results;
use crate::workload::PAIRS;
use addresses::Lie;
use anyhow::{Context, Result};
use churn::Table;
use lines::{Counted, Spread};
use std::path::{Path, PathBuf};
use ttmem_layout::Plan;

const SLOTS: usize = Plan::DEFAULT_LIVE_SLOTS as usize;

/// The part.
pub(crate) fn part(directory: &Path) -> Box<dyn Part> {
    Box::new(Optional::new(LoadLines::new(directory)))
}

/// A table of the default size, filled anew in each round.
struct LoadLines {
    directory: PathBuf,
    rounds: u32,
}

impl LoadLines {
    fn new(directory: &Path) -> Self {
        Self {
            directory: directory.join("load"),
            rounds: 0,
        }
    }

    /// One way the addresses lie: the table is filled further and further.
    fn fill(&self, lie: Lie, results: &mut Results) -> Result<()> {
        let plan = Plan::new(Plan::DEFAULT_RING_RECORDS, Plan::DEFAULT_LIVE_SLOTS)
            .map_err(|_| anyhow::anyhow!("the default sizes are out of range"))?;
        let addresses = lie.addresses(SLOTS + PAIRS as usize);
        let (residents, passing) = addresses.split_at(SLOTS);
        let table = Table::new(&self.directory)?;
        let reference = best(&table, passing);
        let mut filled = 0;
        let mut overflowed = Vec::new();
        let mut counted = None;
        for (number, load) in rows::LOADS.into_iter().enumerate() {
            let end = SLOTS * load as usize / 100;
            let without_slot = table.fill(&residents[filled..end]);
            overflowed.extend(without_slot.into_iter().map(|place| filled + place));
            filled = end;
            if self.rounds == 0 && load == rows::LINES_AT {
                counted = lines::count(&table, plan, &residents[..end], passing)?;
                results.remark(sentence(lie, load, counted.as_ref()));
            }
            let candidate = best(&table, passing);
            results.note(
                rows::row(lie, number),
                Compared {
                    reference,
                    candidate,
                },
            );
        }
        if let Some(counted) = counted {
            let [insert, remove] = rows::lines(lie);
            results.note(insert, to_three(&counted.insert));
            results.note(remove, to_three(&counted.remove));
        }
        results.remark(overflow_sentence(lie, &overflowed));
        Ok(())
    }
}

impl Part for LoadLines {
    fn name(&self) -> &'static str {
        "load"
    }

    fn round(&mut self, results: &mut Results) -> Result<()> {
        std::fs::create_dir_all(&self.directory)
            .with_context(|| format!("cannot make {}", self.directory.display()))?;
        for lie in Lie::ALL {
            self.fill(lie, results)?;
        }
        self.rounds += 1;
        Ok(())
    }
}

fn best(table: &Table, passing: &[u64]) -> f64 {
    (0..TRIES)
        .map(|_| per_event(|| table.churn(passing)))
        .fold(f64::INFINITY, f64::min)
}

/// What the live table is meant to need at most: two lines of control words and the entry's.
const fn to_three(lines: &Spread) -> Compared {
    Compared {
        reference: 3.0,
        candidate: lines.mean,
    }
}

fn sentence(lie: Lie, load: u64, counted: Option<&Counted>) -> String {
    let Some(Counted {
        insert,
        remove,
        shares,
    }) = counted
    else {
        return format!(
            "Live table, {}: the replica in src/load no longer places as the table does, so that no lines are counted.",
            lie.name()
        );
    };
    let [own, first, second, stash] = shares.map(|share| 100.0 * share);
    format!(
        "Live table {load} % full, {}: {own:.1} % lie in their own slot, {first:.1} % elsewhere in their first \
         bucket, {second:.1} % in the second, {stash:.2} % in the stash. Of the table's lines (control words, \
         entries) an allocation touches {}, a free {}.",
        lie.name(),
        spread(insert),
        spread(remove),
    )
}

fn spread(lines: &Spread) -> String {
    format!(
        "{:.2} (99 % of them at most {}, none more than {}) and {:.2} of the process's own counts",
        lines.mean, lines.percentile_99, lines.most, lines.counts
    )
}

/// When the table had no slot any more.
fn overflow_sentence(lie: Lie, overflowed: &[usize]) -> String {
    let name = lie.name();
    let Some(first) = overflowed.first() else {
        return format!("Live table, {name}: every allocation finds a slot up to 100 % load.");
    };
    let share = |load: u64| {
        let reached = SLOTS * load as usize / 100;
        let count = overflowed.iter().filter(|place| **place < reached).count();
        100.0 * count as f64 / reached as f64
    };
    format!(
        "Live table, {name}: the first allocation without a slot comes at {:.1} % load; {:.2} % of them have none up to 95 %, {:.2} % up to 100 %.",
        100.0 * *first as f64 / SLOTS as f64,
        share(95),
        share(100),
    )
}
