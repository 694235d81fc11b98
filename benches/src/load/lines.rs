//! How many cache lines an allocation and a free touch, counted in a replica of the table that is
//! checked against the segment.

use super::churn::{Table, WINDOW};
use super::replica::{Replica, Touched};
use crate::readers::Bare;
use anyhow::{Context, Result};
use std::collections::HashMap;
use ttmem_layout::{Control, Plan, Record, SectionKind, SlotState};

/// One in so many keys may lie elsewhere than in the replica: where an event had to do something else
/// first, like opening a chunk of the ring, it may choose between empty slots in another way.
const MAY_DIFFER: usize = 100;

/// What was counted.
pub(super) struct Counted {
    pub(super) insert: Spread,
    pub(super) remove: Spread,
    /// Share of the keys that lie in their own slot, elsewhere in their first bucket, in their second,
    /// and in the stash.
    pub(super) shares: [f64; 4],
}

/// Lines an operation touched, over many.
pub(super) struct Spread {
    pub(super) mean: f64,
    pub(super) percentile_99: u32,
    pub(super) most: u32,
    /// Mean number of lines of the process's own counts, besides.
    pub(super) counts: f64,
}

impl Spread {
    fn of(operations: &[Touched]) -> Self {
        let mut lines: Vec<u32> = operations.iter().map(Touched::of_table).collect();
        lines.sort_unstable();
        let mean = |of: fn(&Touched) -> u32| {
            let all = operations.iter().map(|one| f64::from(of(one)));
            all.sum::<f64>() / operations.len() as f64
        };
        Self {
            mean: mean(Touched::of_table),
            counts: mean(Touched::of_counts),
            percentile_99: lines[lines.len() * 99 / 100],
            most: lines[lines.len() - 1],
        }
    }
}

/// The lines of what `table` did last: `resident` entered, then `passing` come and gone. None if the
/// replica does not place as the table does.
pub(super) fn count(
    table: &Table,
    plan: Plan,
    resident: &[u64],
    passing: &[u64],
) -> Result<Option<Counted>> {
    let mut replica = Replica::new(
        plan.live_slots(),
        table.pool().index(),
        Table::BUFFER_TYPE as u8,
    );
    for address in resident {
        replica.insert(*address);
    }
    let path = ttmem_producer::segment_path().context("attached, and yet no segment")?;
    let placed = places(&Bare::open(&path, plan)?)?;
    let astray = |(key, slot): &(&u64, &usize)| replica.places().get(key) != Some(slot);
    if placed.iter().filter(astray).count() > resident.len() / MAY_DIFFER {
        return Ok(None);
    }
    let shares = replica.shares();
    let (mut inserted, mut removed) = (Vec::new(), Vec::new());
    for (step, address) in passing.iter().enumerate() {
        inserted.push(replica.insert(*address));
        let leaving = step.checked_sub(WINDOW).map(|left| passing[left]);
        removed.extend(leaving.and_then(|address| replica.remove(address)));
    }
    Ok(Some(Counted {
        insert: Spread::of(&inserted),
        remove: Spread::of(&removed),
        shares,
    }))
}

/// The slot of each address in the segment.
fn places(bare: &Bare) -> Result<HashMap<u64, usize>> {
    let controls = bare.words(SectionKind::LiveControls)?;
    let entries = bare.words(SectionKind::LiveEntries)?;
    let entries = entries
        .as_chunks()
        .0
        .iter()
        .map(|words| Record::from_words(*words));
    Ok(controls
        .into_iter()
        .zip(entries)
        .enumerate()
        .filter(|(_, (control, _))| Control(*control).state() == SlotState::Live)
        .map(|(slot, (_, entry))| (entry.address, slot))
        .collect())
}
