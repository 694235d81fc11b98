//! Whether counters and live table agree as far as they must (`protocol.md`).

use crate::counters::{self, CORE_LINE, Line};
use crate::look::Look;
use crate::names;
use crate::structs::Record;
use std::collections::BTreeSet;

/// With more events in flight than this, every difference is believed.
const TELLABLE: usize = 16;

/// One sentence for each figure that cannot be.
pub(crate) fn faults(look: &Look) -> Vec<String> {
    let mut faults = Vec::new();
    let damaged = look
        .ring
        .iter()
        .enumerate()
        .filter(|(_, content)| content.damaged);
    for (index, _) in damaged {
        faults.push(format!("chunk {index} of the ring is damaged"));
    }
    // An event without a record leaves no trace while it is in flight.
    if look.process.losses[0] != 0 || look.undecidable || (look.running() && !look.quiet) {
        return faults;
    }
    let in_flight: Vec<&Record> = look
        .ring
        .iter()
        .filter_map(|content| content.in_flight.as_ref())
        .collect();
    for chip in look.chips() {
        let table = counters::held(&look.live, &look.pools, chip);
        for (index, by_table) in table.iter().enumerate() {
            let counted = counters::counted(&look.groups, chip, index);
            let late: Vec<&Record> = in_flight
                .iter()
                .copied()
                .filter(|record| look.chips_of(record) >> chip & 1 == 1)
                .collect();
            if !explained(&counted, by_table, index, &late) {
                let what = names::TYPES.get(index).unwrap_or(&"the L1 of one core");
                faults.push(format!(
                    "chip {chip}, {what}: the counters say {} bytes in {} buffers, the live table {} in {}",
                    counted.bytes, counted.buffers, by_table.bytes, by_table.buffers
                ));
            }
        }
    }
    faults
}

/// Whether the difference is what some of the events in flight would have made of it.
fn explained(counted: &Line, table: &Line, line: usize, late: &[&Record]) -> bool {
    if late.len() > TELLABLE {
        return true;
    }
    let mut bytes = BTreeSet::from([0]);
    let mut buffers = BTreeSet::from([0]);
    for record in late.iter().filter(|record| record.effect() != 0) {
        let size = match line {
            CORE_LINE if names::in_l1(record.buffer_type) => record.per_bank,
            _ if usize::from(record.buffer_type) == line => record.bytes(),
            _ => continue,
        };
        let effect = record.effect();
        bytes = with(
            &bytes,
            effect.saturating_mul(i64::try_from(size).unwrap_or(i64::MAX)),
        );
        buffers = with(&buffers, effect);
    }
    let buffers_agree =
        line == CORE_LINE || buffers.contains(&table.buffers.wrapping_sub(counted.buffers));
    buffers_agree && bytes.contains(&table.bytes.wrapping_sub(counted.bytes))
}

/// The sums, each with and without another summand.
fn with(sums: &BTreeSet<i64>, summand: i64) -> BTreeSet<i64> {
    let more = sums.iter().map(|sum| sum.saturating_add(summand));
    sums.iter().copied().chain(more).collect()
}
