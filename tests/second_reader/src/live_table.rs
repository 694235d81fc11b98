//! The live table (`live-table.md`), and what becomes of unsettled slots (`protocol.md`).

use crate::anatomy::Anatomy;
use crate::refusal::Refusal;
use crate::ring::Content;
use crate::source::Source;
use crate::structs::Record;

/// How often one slot is looked at again because it changed meanwhile.
const ATTEMPTS: usize = 1000;

const EMPTY: u64 = 0;
const INSERTING: u64 = 1;
const LIVE: u64 = 2;
const REMOVING: u64 = 3;

/// A control word with the entry it stood around.
pub(crate) struct Slot {
    control: u64,
    entry: Record,
}

/// An allocation that exists.
pub(crate) struct Allocation {
    pub(crate) record: Record,
    pub(crate) refs: u64,
}

impl Slot {
    fn state(&self) -> u64 {
        self.control & 3
    }

    /// Whether a thread is at work on it, or was when it died.
    pub(crate) fn unsettled(&self) -> bool {
        matches!(self.state(), INSERTING | REMOVING)
    }

    /// Whether it is unsettled by an event that has no record to tell by.
    pub(crate) fn undecidable(&self) -> bool {
        self.unsettled() && self.entry.sequence == 0
    }
}

/// Copies every slot that is not empty.
pub(crate) fn slots(source: &Source, anatomy: &Anatomy) -> Result<Vec<Slot>, Refusal> {
    let before = anatomy.controls.all(source)?;
    let entries = anatomy.entries.all(source)?;
    let after = anatomy.controls.all(source)?;
    let mut slots = Vec::new();
    for (index, entry) in entries.into_iter().enumerate() {
        let mut slot = Slot {
            control: after[index],
            entry,
        };
        if before[index] != after[index] {
            slot = settled(source, anatomy, index)?;
        }
        if slot.state() != EMPTY {
            slots.push(slot);
        }
    }
    Ok(slots)
}

/// Looks at one slot until it does not change while being looked at.
fn settled(source: &Source, anatomy: &Anatomy, index: usize) -> Result<Slot, Refusal> {
    let mut control = anatomy.controls.first_word(source, index)?;
    for _ in 0..ATTEMPTS {
        let entry = anatomy.entries.some(source, index, 1)?[0];
        let again = anatomy.controls.first_word(source, index)?;
        if again == control {
            return Ok(Slot { control, entry });
        }
        control = again;
    }
    // Busy all the time: nothing true can be said about it but that.
    Ok(Slot {
        control: INSERTING,
        entry: bytemuck::Zeroable::zeroed(),
    })
}

/// What exists by the slots alone: of a running producer.
pub(crate) fn live(slots: &[Slot]) -> Vec<Allocation> {
    slots
        .iter()
        .filter(|slot| slot.state() == LIVE)
        .map(Slot::allocation)
        .collect()
}

/// What existed when the producer died in the middle of events.
pub(crate) fn live_at_death(slots: &[Slot], ring: &[Content]) -> Vec<Allocation> {
    slots
        .iter()
        .filter(|slot| match slot.state() {
            LIVE => true,
            INSERTING => has_begun(slot, ring),
            REMOVING => !has_ended(slot, ring),
            _ => false,
        })
        .map(Slot::allocation)
        .collect()
}

/// The entry of a slot that is being filled may still be, in parts, that of the allocation before,
/// whose record is in the ring, complete. Only a record in flight tells of this very insertion.
fn has_begun(slot: &Slot, ring: &[Content]) -> bool {
    let sequence = slot.entry.sequence;
    let begins = |record: &Record| record.is_alloc() && record.sequence == sequence;
    sequence != 0
        && ring
            .iter()
            .filter_map(|it| it.in_flight.as_ref())
            .any(begins)
}

fn has_ended(slot: &Slot, ring: &[Content]) -> bool {
    let sequence = slot.entry.sequence;
    let ends = |record: &Record| record.ends(sequence);
    sequence != 0 && ring.iter().filter_map(|it| it.in_flight.as_ref()).any(ends)
}

impl Slot {
    fn allocation(&self) -> Allocation {
        let refs = if self.state() == LIVE {
            self.control >> 2 & 0xffff
        } else {
            // A slot is claimed with one reference.
            1
        };
        Allocation {
            record: self.entry,
            refs,
        }
    }
}
