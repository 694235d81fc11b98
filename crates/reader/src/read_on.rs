//! Reading on in the ring: what each chunk has gained since the last time, many chunks in one call.

use crate::error::ReadError;
use crate::ring::{self, held};
use crate::sections::Bytes;
use ttmem_layout::{CHUNK_RECORDS, Chunk, OPENING, Record, SectionKind, sequence};
use zerocopy::FromZeros;

/// Tries to copy a chunk that is being opened anew; after that its records are gone, and counted.
const TRIES: usize = 4;
/// Chunks copied in one call: enough that the call itself does not count, few enough that the copy
/// stays in the processor's cache until it has been looked at, and is seldom lapped.
const CHUNKS: usize = 16;
/// Records that nobody asked for, but that are cheaper to copy than another call is to make.
const GAP: u64 = 32;

/// What there was beside good records.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Missed {
    /// Overwritten before they were read.
    pub(crate) lost: u64,
    /// Not those they should be: the segment is damaged.
    pub(crate) senseless: u64,
}

/// How far each chunk has been read.
#[derive(Debug)]
pub(crate) struct Places {
    /// Records of each chunk that were read or given up, over all its tickets.
    read: Vec<u64>,
    /// Copies are made into the same memory each time.
    records: Vec<Record>,
    after: Vec<Chunk>,
}

/// Records of one chunk that are to be copied.
#[derive(Clone, Copy)]
struct Part {
    chunk: usize,
    header: Chunk,
    from: u64,
    to: u64,
}

impl Places {
    /// Where the chunks were left, by their number.
    pub(crate) const fn new(read: Vec<u64>) -> Self {
        Self {
            read,
            records: Vec::new(),
            after: Vec::new(),
        }
    }

    /// Shows `take` each record that has come since the last time, in slices of one chunk each; chunks
    /// in about the order in which they were opened.
    #[inline]
    pub(crate) fn read_on(
        &mut self,
        bytes: &Bytes,
        running: bool,
        mut take: impl FnMut(&[Record]) -> Result<(), ReadError>,
    ) -> Result<Missed, ReadError> {
        let headers = ring::headers(bytes)?;
        let mut missed = Missed::default();
        let mut run = Vec::<Part>::with_capacity(CHUNKS);
        let oldest = oldest(&headers);
        let chunks = headers.iter().enumerate();
        for (chunk, header) in chunks.clone().skip(oldest).chain(chunks.take(oldest)) {
            let Some(part) = self.gained(chunk, header, running, &mut missed) else {
                continue;
            };
            if run.last().is_some_and(|last| !joins(last, &part)) || run.len() == CHUNKS {
                self.read_run(bytes, running, &run, &mut missed, &mut take)?;
                run.clear();
            }
            run.push(part);
        }
        self.read_run(bytes, running, &run, &mut missed, &mut take)?;
        Ok(missed)
    }

    /// What is to be copied of a chunk. What is gone from it is counted, once.
    fn gained(
        &mut self,
        chunk: usize,
        header: &Chunk,
        running: bool,
        missed: &mut Missed,
    ) -> Option<Part> {
        let read = self.read.get_mut(chunk)?;
        let opening = header.ticket & OPENING != 0;
        if opening && running {
            // It takes a moment only: looked at again when its turn comes.
            return Some(Part {
                chunk,
                header: *header,
                from: 0,
                to: 0,
            });
        }
        // Killed while opening it: its old records have been given up.
        let gone = if opening {
            header.completed
        } else {
            header.first
        };
        missed.lost = missed.lost.saturating_add(gone.saturating_sub(*read));
        *read = gone.max(*read);
        if opening || header.ticket == 0 {
            return None;
        }
        let held = held(header);
        // A dead thread's event that was published but not completed did happen.
        let to = if running {
            held
        } else {
            (held + 1).min(CHUNK_RECORDS)
        };
        let from = *read - header.first;
        (from < to).then_some(Part {
            chunk,
            header: *header,
            from,
            to,
        })
    }

    #[inline]
    fn read_run(
        &mut self,
        bytes: &Bytes,
        running: bool,
        run: &[Part],
        missed: &mut Missed,
        take: &mut impl FnMut(&[Record]) -> Result<(), ReadError>,
    ) -> Result<(), ReadError> {
        let (Some(first), Some(last)) = (run.first(), run.last()) else {
            return Ok(());
        };
        let start = first.chunk as u64 * CHUNK_RECORDS + first.from;
        let end = last.chunk as u64 * CHUNK_RECORDS + last.to;
        let mut records = std::mem::take(&mut self.records);
        let mut after = std::mem::take(&mut self.after);
        records.resize_with((end - start) as usize, Record::new_zeroed);
        after.resize_with(run.len(), Chunk::new_zeroed);
        // [chunk-open] The tickets are looked at again after the records were copied: those of a chunk
        // that was opened anew meanwhile may be a mixture.
        let copied = bytes.fill(SectionKind::Records, start, &mut records)?;
        let again = bytes.fill(SectionKind::Chunks, first.chunk as u64, &mut after)?;
        let mut looks = again.iter();
        for part in run {
            let same = looks
                .next()
                .is_some_and(|after| after.ticket == part.header.ticket);
            if !same || part.header.ticket & OPENING != 0 {
                self.read_alone(bytes, running, part.chunk, missed, take)?;
                continue;
            }
            let at = (part.chunk as u64 * CHUNK_RECORDS + part.from - start) as usize;
            let count = (part.to - part.from) as usize;
            // Shorter where the section is: a forged one may have fewer records than its chunks.
            let end = (at + count).min(copied.len());
            self.take_part(part, &copied[at.min(end)..end], missed, take)?;
        }
        (self.records, self.after) = (records, after);
        Ok(())
    }

    /// Copies one chunk until it holds still.
    #[cold]
    fn read_alone(
        &mut self,
        bytes: &Bytes,
        running: bool,
        chunk: usize,
        missed: &mut Missed,
        take: &mut impl FnMut(&[Record]) -> Result<(), ReadError>,
    ) -> Result<(), ReadError> {
        for _ in 0..TRIES {
            let Some(header) = bytes.one::<Chunk>(SectionKind::Chunks, chunk as u64)? else {
                return Ok(());
            };
            let Some(part) = self.gained(chunk, &header, running, missed) else {
                return Ok(());
            };
            if header.ticket & OPENING == 0
                && let Some(records) = ring::copy(bytes, chunk as u64, &header, part.from, part.to)?
            {
                return self.take_part(&part, &records, missed, take);
            }
        }
        Ok(())
    }

    /// Passes on the records that are those they should be.
    #[inline]
    fn take_part(
        &mut self,
        part: &Part,
        records: &[Record],
        missed: &mut Missed,
        take: &mut impl FnMut(&[Record]) -> Result<(), ReadError>,
    ) -> Result<(), ReadError> {
        let held = held(&part.header);
        let first = sequence(part.header.ticket, part.from);
        let good = |(index, record): (u64, &Record)| record.sequence == first.wrapping_add(index);
        let count = records.len() as u64;
        let read = &mut self.read[part.chunk];
        if (0..).zip(records).all(good) {
            // Saturating: a forged chunk may claim to be at the end of all numbers.
            *read = read.saturating_add(count);
            return take(records);
        }
        for (index, record) in (0..).zip(records) {
            let complete = part.from + index < held;
            if good((index, record)) {
                take(std::slice::from_ref(record))?;
                *read = read.saturating_add(1);
            } else if complete {
                missed.senseless += 1;
                *read = read.saturating_add(1);
            }
        }
        Ok(())
    }
}

fn joins(last: &Part, next: &Part) -> bool {
    next.chunk == last.chunk + 1 && CHUNK_RECORDS - last.to + next.from <= GAP
}

/// The chunk behind the one that was opened last: tickets rise from there on, if none was skipped.
fn oldest(headers: &[Chunk]) -> usize {
    let newest = headers
        .iter()
        .enumerate()
        .max_by_key(|(_, header)| header.ticket & !OPENING);
    newest.map_or(0, |(chunk, _)| (chunk + 1) % headers.len())
}
