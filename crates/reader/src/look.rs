//! Copying a segment at one moment, and again at the next: what did not change is not read twice.
//!
//! A running producer's segment is taken to rest, and its tables are not read again, if since the last
//! look no chunk has gained a record or been opened, no pool has come or gone, and no event has ever gone
//! without a record, provided that the last look found no event under way. Why nothing is missed:
//!
//! - The live table, counters, devices and failures change within events, and an event ends with its
//!   record being complete ([event-complete]). One that is under way now and was not then changes a
//!   chunk before the next look, or is never finished: then its producer's death is noticed.
//! - An event without a record leaves every chunk as it is. It counts as a loss before it changes
//!   anything but a control word, and from the first of them on nothing is taken to rest.
//! - A pool is registered, and its groups with it, by no event. Pools are read before groups, so groups of
//!   a pool that was seen had been there to be read ([group-publish] comes before [pool-publish]), and one
//!   that was not seen is new at the next look. A pool that is retired changes in its entry.
//! - The mark, losses, anomalies and the farewell are in the process's entry, gauges are set by no event,
//!   and a text may become ready late: these are read at every look.
//! - A dead or exited producer that holds its lock no more changes nothing, and nothing changes a copy.

use crate::error::ReadError;
use crate::happened::{Busy, Happened};
use crate::live::Live;
use crate::model::{Buffer, State};
use crate::prefix;
use crate::ring;
use crate::sections::Bytes;
use crate::segment::Segment;
use crate::snapshot::buffer_of;
use crate::time_scale::TimeScale;
use ttmem_layout::{Chunk, Group, Pool, Process, Record, SectionKind, loss};

/// Tries for a moment in which the producer completes no event. A producer at full speed gives
/// none; a model between two steps gives one at once.
const TRIES: usize = 8;
/// Events between two looks after which nothing is taken to be known: well below the 2^32 - 1 insertions
/// into one slot that would bring a control word back.
const FORGOTTEN: u64 = 1 << 31;

/// What was copied between two looks at the ring, but for the live table.
#[derive(Debug)]
pub(crate) struct Copied {
    pub(crate) state: State,
    /// The producer can write no more.
    ended: bool,
    pub(crate) pools: Vec<Pool>,
    pub(crate) headers: Vec<Chunk>,
    pub(crate) in_flight: Vec<Record>,
    pub(crate) process: Process,
    pub(crate) groups: Vec<Group>,
    pub(crate) moving: bool,
}

/// What a look found.
#[derive(Clone, Copy)]
pub(crate) struct Found<'a> {
    pub(crate) copied: &'a Copied,
    pub(crate) live: &'a Live,
    /// Whether allocations or pools are others than at the look before.
    pub(crate) changed: bool,
}

/// What is known of a segment from one look to the next.
#[derive(Debug, Default)]
pub(crate) struct Look {
    copied: Option<Copied>,
    live: Live,
    /// Whether the live table's entries were kept, or only what they add up to.
    kept: bool,
    changed: bool,
}

impl Look {
    /// Looks at the segment, and tells what there is. Who may not look again and is not after single
    /// buffers need not `keep` them: holding them costs more than adding them up.
    pub(crate) fn at(&mut self, segment: &Segment, keep: bool) -> Result<Found<'_>, ReadError> {
        // Whatever fails leaves nothing half known.
        let mut known = std::mem::take(self);
        known.changed = false;
        let mut copied = known.copy(segment, keep)?;
        for _ in 1..TRIES {
            // Of a copy every look finds the same.
            if !copied.moving || segment.is_preserved() {
                break;
            }
            known.copied = Some(copied);
            // What is kept makes the next try a short one.
            copied = known.copy(segment, true)?;
        }
        *self = known;
        Ok(Found {
            copied: self.copied.insert(copied),
            live: &self.live,
            changed: self.changed,
        })
    }

    /// The allocations that are kept, in no order.
    pub(crate) fn buffers(&self, scale: TimeScale) -> impl Iterator<Item = Buffer> + '_ {
        let pools = self.copied.as_ref().map_or(&[][..], |copied| &copied.pools);
        self.live.iter().filter_map(move |(record, refs)| {
            let chips = pools.get(usize::from(record.pool))?.chips;
            buffer_of(record, refs, chips, &scale)
        })
    }

    fn copy(&mut self, segment: &Segment, keep: bool) -> Result<Copied, ReadError> {
        let bytes = segment.bytes();
        let last = self.copied.take();
        // Asked before anything is copied: a producer that dies meanwhile is looked at again.
        let state = segment.state()?;
        let ended = segment.is_preserved() || state != State::Running && !segment.is_held()?;
        let pools = prefix::pools(bytes)?;
        let headers = ring::headers(bytes)?;
        let process = process_of(bytes)?;
        let enough = self.kept || !keep;
        let since = match last {
            Some(last) if enough && last.rests(state, &pools, &headers, &process) => {
                return Ok(Copied { process, ..last });
            }
            Some(last) if self.kept && last.state == State::Running && state == State::Running => {
                self.changed |= last.pools != pools;
                Some(last.events())
            }
            // Nothing is known yet; or slots that were changing hands are taken otherwise now.
            _ => {
                self.forget();
                None
            }
        };

        let in_flight = ring::in_flight(bytes, &headers)?;
        let busy = match state {
            State::Running => Busy::Moving,
            _ => Busy::Settled(Happened::of(&in_flight)),
        };
        let groups = prefix::groups(bytes)?;
        self.live.refresh(bytes, &busy, keep)?;
        self.kept = keep;
        let mut copied = Copied {
            state,
            ended,
            pools,
            headers,
            in_flight,
            process: process_of(bytes)?,
            groups,
            moving: false,
        };
        let groups_after = prefix::groups(bytes)?;
        let headers_after = ring::headers(bytes)?;
        let events = events(&headers_after, &copied.process);
        if since.is_some_and(|since| events.wrapping_sub(since) >= FORGOTTEN) {
            self.forget();
            self.live.refresh(bytes, &busy, keep)?;
        }
        self.changed |= self.live.changed;
        let changed = groups_after != copied.groups
            || progress(&headers_after) != progress(&copied.headers)
            || segment.state()? != state;
        let unsettled = self.live.busy > 0 || !copied.in_flight.is_empty();
        let moved = segment.as_preserved().is_some_and(|copy| copy.moving);
        copied.moving = changed || moved || state == State::Running && unsettled;
        Ok(copied)
    }

    fn forget(&mut self) {
        self.live.clear();
        self.changed = true;
    }
}

impl Copied {
    /// Whether nothing has happened since: see the top of this file.
    fn rests(&self, state: State, pools: &[Pool], headers: &[Chunk], process: &Process) -> bool {
        let quiet = match state {
            _ if self.ended => true,
            State::Running => process.losses[loss::RECORDS_DROPPED] == 0,
            State::Dead | State::Exited => false,
        };
        quiet
            && !self.moving
            && self.state == state
            && self.pools == pools
            && self.headers.len() == headers.len()
            && self.headers.iter().zip(headers).all(|(before, now)| {
                (before.ticket, before.first, before.completed)
                    == (now.ticket, now.first, now.completed)
            })
    }

    fn events(&self) -> u64 {
        events(&self.headers, &self.process)
    }
}

fn process_of(bytes: &Bytes) -> Result<Process, ReadError> {
    let process = bytes.one::<Process>(SectionKind::Process, 0)?;
    Ok(process.unwrap_or_default())
}

/// Events so far, but for those under way.
fn events(headers: &[Chunk], process: &Process) -> u64 {
    let (completed, _) = progress(headers);
    completed.wrapping_add(process.losses[loss::RECORDS_DROPPED])
}

/// Rises with every event completed.
fn progress(headers: &[Chunk]) -> (u64, u64) {
    headers.iter().fold((0, 0), |(completed, tickets), header| {
        (
            completed.wrapping_add(header.completed),
            tickets.wrapping_add(header.ticket),
        )
    })
}
