//! A place in each segment's ring, and what has come since.

use super::Logged;
use crate::select::Select;
use crate::source::Source;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use ttmem_layout::{ChipSet, loss};
use ttmem_reader::{Cursor, ReadError, Segment, Start, State};

/// Time between two looks for new segments: a directory is dearer to read than a ring.
const NEWCOMERS: Duration = Duration::from_millis(250);

/// Where an event comes from.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    /// Its process.
    pub(crate) pid: u32,
    /// File name of the segment.
    pub(crate) segment: String,
}

/// Why records are not shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Loss {
    /// Overwritten before anybody looked.
    Older,
    /// Overwritten while we looked: events came faster than they were read.
    Overrun,
    /// Never written: the producer's threads were too many for its ring.
    Dropped,
    /// Never written: the producer made no sense of what it was told, and no total has them either.
    Rejected,
    /// They make no sense: the segment is damaged.
    Damaged,
}

/// Something to be told.
#[derive(Clone, Debug)]
pub(crate) enum Item {
    /// An event.
    Event(Logged),
    /// Records that are not there to be told.
    Lost(Arc<Origin>, Loss, u64),
    /// A producer that was running is no more.
    Gone(Arc<Origin>, State),
}

/// All segments asked for, each with a cursor.
pub(crate) struct Following {
    select: Select,
    followed: Vec<Followed>,
    /// Segments that are followed, have been read to their end, or were not asked for.
    known: BTreeSet<PathBuf>,
    looked: Option<Instant>,
    /// Processes that were there at any time.
    pids: BTreeSet<u32>,
    /// Chips that any of them used.
    chips: ChipSet,
    /// What was found out before the first sweep.
    first: Vec<Item>,
}

impl Following {
    /// Nothing yet.
    pub(crate) fn new(select: &Select) -> Self {
        Self {
            select: select.clone(),
            followed: Vec::new(),
            known: BTreeSet::new(),
            looked: None,
            pids: BTreeSet::new(),
            chips: ChipSet::EMPTY,
            first: Vec::new(),
        }
    }

    /// Takes in segments that are new, if it is time to look, and tells how many cannot be read. Those
    /// of the first look are read from `start`; all that happens in later ones is news.
    pub(crate) fn look(&mut self, source: &mut Source, start: Start) -> anyhow::Result<u64> {
        if self
            .looked
            .is_some_and(|looked| looked.elapsed() < NEWCOMERS)
        {
            return Ok(0);
        }
        let start = if self.looked.is_some() {
            Start::Oldest
        } else {
            start
        };
        let (found, mut unreadable) = source.scan(|path| self.known.contains(path))?;
        self.looked = Some(Instant::now());
        // A name that is gone will not come again: it carries a random part.
        self.known = found.known.into_iter().collect();
        for segment in found.segments {
            self.known.insert(segment.path().to_owned());
            if !self.select.wants_process(segment.identity()) {
                continue;
            }
            let path = segment.path().to_owned();
            match Followed::new(segment, start) {
                Ok((followed, older)) => {
                    if start == Start::Oldest && older > 0 {
                        self.first
                            .push(Item::Lost(followed.origin.clone(), Loss::Older, older));
                    }
                    self.pids.insert(followed.origin.pid);
                    self.chips = self.chips.or(followed.chips);
                    self.followed.push(followed);
                }
                Err(error) => {
                    source.cannot_read(&path, &error);
                    unreadable += 1;
                }
            }
        }
        Ok(unreadable)
    }

    /// Processes asked for that have not been there.
    pub(crate) fn missing_pids(&self) -> Vec<u32> {
        let asked = self.select.pids.iter().copied();
        asked.filter(|pid| !self.pids.contains(pid)).collect()
    }

    /// Chips asked for that nobody has used.
    pub(crate) fn missing_chips(&self) -> ChipSet {
        if self.select.devices.is_empty() {
            return ChipSet::EMPTY;
        }
        self.select.chips().without(self.chips)
    }

    /// Tells what has come since the last sweep, in order of time.
    pub(crate) fn sweep(
        &mut self,
        source: &mut Source,
        mut tell: impl FnMut(&Item) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let mut items = std::mem::take(&mut self.first);
        let mut events = Vec::new();
        let mut ends = Vec::new();
        for one in &mut self.followed {
            if let Err(error) = one.sweep(&mut items, &mut events, &mut ends) {
                source.cannot_read(one.segment.path(), &error);
                one.done = true;
            }
        }
        self.followed.retain(|one| !one.done);
        self.chips = events
            .iter()
            .fold(self.chips, |all, one: &Logged| all.or(one.event.chips));
        // Stable: the order within a segment is right already.
        events.sort_by_key(|logged| logged.event.time_ns);
        items.iter().try_for_each(&mut tell)?;
        let wanted = events
            .into_iter()
            .filter(|logged| logged.is_wanted(&self.select));
        wanted.map(Item::Event).try_for_each(|item| tell(&item))?;
        ends.iter().try_for_each(tell)
    }

    /// What is still to be said of those that go on.
    pub(crate) fn close(&self) -> Vec<Item> {
        let told = self.followed.iter().filter_map(|one| one.unwritten().ok());
        told.flatten().collect()
    }
}

struct Followed {
    origin: Arc<Origin>,
    segment: Segment,
    cursor: Cursor,
    chips: ChipSet,
    was_running: bool,
    done: bool,
}

impl Followed {
    /// A cursor on a segment, and how many of its records had been overwritten by then.
    fn new(segment: Segment, start: Start) -> Result<(Self, u64), ReadError> {
        let cursor = segment.cursor(start)?;
        let glance = segment.glance()?;
        let chips = glance
            .devices
            .iter()
            .filter_map(|device| ChipSet::of(device.info.chip))
            .fold(ChipSet::EMPTY, ChipSet::or);
        let pid = segment.identity().pid;
        let followed = Self {
            origin: Arc::new(Origin {
                pid,
                segment: segment.name().to_owned(),
            }),
            segment,
            cursor,
            chips,
            was_running: glance.state == State::Running,
            done: false,
        };
        Ok((followed, glance.losses.records_overwritten))
    }

    fn sweep(
        &mut self,
        items: &mut Vec<Item>,
        events: &mut Vec<Logged>,
        ends: &mut Vec<Item>,
    ) -> Result<(), ReadError> {
        // Asked before the sweep: if it had ended by then, the sweep brings all there will be.
        let state = self.segment.state()?;
        let sweep = self.cursor.sweep(&self.segment)?;
        for (loss, records) in [
            (Loss::Overrun, sweep.lost),
            (Loss::Damaged, sweep.senseless),
        ] {
            if records > 0 {
                items.push(Item::Lost(self.origin.clone(), loss, records));
            }
        }
        let logged = |event| Logged {
            origin: self.origin.clone(),
            event,
        };
        events.extend(sweep.events.into_iter().map(logged));
        if state != State::Running {
            ends.extend(self.unwritten()?);
            if self.was_running {
                ends.push(Item::Gone(self.origin.clone(), state));
            }
            self.done = true;
        }
        Ok(())
    }

    /// Events of which there is no record: they found no place in the ring, or were rejected.
    fn unwritten(&self) -> Result<impl Iterator<Item = Item>, ReadError> {
        let counts = self.segment.glance()?.losses.counts;
        let sorts = [
            (Loss::Dropped, counts[loss::RECORDS_DROPPED]),
            (Loss::Rejected, counts[loss::REJECTED]),
        ];
        let sorts = sorts.into_iter().filter(|(_, records)| *records > 0);
        let origin = self.origin.clone();
        Ok(sorts.map(move |(loss, records)| Item::Lost(origin.clone(), loss, records)))
    }
}
