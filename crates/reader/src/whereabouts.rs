//! Where among many records the one with a given sequence is.

use ttmem_layout::{CHUNK_RECORDS, Record};

/// Entries looked at before a record is given up. Honest tickets are neighbours and hardly ever meet
/// in one entry; forged ones may, and then some records are not found.
const PROBES: usize = 8;

/// Finds records by their sequence as long as they lie in runs: one entry per chunk.
pub(crate) struct Whereabouts {
    table: Vec<Run>,
}

/// Neighbours of one chunk: the sequence rises by one from each to the next.
#[derive(Clone, Copy, Default)]
struct Run {
    sequence: u64,
    start: usize,
    /// 0 in an entry that is not used.
    count: usize,
}

impl Whereabouts {
    /// Takes note of where `records` are.
    pub(crate) fn of(records: &[Record]) -> Self {
        let mut runs = Vec::<Run>::new();
        for (start, record) in records.iter().enumerate() {
            match runs.last_mut() {
                Some(run)
                    if record.sequence == run.sequence.wrapping_add(run.count as u64)
                        && !record.sequence.is_multiple_of(CHUNK_RECORDS) =>
                {
                    run.count += 1;
                }
                _ => runs.push(Run {
                    sequence: record.sequence,
                    start,
                    count: 1,
                }),
            }
        }
        let size = (2 * runs.len()).next_power_of_two();
        let mut places = Self {
            table: vec![Run::default(); size],
        };
        for run in runs {
            let free = places
                .probes(run.sequence)
                .find(|at| places.table[*at].count == 0);
            if let Some(free) = free {
                places.table[free] = run;
            }
        }
        places
    }

    /// The record with this sequence, if it is there.
    #[inline]
    pub(crate) fn find<'a>(&self, records: &'a [Record], sequence: u64) -> Option<&'a Record> {
        for at in self.probes(sequence) {
            let run = &self.table[at];
            if run.count == 0 {
                return None;
            }
            let index = sequence.wrapping_sub(run.sequence);
            if index < run.count as u64 {
                return records.get(run.start + index as usize);
            }
        }
        None
    }

    /// Entries in which the run of this sequence may be: its ticket says which.
    fn probes(&self, sequence: u64) -> impl Iterator<Item = usize> + use<> {
        let mask = self.table.len() - 1;
        let first = (sequence / CHUNK_RECORDS) as usize;
        (0..PROBES.min(mask + 1)).map(move |probe| (first + probe) & mask)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn records(sequences: &[u64]) -> Vec<Record> {
        let record = |sequence: &u64| Record {
            sequence: *sequence,
            ..Record::default()
        };
        sequences.iter().map(record).collect()
    }

    #[test]
    fn each_record_is_found_and_no_other() {
        let sequences: Vec<u64> = (100..300)
            .chain(1000..1020)
            .chain([5, 1020, 4096])
            .collect();
        let records = records(&sequences);
        let places = Whereabouts::of(&records);
        for sequence in 0..5000 {
            let found = places.find(&records, sequence).map(|one| one.sequence);
            let there = sequences.contains(&sequence);
            assert_eq!(found, there.then_some(sequence));
        }
    }

    #[test]
    fn tickets_made_to_meet_take_no_longer() {
        let sequences: Vec<u64> = (1..10_000).map(|ticket| (ticket << 32) * 128).collect();
        let records = records(&sequences);
        let places = Whereabouts::of(&records);
        for sequence in sequences {
            let found = places.find(&records, sequence).map(|one| one.sequence);
            assert!(found.is_none_or(|found| found == sequence));
        }
        assert!(Whereabouts::of(&[]).find(&[], 1).is_none());
    }
}
