//! Copying records out of the ring, whole or not at all.

use crate::error::ReadError;
use crate::sections::Bytes;
use ttmem_layout::{CHUNK_RECORDS, Chunk, OPENING, Record, SectionKind, sequence};

/// The header of every chunk, at about the same moment.
pub(crate) fn headers(bytes: &Bytes) -> Result<Vec<Chunk>, ReadError> {
    bytes.all(SectionKind::Chunks)
}

/// Records of a chunk that are complete under its ticket ([event-complete]); more than fit is damage and means none.
pub(crate) const fn held(header: &Chunk) -> u64 {
    match header.completed.checked_sub(header.first) {
        Some(held)
            if header.ticket != 0
                && header.ticket & OPENING == 0
                && held <= CHUNK_RECORDS
                // More records than any producer lives to write; sums below stay in range.
                && header.completed < OPENING =>
        {
            held
        }
        _ => 0,
    }
}

/// Copies records `from..to` of a chunk ([chunk-open], [record-publish]). `None` if the chunk was opened anew meanwhile: what was
/// copied may be a mixture.
pub(crate) fn copy(
    bytes: &Bytes,
    chunk: u64,
    header: &Chunk,
    from: u64,
    to: u64,
) -> Result<Option<Vec<Record>>, ReadError> {
    let count = to.saturating_sub(from);
    let records =
        bytes.entries::<Record>(SectionKind::Records, chunk * CHUNK_RECORDS + from, count)?;
    let after = bytes.one::<Chunk>(SectionKind::Chunks, chunk)?;
    Ok(after
        .filter(|after| after.ticket == header.ticket)
        .map(|_| records))
}

/// The event each chunk's last owner had written but not completed, if any. Only meaningful when the
/// producer is dead or quiet.
pub(crate) fn in_flight(bytes: &Bytes, headers: &[Chunk]) -> Result<Vec<Record>, ReadError> {
    let mut found = Vec::new();
    for (chunk, header) in (0..).zip(headers) {
        let next = held(header);
        let settled = header.ticket == 0 || header.ticket & OPENING != 0 || next >= CHUNK_RECORDS;
        // Only a thread that owns the chunk can be inside an event of it.
        if settled || header.owner == 0 {
            continue;
        }
        let record = bytes.one::<Record>(SectionKind::Records, chunk * CHUNK_RECORDS + next)?;
        found.extend(record.filter(|record| record.sequence == sequence(header.ticket, next)));
    }
    Ok(found)
}
