//! Following a segment's events.

use crate::error::ReadError;
use crate::model::{Event, PoolInfo, State};
use crate::ring;
use crate::segment::Segment;
use crate::snapshot::pools;
use crate::time_scale::TimeScale;
use std::collections::{BTreeMap, HashMap};
use ttmem_layout::{
    BufferType, ChipSet, Chunk, Kind, OPENING, Pool, Record, SectionKind, sequence,
};

/// Tries to copy a chunk that is being opened anew; after that its records are gone, and counted.
const TRIES: usize = 4;

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

/// A place in each chunk of a segment's ring.
#[derive(Debug)]
pub struct Cursor {
    /// Records of each chunk that were read or given up, over all its tickets.
    read: Vec<u64>,
    /// Read, but from after the sweep began: an event that must come before may not be read yet.
    pending: Vec<Event>,
    pools: BTreeMap<u16, PoolInfo>,
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
            read: read.collect(),
            pending: Vec::new(),
            pools: BTreeMap::new(),
        })
    }

    /// Reads what has come since the last sweep. A dead producer's last events come with it.
    ///
    /// # Errors
    /// When the file is shorter than its header says or cannot be read.
    pub fn sweep(&mut self, segment: &Segment) -> Result<Sweep, ReadError> {
        let bytes = segment.bytes();
        let running = segment.state()? == State::Running;
        // An event that is complete by now has all events it depends on complete before it. Later
        // ones wait for the next sweep: one they depend on may be in a chunk already passed.
        let cut = running
            .then(|| segment.clock().map(|clock| clock.ticks()))
            .flatten();
        let mut sweep = Sweep::default();
        let mut records = Vec::new();
        for (chunk, header) in ring::headers(bytes)?.into_iter().enumerate() {
            self.sweep_chunk(segment, chunk, header, running, &mut records, &mut sweep)?;
        }
        let mut events = std::mem::take(&mut self.pending);
        let scale = segment.time_scale();
        self.look_at_pools(segment, &records)?;
        for record in &records {
            match self.event_of(segment, &scale, record)? {
                Some(event) => events.push(event),
                None if segment.is_newer() => {}
                None => sweep.senseless += 1,
            }
        }
        events.sort_by_key(|event| (event.ticks, event.sequence));
        if let Some(cut) = cut {
            // Those of this very tick wait too: a coarse clock shows the same one for a while, so
            // an event of it may have begun after the sweep did.
            let later = events.partition_point(|event| event.ticks < cut);
            self.pending = events.split_off(later);
        }
        sweep.events = allocations_first(events);
        Ok(sweep)
    }

    fn sweep_chunk(
        &mut self,
        segment: &Segment,
        chunk: usize,
        header: Chunk,
        running: bool,
        records: &mut Vec<Record>,
        sweep: &mut Sweep,
    ) -> Result<(), ReadError> {
        let bytes = segment.bytes();
        let Some(read) = self.read.get_mut(chunk) else {
            return Ok(());
        };
        let mut header = header;
        for _ in 0..TRIES {
            if header.ticket & OPENING != 0 {
                if !running {
                    // Killed while opening it: its old records have been given up.
                    let lost = header.completed.saturating_sub(*read);
                    sweep.lost = sweep.lost.saturating_add(lost);
                    *read = header.completed.max(*read);
                    return Ok(());
                }
            } else {
                let held = ring::held(&header);
                let lost = header.first.saturating_sub(*read);
                sweep.lost = sweep.lost.saturating_add(lost);
                *read = header.first.max(*read);
                let from = *read - header.first;
                // A dead thread's event that was published but not completed did happen.
                let to = if running {
                    held
                } else {
                    (held + 1).min(ttmem_layout::CHUNK_RECORDS)
                };
                if header.ticket == 0 || from >= to {
                    return Ok(());
                }
                if let Some(copied) = ring::copy(bytes, chunk as u64, &header, from, to)? {
                    for (index, record) in (from..to).zip(copied) {
                        let expected = record.sequence == sequence(header.ticket, index);
                        if expected {
                            records.push(record);
                        } else if index < held {
                            sweep.senseless += 1;
                        }
                        // Saturating: a forged chunk may claim to be at the end of all numbers.
                        *read = read.saturating_add(u64::from(expected || index < held));
                    }
                    return Ok(());
                }
            }
            match bytes.one::<Chunk>(SectionKind::Chunks, chunk as u64)? {
                Some(again) => header = again,
                None => return Ok(()),
            }
        }
        Ok(())
    }

    fn event_of(
        &self,
        segment: &Segment,
        scale: &TimeScale,
        record: &Record,
    ) -> Result<Option<Event>, ReadError> {
        let Some(kind) = record.kind() else {
            return Ok(None);
        };
        let concerns_memory = !matches!(kind, Kind::Mark | Kind::Device);
        let buffer_type = BufferType::from_number(record.buffer_type);
        if concerns_memory && buffer_type.is_none() {
            return Ok(None);
        }
        let chips = match kind {
            Kind::Mark => ChipSet::EMPTY,
            Kind::Device => u32::try_from(record.address)
                .ok()
                .and_then(ChipSet::of)
                .unwrap_or(ChipSet::EMPTY),
            _ => self.chips_of(record.pool),
        };
        let frees = kind.is_free();
        Ok(Some(Event {
            sequence: record.sequence,
            ticks: record.ticks,
            time_ns: scale.wall_ns(record.ticks),
            thread: record.thread,
            kind,
            buffer_type: buffer_type.filter(|_| concerns_memory),
            flags: record.flags,
            refs: record.refs,
            pool: record.pool,
            chips,
            address: record.address,
            requested: record.requested,
            per_bank: record.per_bank,
            banks: record.banks,
            id: if frees { 0 } else { record.id },
            alloc_sequence: if frees { record.id } else { 0 },
            text: segment.texts().get(segment.bytes(), record.text)?,
        }))
    }

    /// Learns of pools that came since the last time: once a sweep, however many records name one
    /// that does not exist.
    fn look_at_pools(&mut self, segment: &Segment, records: &[Record]) -> Result<(), ReadError> {
        let known = |record: &Record| self.pools.contains_key(&record.pool);
        if !records.iter().all(known) {
            self.pools = pools(&segment.bytes().all::<Pool>(SectionKind::Pools)?);
        }
        Ok(())
    }

    fn chips_of(&self, pool: u16) -> ChipSet {
        self.pools
            .get(&pool)
            .map_or(ChipSet::EMPTY, |pool| pool.chips)
    }
}

/// Clocks of two cores may differ by some nanoseconds: moves each free that sorted before its own
/// allocation to right behind it.
fn allocations_first(events: Vec<Event>) -> Vec<Event> {
    let places: HashMap<u64, usize> = events
        .iter()
        .enumerate()
        .filter(|(_, event)| event.kind.is_alloc())
        .map(|(place, event)| (event.sequence, place))
        .collect();
    let early = |place: usize, event: &Event| {
        event.kind.is_free()
            && places
                .get(&event.alloc_sequence)
                .is_some_and(|alloc| *alloc > place)
    };
    if !events
        .iter()
        .enumerate()
        .any(|(place, event)| early(place, event))
    {
        return events;
    }
    let mut waiting = HashMap::<u64, Vec<Event>>::new();
    let mut ordered = Vec::with_capacity(events.len());
    for (place, event) in events.into_iter().enumerate() {
        if early(place, &event) {
            waiting.entry(event.alloc_sequence).or_default().push(event);
            continue;
        }
        let released = waiting.remove(&event.sequence);
        ordered.push(event);
        ordered.extend(released.into_iter().flatten());
    }
    ordered
}
