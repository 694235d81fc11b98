//! What a record tells.

use crate::error::ReadError;
use crate::model::Event;
use crate::segment::Segment;
use crate::time_scale::TimeScale;
use ttmem_layout::{BufferType, ChipSet, Kind, Record};

const fn concerns_memory(kind: Kind) -> bool {
    !matches!(kind, Kind::Mark | Kind::Device)
}

/// Whether this version knows its kind and, where it concerns memory, its buffer type.
#[inline]
pub(crate) fn makes_sense(record: &Record) -> bool {
    match record.kind() {
        Some(kind) => !concerns_memory(kind) || record.buffer_type().is_some(),
        None => false,
    }
}

/// The record with its names looked up; `chips` are those of its pool. None if it makes no sense.
pub(crate) fn event_of(
    segment: &Segment,
    scale: &TimeScale,
    record: &Record,
    chips: ChipSet,
) -> Result<Option<Event>, ReadError> {
    let Some(kind) = record.kind() else {
        return Ok(None);
    };
    if !makes_sense(record) {
        return Ok(None);
    }
    let chips = match kind {
        Kind::Mark => ChipSet::EMPTY,
        Kind::Device => u32::try_from(record.address)
            .ok()
            .and_then(ChipSet::of)
            .unwrap_or(ChipSet::EMPTY),
        _ => chips,
    };
    let frees = kind.is_free();
    Ok(Some(Event {
        sequence: record.sequence,
        ticks: record.ticks,
        time_ns: scale.wall_ns(record.ticks),
        thread: record.thread,
        kind,
        buffer_type: BufferType::from_number(record.buffer_type).filter(|_| concerns_memory(kind)),
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
