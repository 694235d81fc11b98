//! Copying the live table: every allocation whole, each at most once ([live-publish]).

use crate::error::ReadError;
use crate::sections::Bytes;
use std::collections::HashSet;
use ttmem_layout::{BufferType, Control, Kind, MAX_BYTES, Record, SectionKind, SlotState, flags};

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
pub(crate) enum Busy {
    /// The producer moves on: leave it out, it is one event's width away from settled.
    Moving,
    /// The producer is gone: the events in flight say whether this one had happened.
    Settled(Happened),
}

/// What the events in flight say happened: published, but not completed. Sets, so that a forged
/// segment with many of them and many busy slots still takes no longer than to read it.
#[derive(Debug, Default)]
pub(crate) struct Happened {
    /// Sequences of allocations.
    begun: HashSet<u64>,
    /// Sequences of allocations that were ended.
    ended: HashSet<u64>,
}

impl Happened {
    pub(crate) fn of(in_flight: &[Record]) -> Self {
        let mut happened = Self::default();
        for record in in_flight {
            match record.kind() {
                Some(kind) if kind.is_alloc() => {
                    happened.begun.insert(record.sequence);
                }
                // An allocation without a record (0) is named by nobody.
                Some(kind)
                    if kind.is_free() && record.flags & flags::NO_EFFECT == 0 && record.id != 0 =>
                {
                    happened.ended.insert(record.id);
                }
                _ => {}
            }
        }
        happened
    }
}

/// Copies the whole table.
pub(crate) fn copy(bytes: &Bytes, busy: &Busy) -> Result<LiveCopy, ReadError> {
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
                take(&mut copy, busy, slot, Control(before), entry);
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
    busy: &Busy,
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
            take(copy, busy, slot, before, entry);
            return Ok(());
        }
    }
    copy.busy += 1;
    Ok(())
}

fn take(copy: &mut LiveCopy, busy: &Busy, slot: u64, control: Control, entry: Record) {
    let exists = match (control.state(), busy) {
        (SlotState::Empty, _) => false,
        (SlotState::Live, _) => true,
        (_, Busy::Moving) => {
            copy.busy += 1;
            false
        }
        // Until it is filled, the entry is still that of the slot's last allocation, whose record
        // may well be in the ring: only one in flight is this event's.
        (SlotState::Inserting, Busy::Settled(happened)) => {
            copy.busy += 1;
            happened.begun.contains(&entry.sequence)
        }
        (SlotState::Removing, Busy::Settled(happened)) => {
            copy.busy += 1;
            !happened.ended.contains(&entry.sequence)
        }
    };
    if exists && makes_sense(&entry) && control.refs() > 0 {
        copy.entries.push((entry, control.refs()));
    } else if exists {
        copy.senseless.push(slot);
    }
}

/// Whether a record can be an allocation's.
pub(crate) fn makes_sense(record: &Record) -> bool {
    record.kind().is_some_and(Kind::is_alloc)
        && BufferType::from_number(record.buffer_type).is_some()
        && record.per_bank <= MAX_BYTES
        && record.requested <= MAX_BYTES
        && record.banks > 0
}
