//! The ring (`ring.md`): what can be read of each chunk, and the order of it all.

use crate::anatomy::Anatomy;
use crate::refusal::Refusal;
use crate::source::Source;
use crate::structs::{CHUNK_RECORDS, Chunk, Record};
use std::collections::HashMap;

/// In a ticket: the chunk is being opened.
const OPENING: u64 = 1 << 63;
/// How often a chunk is copied again because its ticket changed meanwhile.
const ATTEMPTS: usize = 1000;

const REFERENCE: u8 = 1;
/// Any of these flags: the event changed no total (reference, unknown, double, overflow).
const NO_TOTAL: u8 = 0b1_1101;

impl Record {
    /// Whether it tells of an allocation.
    pub(crate) fn is_alloc(&self) -> bool {
        matches!(self.kind, 1 | 3 | 5)
    }

    /// Whether it tells of a free.
    pub(crate) fn is_free(&self) -> bool {
        matches!(self.kind, 2 | 4 | 6)
    }

    /// Whether it ended the allocation `sequence`.
    pub(crate) fn ends(&self, sequence: u64) -> bool {
        self.is_free() && self.id == sequence && self.flags & REFERENCE == 0
    }

    /// 1 if it added an allocation to the totals, -1 if it took one away.
    pub(crate) fn effect(&self) -> i64 {
        match () {
            () if self.flags & NO_TOTAL != 0 => 0,
            () if self.is_alloc() => 1,
            () if self.is_free() => -1,
            () => 0,
        }
    }

    /// Bytes on each chip.
    pub(crate) fn bytes(&self) -> u64 {
        self.per_bank.saturating_mul(u64::from(self.banks))
    }
}

/// What one chunk says.
#[derive(Default)]
pub(crate) struct Content {
    /// Records with their whole effect on live table and counters.
    pub(crate) complete: Vec<Record>,
    /// The one that is published beyond those.
    pub(crate) in_flight: Option<Record>,
    /// Records overwritten since the beginning.
    pub(crate) overwritten: u64,
    /// Whether it says what cannot be.
    pub(crate) damaged: bool,
}

/// Copies chunk by chunk what can be read.
pub(crate) fn contents(source: &Source, anatomy: &Anatomy) -> Result<Vec<Content>, Refusal> {
    let chunks = 0..anatomy.chunks.count();
    chunks
        .map(|index| content(source, anatomy, index))
        .collect()
}

fn content(source: &Source, anatomy: &Anatomy, index: usize) -> Result<Content, Refusal> {
    let mut chunk = anatomy.chunks.some(source, index, 1)?[0];
    for _ in 0..ATTEMPTS {
        let ticket = anatomy.chunks.first_word(source, index)?;
        if ticket & OPENING != 0 {
            // Of a dead producer it stays like this, of a running one for an instant.
            chunk = anatomy.chunks.some(source, index, 1)?[0];
            continue;
        }
        chunk = anatomy.chunks.some(source, index, 1)?[0];
        let written = chunk.completed.wrapping_sub(chunk.first);
        let wanted = (written.saturating_add(1)).min(CHUNK_RECORDS) as usize;
        let first = index * CHUNK_RECORDS as usize;
        let records = anatomy.records.some(source, first, wanted)?;
        if anatomy.chunks.first_word(source, index)? == ticket {
            let right_place = ticket % anatomy.chunks.count() as u64 == index as u64;
            return Ok(sorted_out(ticket, &chunk, records, right_place));
        }
    }
    Ok(Content {
        overwritten: chunk.completed,
        ..Content::default()
    })
}

fn sorted_out(ticket: u64, chunk: &Chunk, mut records: Vec<Record>, right_place: bool) -> Content {
    let mut content = Content {
        overwritten: chunk.first,
        ..Content::default()
    };
    // Tickets start at 1: nobody has used this chunk yet.
    if ticket == 0 {
        content.damaged = chunk.completed != 0;
        return content;
    }
    let written = chunk.completed.wrapping_sub(chunk.first);
    if written > CHUNK_RECORDS || !right_place {
        content.damaged = true;
        return content;
    }
    let sequence = |place: u64| (ticket.wrapping_mul(CHUNK_RECORDS)).wrapping_add(place);
    if written < CHUNK_RECORDS {
        let beyond = records.pop();
        content.in_flight = beyond.filter(|record| record.sequence == sequence(written));
    }
    let mut places = records.iter().zip(0..);
    content.damaged = places.any(|(record, place)| record.sequence != sequence(place));
    if !content.damaged {
        content.complete = records;
    }
    content
}

/// By time, then by sequence; a free never before its own allocation.
pub(crate) fn in_order(mut records: Vec<Record>) -> Vec<Record> {
    records.sort_by_key(|record| (record.ticks, record.sequence));
    let allocs = records
        .iter()
        .enumerate()
        .filter(|(_, record)| record.is_alloc());
    let places: HashMap<u64, usize> = allocs.map(|(at, record)| (record.sequence, at)).collect();
    // Each record goes where it stood, a free that came too early right behind its allocation.
    let mut keyed: Vec<(usize, usize, Record)> = Vec::with_capacity(records.len());
    for (at, record) in records.into_iter().enumerate() {
        let own = record.is_free().then(|| places.get(&record.id)).flatten();
        keyed.push((own.map_or(at, |own| at.max(*own)), at, record));
    }
    // At the same place the allocation, which was moved by nothing, goes first.
    keyed.sort_by_key(|(place, at, _)| (*place, place != at, *at));
    keyed.into_iter().map(|(_, _, record)| record).collect()
}
