//! Copying the live table: every allocation whole, each at most once ([live-publish]).

use crate::error::ReadError;
use crate::ring;
use crate::sections::Bytes;
use ttmem_layout::{BufferType, Chunk, Control, Kind, MAX_BYTES, Record, SectionKind, SlotState};

/// Slots copied at a time.
const BLOCK: u64 = 4096;
/// Tries for a slot that keeps changing under the copy. One that does is neither here nor there.
const TRIES: usize = 16;

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct LiveCopy {
    /// The allocations with their reference counts.
    pub(crate) entries: Vec<(Record, u64)>,
    /// Slots that were changing hands.
    pub(crate) busy: u64,
    /// Slots whose entry makes no sense.
    pub(crate) senseless: Vec<u64>,
}

/// How to take a slot that is changing hands.
pub(crate) enum Busy<'a> {
    /// The producer moves on: leave it out, it is one event's width away from settled.
    Moving,
    /// The producer is gone: the records in the ring say whether the event had happened.
    Settled {
        /// The chunk headers.
        headers: &'a [Chunk],
        /// Events published but not completed.
        in_flight: &'a [Record],
    },
}

/// Copies the whole table.
pub(crate) fn copy(bytes: &Bytes, busy: &Busy<'_>) -> Result<LiveCopy, ReadError> {
    let slots = bytes.count(SectionKind::LiveControls);
    let mut copy = LiveCopy::default();
    for start in (0..slots).step_by(BLOCK as usize) {
        let controls = bytes.entries::<u64>(SectionKind::LiveControls, start, BLOCK)?;
        let used = |control: &u64| Control(*control).state() != SlotState::Empty;
        let Some(first) = controls.iter().position(used) else {
            continue;
        };
        let last = controls.iter().rposition(used).unwrap_or(first);
        let from = start + first as u64;
        let count = (last - first + 1) as u64;
        let entries = bytes.entries::<Record>(SectionKind::LiveEntries, from, count)?;
        let again = bytes.entries::<u64>(SectionKind::LiveControls, from, count)?;
        for (index, (entry, after)) in entries.into_iter().zip(again).enumerate() {
            let before = controls[first + index];
            if !used(&before) {
                continue;
            }
            let slot = from + index as u64;
            if before == after {
                take(bytes, &mut copy, busy, slot, Control(before), entry)?;
            } else {
                take_changing(bytes, &mut copy, busy, slot)?;
            }
        }
    }
    Ok(copy)
}

/// Copies one slot until it holds still.
fn take_changing(
    bytes: &Bytes,
    copy: &mut LiveCopy,
    busy: &Busy<'_>,
    slot: u64,
) -> Result<(), ReadError> {
    for _ in 0..TRIES {
        let before = bytes
            .one::<u64>(SectionKind::LiveControls, slot)?
            .map(Control);
        let entry = bytes.one::<Record>(SectionKind::LiveEntries, slot)?;
        let after = bytes
            .one::<u64>(SectionKind::LiveControls, slot)?
            .map(Control);
        if let (Some(before), Some(entry), Some(after)) = (before, entry, after)
            && before == after
        {
            return take(bytes, copy, busy, slot, before, entry);
        }
    }
    copy.busy += 1;
    Ok(())
}

fn take(
    bytes: &Bytes,
    copy: &mut LiveCopy,
    busy: &Busy<'_>,
    slot: u64,
    control: Control,
    entry: Record,
) -> Result<(), ReadError> {
    let exists = match (control.state(), busy) {
        (SlotState::Empty, _) => false,
        (SlotState::Live, _) => true,
        (_, Busy::Moving) => {
            copy.busy += 1;
            false
        }
        (SlotState::Inserting, Busy::Settled { headers, .. }) => {
            copy.busy += 1;
            ring::is_published(bytes, headers, entry.sequence)?
        }
        (SlotState::Removing, Busy::Settled { in_flight, .. }) => {
            copy.busy += 1;
            let ended = |record: &Record| {
                record.kind().is_some_and(Kind::is_free) && record.id == entry.sequence
            };
            !in_flight.iter().any(ended)
        }
    };
    if exists && makes_sense(&entry) && control.refs() > 0 {
        copy.entries.push((entry, control.refs()));
    } else if exists {
        copy.senseless.push(slot);
    }
    Ok(())
}

/// Whether a record can be an allocation's.
pub(crate) fn makes_sense(record: &Record) -> bool {
    record.kind().is_some_and(Kind::is_alloc)
        && BufferType::from_number(record.buffer_type).is_some()
        && record.per_bank <= MAX_BYTES
        && record.requested <= MAX_BYTES
        && record.banks > 0
}
