//! What each chip holds: the sum over the counter groups it is in.

use crate::model::DeviceTotals;
use std::collections::BTreeMap;
use ttmem_layout::{Group, L1_CORE_LINE, TYPES};

/// Totals of a chip as its counters have them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counted {
    pub(crate) bytes: [i64; TYPES],
    pub(crate) allocs: [u64; TYPES],
    pub(crate) frees: [u64; TYPES],
    pub(crate) peak: [u64; TYPES],
    pub(crate) l1_core_bytes: i64,
    pub(crate) l1_core_peak: u64,
}

/// By chip ([group-publish]: an unused group has no chips). Sums wrap: a forged group must not stop a reader.
pub(crate) fn by_chip(groups: &[Group]) -> BTreeMap<u32, Counted> {
    let mut chips = BTreeMap::<u32, Counted>::new();
    for group in groups {
        for chip in group.chips.iter() {
            let counted = chips.entry(chip).or_default();
            for (number, line) in group.counters[..TYPES].iter().enumerate() {
                counted.bytes[number] = counted.bytes[number].wrapping_add(line.bytes);
                counted.allocs[number] = counted.allocs[number].wrapping_add(line.allocs);
                counted.frees[number] = counted.frees[number].wrapping_add(line.frees);
                counted.peak[number] = counted.peak[number].max(line.largest_peak());
            }
            let core = &group.counters[L1_CORE_LINE];
            counted.l1_core_bytes = counted.l1_core_bytes.wrapping_add(core.bytes);
            counted.l1_core_peak = counted.l1_core_peak.max(core.largest_peak());
        }
    }
    chips
}

/// Totals of a chip as the live table has them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Summed {
    pub(crate) bytes: [u64; TYPES],
    pub(crate) requested: [u64; TYPES],
    pub(crate) buffers: [u64; TYPES],
    pub(crate) l1_core_bytes: u64,
}

/// Whether the two tell the same.
pub(crate) fn agree(counted: &Counted, summed: &Summed) -> bool {
    (0..TYPES).all(|number| {
        counted.bytes[number] == summed.bytes[number] as i64
            && counted.allocs[number].wrapping_sub(counted.frees[number]) == summed.buffers[number]
    }) && counted.l1_core_bytes == summed.l1_core_bytes as i64
}

/// Whether the two tell the same but for so many bytes and events that were under way.
pub(crate) fn agree_within(counted: &Counted, summed: &Summed, bytes: u64, events: u64) -> bool {
    (0..TYPES).all(|number| {
        let difference = counted.bytes[number].abs_diff(summed.bytes[number] as i64);
        let live = counted.allocs[number].wrapping_sub(counted.frees[number]) as i64;
        difference <= bytes && live.abs_diff(summed.buffers[number] as i64) <= events
    })
}

/// Fills a chip's figures. With `settled` the live table is the truth (the producer is gone and the
/// counters may lack its last event); otherwise the counters are (one load each, never torn).
pub(crate) fn fill(device: &mut DeviceTotals, counted: &Counted, summed: &Summed, settled: bool) {
    for (number, totals) in device.types.iter_mut().enumerate() {
        totals.bytes = if settled {
            summed.bytes[number]
        } else {
            counted.bytes[number].max(0) as u64
        };
        totals.requested_bytes = summed.requested[number];
        totals.buffers = summed.buffers[number];
        (totals.allocs, totals.frees) = (counted.allocs[number], counted.frees[number]);
        if settled {
            // The last event of a thread may not be counted: it is an allocation too few where more
            // is live than the counts say, and a free too few where less is.
            let live = totals.allocs.wrapping_sub(totals.frees) as i64;
            let missing = (totals.buffers as i64).saturating_sub(live);
            totals.allocs = totals.allocs.saturating_add(missing.max(0) as u64);
            totals.frees = totals.frees.saturating_add(missing.min(0).unsigned_abs());
        }
        totals.peak_bytes = counted.peak[number].max(totals.bytes);
    }
    device.l1_core_bytes = if settled {
        summed.l1_core_bytes
    } else {
        counted.l1_core_bytes.max(0) as u64
    };
    device.l1_core_peak = counted.l1_core_peak.max(device.l1_core_bytes);
}
