//! What became of an address: every allocation that touched it, as far as the rings and the live tables
//! still tell.
//!
//! An address is used again as soon as it is free, so each allocation there is a generation of its own,
//! known by its sequence. Other pools and other processes hand out the same addresses: theirs are other
//! generations beside these, never before or after them.

mod book;
pub(crate) mod data;
mod fields;
mod generation;
mod subject;
#[cfg(test)]
mod tests;
pub(crate) mod text;

pub(crate) use fields::{COVERAGE, GENERATION};
pub(crate) use generation::{Generation, Outcome};
pub(crate) use subject::Subject;

use crate::log::Origin;
use crate::marks::{Marks, Past};
use crate::select::Select;
use crate::source::Source;
use crate::view::Host;
use std::sync::Arc;
use ttmem_layout::loss;
use ttmem_reader::{ReadError, Segment, Snapshot, State};

/// What is known of a subject.
#[derive(Debug, Default)]
pub(crate) struct History {
    /// Process by process, pool by pool, in order of address and then of time.
    pub(crate) generations: Vec<Generation>,
    /// How far back each process's records reach.
    pub(crate) coverage: Vec<Coverage>,
    /// Segments that could not be read after all.
    pub(crate) unreadable: u64,
}

/// What the ring of a process no longer tells.
#[derive(Clone, Debug)]
pub(crate) struct Coverage {
    pub(crate) origin: Arc<Origin>,
    pub(crate) state: State,
    /// Records that have been overwritten.
    pub(crate) overwritten: u64,
    /// Events that never had a record.
    pub(crate) dropped: u64,
    /// From when on every event is known, nanoseconds since 1970; nothing if all of them are.
    pub(crate) known_from: Option<i64>,
}

impl Coverage {
    /// Whether generations may be missing.
    pub(crate) const fn is_complete(&self) -> bool {
        self.overwritten == 0 && self.dropped == 0
    }
}

impl History {
    /// What the processes of a host tell of a subject. The host must have been looked at with its
    /// buffers.
    pub(crate) fn of(
        subject: Subject,
        source: &mut Source,
        host: &Host,
        select: &Select,
        with_events: bool,
    ) -> Self {
        let mut history = Self::default();
        let mut errors = Vec::new();
        for process in &host.processes {
            let found = source
                .looked_at()
                .find(|(one, _)| one.name() == process.segment);
            let Some((segment, snapshot)) = found else {
                continue;
            };
            if let Err(error) = history.add(segment, snapshot, host.time_ns, with_events, |one| {
                subject.is_touched_by(one) && one.is_wanted(select)
            }) {
                errors.push((segment.path().to_owned(), error));
            }
        }
        for (path, error) in errors {
            source.cannot_read(&path, &error);
            history.unreadable += 1;
        }
        history
    }

    fn add(
        &mut self,
        segment: &Segment,
        snapshot: &Snapshot,
        now_ns: i64,
        with_events: bool,
        wanted: impl Fn(&Generation) -> bool,
    ) -> Result<(), ReadError> {
        let origin = Arc::new(Origin {
            pid: segment.identity().pid,
            segment: segment.name().to_owned(),
        });
        // After the snapshot: what ends in between is told by the ring.
        let past = Past::read(segment, snapshot)?;
        let losses = segment.glance()?.losses;
        self.coverage.push(Coverage {
            origin: origin.clone(),
            state: snapshot.state,
            overwritten: losses.records_overwritten,
            dropped: losses.counts[loss::RECORDS_DROPPED],
            known_from: past.known_from,
        });
        let marks = Marks::among(&past);
        let told = book::generations(&origin, &past, snapshot, with_events);
        let mut told: Vec<_> = told.into_iter().filter(wanted).collect();
        for generation in &mut told {
            generation.settle(&marks, now_ns);
        }
        told.sort_by_key(Generation::order);
        self.generations.extend(told);
        Ok(())
    }

    /// Whether no generation can be missing.
    pub(crate) fn is_complete(&self) -> bool {
        self.unreadable == 0 && self.coverage.iter().all(Coverage::is_complete)
    }
}
