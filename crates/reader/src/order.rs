//! The order in which events are told: by time, but no free before its allocation.

use crate::whereabouts::Whereabouts;
use std::collections::{HashMap, HashSet};
use ttmem_layout::{Kind, Record};

/// Brings records into order. The first `waited` of them are what [`split_off_later`] put back; the
/// others come chunk by chunk.
pub(crate) fn by_time(records: &mut [Record], waited: usize) {
    // Where each record is can be told without a search as long as they lie as they were written.
    records[..waited].sort_unstable_by_key(|record| record.sequence);
    let early = early_frees(records);
    let time = |record: &Record| (record.ticks, record.sequence);
    // One thread's records are in order already, and those of several are runs: the sort that keeps
    // the order of equals finds runs and merges them.
    if !records.is_sorted_by_key(time) {
        records.sort_by_key(time);
    }
    if !early.is_empty() {
        allocations_first(records, &early);
    }
}

/// Takes away what is of this moment or later. Those of this very tick too: a coarse clock shows the
/// same one for a while, so an event of it may have begun after the look did. A free that was put
/// behind its allocation goes where that goes.
pub(crate) fn split_off_later(records: &mut Vec<Record>, cut: u64) -> Vec<Record> {
    match records.iter().position(|record| record.ticks >= cut) {
        Some(first) => records.split_off(first),
        None => Vec::new(),
    }
}

/// Clocks of two cores may differ by some nanoseconds: the sequences of frees that would come before
/// their own allocation.
fn early_frees(records: &[Record]) -> HashSet<u64> {
    let places = Whereabouts::of(records);
    let is_early = |free: &&Record| {
        free.id != 0
            && free.kind().is_some_and(Kind::is_free)
            && places.find(records, free.id).is_some_and(|allocation| {
                (allocation.ticks, allocation.sequence) > (free.ticks, free.sequence)
                    && allocation.kind().is_some_and(Kind::is_alloc)
            })
    };
    let early = records.iter().filter(is_early);
    early.map(|free| free.sequence).collect()
}

/// Moves each of the `early` frees to right behind its allocation.
fn allocations_first(records: &mut [Record], early: &HashSet<u64>) {
    let mut waiting = HashMap::<u64, Vec<Record>>::new();
    let mut ordered = Vec::with_capacity(records.len());
    for record in records.iter() {
        if early.contains(&record.sequence) {
            waiting.entry(record.id).or_default().push(*record);
            continue;
        }
        ordered.push(*record);
        let released = waiting.remove(&record.sequence);
        ordered.extend(released.into_iter().flatten());
    }
    // None, but in a forged segment, where two records may have one sequence.
    ordered.extend(waiting.into_values().flatten());
    records.copy_from_slice(&ordered);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(kind: Kind, sequence: u64, ticks: u64, id: u64) -> Record {
        Record {
            sequence,
            ticks,
            id,
            kind: kind as u8,
            ..Record::default()
        }
    }

    fn sequences(records: &[Record]) -> Vec<u64> {
        records.iter().map(|record| record.sequence).collect()
    }

    #[test]
    fn a_free_that_seems_earlier_comes_behind_its_allocation() {
        let mut records = vec![
            record(Kind::Alloc, 128, 50, 0),
            record(Kind::Free, 256, 40, 128),
            record(Kind::Free, 257, 45, 99),
            record(Kind::Mark, 384, 42, 128),
        ];
        by_time(&mut records, 0);
        assert_eq!(sequences(&records), [384, 257, 128, 256]);
    }

    #[test]
    fn an_early_free_waits_with_its_allocation() {
        let mut records = vec![
            record(Kind::Free, 256, 40, 128),
            record(Kind::Alloc, 129, 30, 0),
            record(Kind::Alloc, 128, 50, 0),
        ];
        by_time(&mut records, 0);
        let mut later = split_off_later(&mut records, 45);
        assert_eq!(sequences(&records), [129]);
        assert_eq!(sequences(&later), [128, 256]);
        later.push(record(Kind::Free, 258, 49, 130));
        by_time(&mut later, 2);
        assert_eq!(sequences(&later), [258, 128, 256]);
    }

    #[test]
    fn forged_sequences_lose_nothing() {
        let mut records = vec![
            record(Kind::Alloc, 128, 50, 0),
            record(Kind::Free, 128, 40, 128),
            record(Kind::Free, 128, 60, 128),
        ];
        by_time(&mut records, 0);
        assert_eq!(records.len(), 3);
    }
}
