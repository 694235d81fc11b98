//! The marks a process has set, and which of its allocations were made under which.
//!
//! Marks are records in the ring, and the ring overwrites: of a mark whose record is gone nobody can
//! tell any more when it was set, and of an allocation from that time nobody can tell its mark.

use crate::grouping::Phase;
use std::sync::Arc;
use ttmem_layout::{CHUNK_RECORDS, Kind, loss};
use ttmem_reader::{Buffer, Event, ReadError, Segment, Snapshot, Start};

/// One mark of a process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    /// Its name.
    pub(crate) name: Arc<str>,
    /// When it was set, nanoseconds since 1970.
    pub(crate) time_ns: i64,
    /// The thread that set it.
    pub(crate) thread: u32,
    /// Its place among that thread's events.
    pub(crate) sequence: u64,
}

impl Mark {
    /// Whether it was set before that: by the order of the thread where it is the same, which is
    /// certain, and by time between threads.
    pub(crate) fn is_before(&self, thread: u32, sequence: u64, time_ns: i64) -> bool {
        if self.thread == thread {
            self.sequence < sequence
        } else {
            self.time_ns <= time_ns
        }
    }
}

/// The last mark of some name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Last<'a> {
    /// It was set then, and every event since is known.
    At(&'a Mark),
    /// Its record was overwritten, if there ever was one.
    Overwritten,
    /// It was never set.
    Never,
}

/// The marks of one process, as far as its ring still tells of them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Marks {
    /// In order of time.
    pub(crate) known: Vec<Mark>,
    /// The moment from which on every event is known; nothing if all of them are.
    pub(crate) known_from: Option<i64>,
}

impl Marks {
    /// The marks among a process's events.
    pub(crate) fn among(past: &Past) -> Self {
        let marks = past.events.iter().filter(|event| event.kind == Kind::Mark);
        Self {
            known: marks
                .map(|event| Mark {
                    name: event.text.clone().unwrap_or_default(),
                    time_ns: event.time_ns,
                    thread: event.thread,
                    sequence: event.sequence,
                })
                .collect(),
            known_from: past.known_from,
        }
    }

    /// The last mark of this name.
    pub(crate) fn last(&self, name: &str) -> Last<'_> {
        let found = self.known.iter().rev().find(|mark| *mark.name == *name);
        match (found, self.known_from) {
            (Some(mark), from) if from.is_none_or(|from| from <= mark.time_ns) => Last::At(mark),
            (None, None) => Last::Never,
            // Found or not: later ones of the same name may have been overwritten.
            _ => Last::Overwritten,
        }
    }

    /// The phase something was allocated in: that of the last mark before it.
    pub(crate) fn phase(&self, buffer: &Buffer) -> Phase {
        if self
            .known_from
            .is_some_and(|from| buffer.allocated_ns < from)
        {
            return Phase::Forgotten;
        }
        let (thread, sequence, time) = (buffer.thread, buffer.sequence, buffer.allocated_ns);
        let mut before = self.known.iter().rev();
        match before.find(|mark| mark.is_before(thread, sequence, time)) {
            // Kept by an idle thread: others may have set marks since.
            Some(mark) if self.known_from.is_some_and(|from| mark.time_ns < from) => {
                Phase::Forgotten
            }
            Some(mark) => Phase::Mark(mark.name.clone()),
            None if self.known_from.is_some() => Phase::Forgotten,
            None => Phase::Beginning,
        }
    }
}

/// What the ring of one process still tells.
#[derive(Clone, Debug, Default)]
pub(crate) struct Past {
    /// Its events, in order of time.
    pub(crate) events: Vec<Event>,
    /// The moment from which on every event is among them; nothing if they are all there.
    pub(crate) known_from: Option<i64>,
}

impl Past {
    /// Reads the ring of a segment. Times are on the scale of the snapshot, so that they compare with
    /// those of its buffers.
    ///
    /// # Errors
    /// When the segment cannot be read.
    pub(crate) fn read(segment: &Segment, snapshot: &Snapshot) -> Result<Self, ReadError> {
        let mut events = segment.cursor(Start::Oldest)?.sweep(segment)?.events;
        for event in &mut events {
            event.time_ns = snapshot.scale.wall_ns(event.ticks);
        }
        let losses = segment.glance()?.losses;
        let known_from = if losses.counts[loss::RECORDS_DROPPED] > 0 {
            // Events without a record: nobody knows of when.
            Some(i64::MAX)
        } else {
            let overwritten = losses.records_overwritten > 0;
            overwritten.then(|| known_from(&events, segment.ring_records()))
        };
        Ok(Self { events, known_from })
    }
}

/// Chunks are overwritten in the order of their tickets, but for those that idle threads keep: what is in
/// the last chunks, as many as there are, is everything since its oldest record.
fn known_from(events: &[Event], ring_records: u64) -> i64 {
    let newest = events.iter().map(|event| event.sequence).max();
    let chunk = newest.unwrap_or_default() / CHUNK_RECORDS;
    let end = (chunk + 1).saturating_mul(CHUNK_RECORDS);
    let recent = |event: &&Event| event.sequence >= end.saturating_sub(ring_records);
    let oldest = events
        .iter()
        .filter(recent)
        .map(|event| event.time_ns)
        .min();
    oldest.unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::sample;
    use ttmem_layout::ChipSet;

    fn mark(name: &str, sequence: u64, time_ns: i64) -> Mark {
        Mark {
            name: name.into(),
            time_ns,
            thread: 1,
            sequence,
        }
    }

    fn marks(known_from: Option<i64>) -> Marks {
        let known = vec![
            mark("load", 10, 100),
            mark("decode", 20, 200),
            mark("decode", 30, 300),
        ];
        Marks { known, known_from }
    }

    fn buffer(thread: u32, sequence: u64, allocated_ns: i64) -> Buffer {
        Buffer {
            allocated_ns,
            thread,
            ..sample::buffer(sequence, ChipSet(1), 0x1000, 1)
        }
    }

    #[test]
    fn an_allocation_belongs_to_the_last_mark_before_it() {
        let phase = |thread, sequence, time| marks(None).phase(&buffer(thread, sequence, time));
        let under = |name: &str| Phase::Mark(name.into());
        assert_eq!(phase(1, 5, 50), Phase::Beginning);
        assert_eq!(phase(1, 15, 150), under("load"));
        assert_eq!(phase(1, 25, 250), under("decode"));
        // Of one tick: the thread's own order decides.
        assert_eq!(phase(1, 19, 200), under("load"));
        assert_eq!(phase(2, 19, 200), under("decode"));
    }

    #[test]
    fn what_the_ring_has_forgotten_is_not_guessed() {
        let marks = marks(Some(250));
        assert_eq!(marks.phase(&buffer(1, 15, 150)), Phase::Forgotten);
        assert_eq!(marks.phase(&buffer(1, 28, 280)), Phase::Forgotten);
        assert_eq!(
            marks.phase(&buffer(1, 35, 350)),
            Phase::Mark("decode".into())
        );
        assert_eq!(marks.last("load"), Last::Overwritten);
        assert_eq!(marks.last("never"), Last::Overwritten);
        assert!(matches!(marks.last("decode"), Last::At(mark) if mark.time_ns == 300));
    }

    #[test]
    fn the_last_of_several_marks_of_a_name_counts() {
        assert!(matches!(marks(None).last("decode"), Last::At(mark) if mark.sequence == 30));
        assert_eq!(marks(None).last("never"), Last::Never);
    }
}
