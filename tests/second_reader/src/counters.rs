//! Totals per chip (`counters.md`): from the counters, or from the live table of a dead producer.

use crate::live_table::Allocation;
use crate::names;
use crate::structs::{Group, Pool};

/// Where the L1 of one core is counted.
pub(crate) const CORE_LINE: usize = 7;

/// One line of a chip.
#[derive(Clone, Copy, Default)]
pub(crate) struct Line {
    pub(crate) bytes: i64,
    pub(crate) requested: u64,
    pub(crate) buffers: i64,
    pub(crate) peak: u64,
    pub(crate) allocs: u64,
    pub(crate) frees: u64,
}

/// The eight lines of a chip.
pub(crate) type Lines = [Line; 8];

/// Line `line` of `chip`: all groups that have the chip's bit, taken together.
pub(crate) fn counted(groups: &[Group], chip: u32, line: usize) -> Line {
    let mut total = Line::default();
    for group in groups.iter().filter(|group| group.chips >> chip & 1 == 1) {
        let counter = group.counters[line];
        total.bytes = total.bytes.wrapping_add(counter.bytes);
        total.allocs = total.allocs.wrapping_add(counter.allocs);
        total.frees = total.frees.wrapping_add(counter.frees);
        total.peak = total.peak.max(counter.peak).max(counter.earlier_peak);
    }
    total.buffers = total.allocs.wrapping_sub(total.frees) as i64;
    total
}

/// What the live table says of `chip`: bytes, requested bytes and buffers of each line.
pub(crate) fn held(live: &[Allocation], pools: &[Pool], chip: u32) -> Lines {
    let mut lines = Lines::default();
    for Allocation { record, .. } in live {
        let covered = pools
            .get(usize::from(record.pool))
            .map_or(0, |pool| pool.chips);
        if covered >> chip & 1 == 0 {
            continue;
        }
        if names::in_l1(record.buffer_type) {
            let core = &mut lines[CORE_LINE];
            core.bytes = core.bytes.saturating_add_unsigned(record.per_bank);
        }
        let Some(line) = lines[..CORE_LINE].get_mut(usize::from(record.buffer_type)) else {
            continue;
        };
        line.bytes = line.bytes.saturating_add_unsigned(record.bytes());
        line.requested = line.requested.saturating_add(record.requested);
        line.buffers += 1;
    }
    lines
}

/// The lines of `chip` as they are to be reported.
pub(crate) fn totals(
    groups: &[Group],
    live: &[Allocation],
    pools: &[Pool],
    chip: u32,
    running: bool,
) -> Lines {
    let mut lines = held(live, pools, chip);
    for (index, line) in lines.iter_mut().enumerate() {
        let counted = counted(groups, chip, index);
        let by_table = *line;
        *line = counted;
        line.requested = by_table.requested;
        if !running {
            line.bytes = by_table.bytes;
            line.buffers = by_table.buffers;
            line.peak = counted.peak.max(by_table.bytes.unsigned_abs());
            // What an event in flight did not come to count.
            let missing = by_table.buffers.wrapping_sub(counted.buffers);
            let short = if missing > 0 {
                &mut line.allocs
            } else {
                &mut line.frees
            };
            *short = short.wrapping_add(missing.unsigned_abs());
        }
    }
    lines
}
