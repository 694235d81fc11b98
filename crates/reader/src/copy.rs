//! Copying a whole segment so that the copy can be judged like the segment itself.
//!
//! A copy of all bytes in one go would mix moments: a control word of before and an entry of after, and
//! nothing in the copy would tell. So the live table and the ring are copied by the protocol, slot by slot
//! and chunk by chunk, until each holds still ([live-publish], [chunk-open]). If events were completed
//! meanwhile, what they changed is copied again: that is little, so a producer that pauses at all is soon
//! caught at rest. One that never does is copied as it moves, and the copy says so.
//!
//! What does not hold still under many tries is left in the copy as the protocol would have it: a slot as
//! *inserting*, a chunk as being opened. Readers leave out the one and count the records of the other.

use crate::error::ReadError;
use crate::model::State;
use crate::prefix;
use crate::preserved::Preserved;
use crate::ring;
use crate::sections::Bytes;
use crate::segment::Segment;
use std::ops::Range;
use ttmem_layout::{
    CHUNK_RECORDS, Chunk, Control, Group, OPENING, Pool, Process, Section, SectionKind, SlotState,
    loss,
};

/// Bytes of the longest segment that is copied: more than a producer with the largest ring and the largest
/// live table needs.
pub const LONGEST: u64 = 8 << 30;
/// Tries for a moment in which the producer completes no event.
const TRIES: usize = 8;
/// Tries for one slot or chunk.
const SMALL_TRIES: usize = 16;
/// Slots copied at a time.
const BLOCK: u64 = 4096;
/// Sections that are short, and copied anew with each try.
const SHORT: [SectionKind; 6] = [
    SectionKind::Process,
    SectionKind::Devices,
    SectionKind::Gauges,
    SectionKind::Groups,
    SectionKind::Pools,
    SectionKind::Texts,
];

/// A segment's bytes as they stood at one moment, and what they do not say by themselves.
#[derive(Clone, Debug)]
pub struct WholeCopy {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// The rest.
    pub preserved: Preserved,
}

/// Copies a segment.
pub(crate) fn of(segment: &Segment) -> Result<WholeCopy, ReadError> {
    let mut image = Image::of(segment)?;
    if let Some(preserved) = segment.as_preserved() {
        return Ok(image.with(preserved.clone()));
    }
    let mut state = segment.state()?;
    let mut fresh = true;
    let mut tries = 0;
    loop {
        tries += 1;
        let complete_before = segment.complete_before();
        let before = Progress::of(segment.bytes())?;
        image.refresh(fresh)?;
        let after = Progress::of(segment.bytes())?;
        let running = state == State::Running;
        let unsettled = running && (image.busy > 0 || after.is_under_way(segment.bytes())?);
        let now = segment.state()?;
        let moving = before != after || unsettled || now != state;
        if !moving || tries == TRIES {
            return Ok(image.with(Preserved {
                state,
                owner: Some(segment.identity().uid),
                copied_ns: ttmem_region::realtime_ns() as i64,
                moving,
                tick_scale: segment.time_scale().rate(),
                complete_before: complete_before.filter(|_| running && moving),
            }));
        }
        // What a producer had begun when it died may be in places that look as they did before.
        fresh = now != state;
        state = now;
    }
}

/// What changes with every event, and with all that is set up for events.
#[derive(PartialEq, Eq)]
struct Progress {
    headers: Vec<Chunk>,
    dropped: u64,
    pools: Vec<Pool>,
    groups: Vec<Group>,
}

impl Progress {
    fn of(bytes: &Bytes) -> Result<Self, ReadError> {
        let process = bytes.one::<Process>(SectionKind::Process, 0)?;
        Ok(Self {
            pools: prefix::pools(bytes)?,
            headers: ring::headers(bytes)?,
            groups: prefix::groups(bytes)?,
            dropped: process.unwrap_or_default().losses[loss::RECORDS_DROPPED],
        })
    }

    /// Whether an event has its record, but is not complete.
    fn is_under_way(&self, bytes: &Bytes) -> Result<bool, ReadError> {
        Ok(!ring::in_flight(bytes, &self.headers)?.is_empty())
    }
}

/// The copy, as far as it is made.
struct Image<'a> {
    source: &'a Bytes,
    bytes: Vec<u8>,
    /// Slots that were changing hands.
    busy: u64,
}

impl<'a> Image<'a> {
    /// All bytes, of whichever moment.
    fn of(segment: &'a Segment) -> Result<Self, ReadError> {
        let length = segment.header().segment_size;
        if length > LONGEST {
            return Err(ReadError::TooLong(length));
        }
        let mut image = Self {
            source: segment.bytes(),
            bytes: vec![0; length as usize],
            busy: 0,
        };
        image.read(0..length)?;
        Ok(image)
    }

    fn with(self, preserved: Preserved) -> WholeCopy {
        WholeCopy {
            bytes: self.bytes,
            preserved,
        }
    }

    /// Copies what has changed since the last time; everything if what is there has to be taken for
    /// `fresh`.
    fn refresh(&mut self, fresh: bool) -> Result<(), ReadError> {
        self.live_table(fresh)?;
        self.ring(fresh)?;
        // Behind whatever names an entry of theirs.
        for kind in SHORT {
            let section = self.source.section(kind);
            self.read(range(section, 0..section.count))?;
        }
        Ok(())
    }

    fn live_table(&mut self, fresh: bool) -> Result<(), ReadError> {
        let controls = self.source.section(SectionKind::LiveControls);
        let entries = self.source.section(SectionKind::LiveEntries);
        self.busy = 0;
        for first in (0..controls.count).step_by(BLOCK as usize) {
            let block = first..controls.count.min(first + BLOCK);
            let words = range(controls, block.clone());
            let old = self.part(&words).to_vec();
            self.read(words.clone())?;
            let stride = controls.entry_size as usize;
            let pairs = old.chunks(stride).zip(self.part(&words).chunks(stride));
            let changed: Vec<u64> = (block.clone())
                .zip(pairs)
                .filter(|(_, (old, new))| fresh || old != new)
                .map(|(slot, _)| slot)
                .collect();
            if let (Some(from), Some(last)) = (changed.first(), changed.last()) {
                self.read(range(entries, *from..last + 1))?;
            }
            // [live-publish] Those whose word is another now may have been caught half-way.
            let mut again = vec![0; old.len()];
            self.source.raw(words.start, &mut again)?;
            for (slot, word) in block.zip(again.chunks(stride)) {
                let word_at = range(controls, slot..slot + 1);
                if self.part(&word_at) != word {
                    self.slot(&word_at, range(entries, slot..slot + 1))?;
                }
                match Control(self.word(&word_at)).state() {
                    SlotState::Inserting | SlotState::Removing => self.busy += 1,
                    SlotState::Empty | SlotState::Live => {}
                }
            }
        }
        Ok(())
    }

    /// Copies one slot until it holds still.
    #[cold]
    fn slot(&mut self, word: &Range<u64>, entry: Range<u64>) -> Result<(), ReadError> {
        self.read(word.clone())?;
        for _ in 0..SMALL_TRIES {
            let before = self.word(word);
            self.read(entry.clone())?;
            self.read(word.clone())?;
            if self.word(word) == before {
                return Ok(());
            }
        }
        let unsettled = Control(self.word(word)).with_state(SlotState::Inserting);
        self.put(word, unsettled.0);
        Ok(())
    }

    fn ring(&mut self, fresh: bool) -> Result<(), ReadError> {
        let chunks = self.source.section(SectionKind::Chunks);
        let all = range(chunks, 0..chunks.count);
        let old = self.part(&all).to_vec();
        self.read(all)?;
        for (chunk, old) in (0..).zip(old.chunks(chunks.entry_size as usize)) {
            let header = range(chunks, chunk..chunk + 1);
            if fresh || self.part(&header) != old {
                self.chunk(&header, chunk)?;
            }
        }
        Ok(())
    }

    /// Copies one chunk's records until its ticket holds still ([chunk-open]).
    fn chunk(&mut self, header: &Range<u64>, chunk: u64) -> Result<(), ReadError> {
        let records = self.source.section(SectionKind::Records);
        let first = chunk * CHUNK_RECORDS;
        let mut ticket = [0; 8];
        for _ in 0..SMALL_TRIES {
            let before = self.word(header);
            self.read(range(records, first..first + CHUNK_RECORDS))?;
            self.source.raw(header.start, &mut ticket)?;
            if u64::from_ne_bytes(ticket) == before {
                return Ok(());
            }
            self.read(header.clone())?;
        }
        self.put(header, self.word(header) | OPENING);
        Ok(())
    }

    fn read(&mut self, range: Range<u64>) -> Result<(), ReadError> {
        let buffer = &mut self.bytes[range.start as usize..range.end as usize];
        self.source.raw(range.start, buffer)
    }

    fn part(&self, range: &Range<u64>) -> &[u8] {
        &self.bytes[range.start as usize..range.end as usize]
    }

    /// The first word of an entry.
    fn word(&self, entry: &Range<u64>) -> u64 {
        let at = entry.start as usize;
        let mut word = [0; 8];
        word.copy_from_slice(&self.bytes[at..at + 8]);
        u64::from_ne_bytes(word)
    }

    fn put(&mut self, entry: &Range<u64>, word: u64) {
        let at = entry.start as usize;
        self.bytes[at..at + 8].copy_from_slice(&word.to_ne_bytes());
    }
}

/// Where entries of a checked section are.
fn range(section: Section, entries: Range<u64>) -> Range<u64> {
    let stride = u64::from(section.entry_size);
    section.offset + entries.start * stride..section.offset + entries.end * stride
}

#[cfg(test)]
mod tests {
    use super::*;
    use ttmem_layout::Plan;

    #[test]
    fn the_longest_segment_a_producer_makes_can_be_copied() {
        let plan = Plan::new(Plan::MAX_RING_RECORDS, Plan::MAX_LIVE_SLOTS);
        assert!(plan.is_ok_and(|plan| plan.segment_size() <= LONGEST));
    }
}
