//! Following a segment's events.

use crate::chips::Chips;
use crate::error::ReadError;
use crate::event::{event_of, makes_sense};
use crate::model::{Event, State};
use crate::order;
use crate::read_on::{Missed, Places};
use crate::ring;
use crate::segment::Segment;
use ttmem_layout::{ChipSet, OPENING, Record};

/// Where to begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// With the oldest record the ring still holds.
    Oldest,
    /// With what comes after this moment.
    Now,
}

/// New events since the last sweep.
#[derive(Debug, Default)]
pub struct Sweep {
    /// In order of time; within a thread in order of sequence; no free before its allocation.
    pub events: Vec<Event>,
    /// Records that were overwritten before this cursor read them.
    pub lost: u64,
    /// Records that make no sense to this version.
    pub senseless: u64,
}

/// How many new records there were at a visit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Visit {
    /// Records that were shown.
    pub shown: u64,
    /// Records that were overwritten before this cursor read them.
    pub lost: u64,
    /// Records that make no sense to this version.
    pub senseless: u64,
}

/// A place in each chunk of a segment's ring.
#[derive(Debug)]
pub struct Cursor {
    places: Places,
    /// Read, but from after the sweep began: an event that must come before may not be read yet.
    pending: Vec<Record>,
    chips: Chips,
}

impl Cursor {
    pub(crate) fn new(segment: &Segment, start: Start) -> Result<Self, ReadError> {
        let headers = ring::headers(segment.bytes())?;
        let read = headers.iter().map(|header| match start {
            // What was overwritten before the cursor was made is no loss of the cursor's.
            Start::Oldest if header.ticket & OPENING == 0 => header.first,
            _ => header.completed,
        });
        Ok(Self {
            places: Places::new(read.collect()),
            pending: Vec::new(),
            chips: Chips::default(),
        })
    }

    /// Reads what has come since the last sweep. A dead producer's last events come with it.
    ///
    /// # Errors
    /// When the file is shorter than its header says or cannot be read.
    pub fn sweep(&mut self, segment: &Segment) -> Result<Sweep, ReadError> {
        let running = segment.state()? == State::Running;
        // An event that is complete by now has all events it depends on complete before it. Later
        // ones wait for the next sweep: one they depend on may be in a chunk already passed.
        let cut = running.then(|| segment.complete_before()).flatten();
        let mut sweep = Sweep::default();
        let mut records = std::mem::take(&mut self.pending);
        let waited = records.len();
        let missed = self.places.read_on(segment.bytes(), running, |part| {
            records.extend_from_slice(part);
            Ok(())
        })?;
        self.chips.look(segment, &records[waited..])?;
        order::by_time(&mut records, waited);
        if let Some(cut) = cut {
            self.pending = order::split_off_later(&mut records, cut);
        }
        let scale = segment.time_scale();
        (sweep.lost, sweep.senseless) = (missed.lost, missed.senseless);
        sweep.events.reserve_exact(records.len());
        for record in &records {
            match event_of(segment, &scale, record, self.chips.of(record.pool))? {
                Some(event) => sweep.events.push(event),
                None if segment.is_newer() => {}
                None => sweep.senseless += 1,
            }
        }
        Ok(sweep)
    }

    /// Shows each record that has come since the last sweep or visit to `see`, with the chips of its
    /// pool: for totals over many records, which need no [`Event`]s and no order. Each record is shown
    /// once, checked like those of a sweep and at about the price of copying it. Those of one thread come
    /// in order of their sequence as long as it stays within a chunk; otherwise the order is any.
    ///
    /// Where there is no pool of that number (marks and devices have none) the set of chips is empty or
    /// of no meaning.
    ///
    /// # Errors
    /// As [`Self::sweep`]. What was shown until then stays shown.
    #[inline]
    pub fn visit(
        &mut self,
        segment: &Segment,
        mut see: impl FnMut(&Record, ChipSet),
    ) -> Result<Visit, ReadError> {
        let running = segment.state()? == State::Running;
        let mut visit = Visit::default();
        let newer = segment.is_newer();
        let chips = &mut self.chips;
        let mut show = |part: &[Record]| {
            let mut looked = false;
            let mut senseless = 0;
            for record in part {
                if !makes_sense(record) {
                    senseless += 1;
                    continue;
                }
                let mut covered = chips.of(record.pool);
                if covered.is_empty() && !looked {
                    // Once a part, however many of its records name a pool that does not exist.
                    looked = true;
                    chips.look_again(segment)?;
                    covered = chips.of(record.pool);
                }
                see(record, covered);
            }
            visit.shown += part.len() as u64 - senseless;
            visit.senseless += if newer { 0 } else { senseless };
            Ok(())
        };
        show(&std::mem::take(&mut self.pending))?;
        let Missed { lost, senseless } = self.places.read_on(segment.bytes(), running, show)?;
        visit.lost += lost;
        visit.senseless += senseless;
        Ok(visit)
    }
}
