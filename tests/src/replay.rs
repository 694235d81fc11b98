//! The live table told by the ring: what a segment's events come to when they are replayed.

use std::collections::BTreeMap;
use ttmem_layout::{BufferType, flags};
use ttmem_reader::{Event, Snapshot};

/// Pool, type and address.
pub type Key = (u16, BufferType, u64);

/// One allocation that exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    /// Sequence of its allocation.
    pub sequence: u64,
    /// Bytes asked for.
    pub requested: u64,
    /// Bytes on each chip.
    pub occupied: u64,
    /// References.
    pub refs: u64,
}

/// Everything that exists.
pub type Live = BTreeMap<Key, Held>;

/// As the live table has it.
///
/// # Errors
/// Names a key that is there twice.
pub fn table(snapshot: &Snapshot) -> Result<Live, String> {
    let mut live = Live::new();
    for buffer in &snapshot.buffers {
        let key = (buffer.pool, buffer.buffer_type, buffer.address);
        let held = Held {
            sequence: buffer.sequence,
            requested: buffer.requested,
            occupied: buffer.occupied,
            refs: buffer.refs,
        };
        if live.insert(key, held).is_some() {
            return Err(format!("{key:x?} is live twice"));
        }
    }
    Ok(live)
}

/// As all events since the beginning have it.
///
/// # Errors
/// Says which event does not follow from those before it.
pub fn replay(events: &[Event]) -> Result<Live, String> {
    let mut live = Live::new();
    for event in events {
        let Some(buffer_type) = event.buffer_type else {
            continue;
        };
        let key = (event.pool, buffer_type, event.address);
        let refers = event.flags & flags::REFERENCE != 0;
        if event.kind.is_alloc() && refers {
            let held = live
                .get_mut(&key)
                .ok_or_else(|| format!("a reference to what is not live: {event:x?}"))?;
            held.refs += 1;
        } else if event.kind.is_free() && refers {
            let held = live
                .get_mut(&key)
                .ok_or_else(|| format!("a reference less of what is not live: {event:x?}"))?;
            held.refs -= 1;
        } else if event.takes_effect() && event.kind.is_alloc() {
            let held = Held {
                sequence: event.sequence,
                requested: event.requested,
                occupied: event.occupied(),
                refs: 1,
            };
            if let Some(old) = live.insert(key, held) {
                return Err(format!("allocated over {old:x?}: {event:x?}"));
            }
        } else if event.takes_effect() {
            match live.remove(&key) {
                Some(held) if held.sequence == event.alloc_sequence => {}
                other => return Err(format!("ended {other:x?}: {event:x?}")),
            }
        }
    }
    Ok(live)
}

/// Where two accounts differ. A change of a reference count stands in the table one step before its
/// record: a kill between the two leaves a difference of one, which is counted and not a fault.
#[derive(Debug, Default)]
pub struct Difference {
    /// Allocations that one has and the other has not, or has otherwise.
    pub faults: Vec<String>,
    /// Reference counts that differ by one.
    pub references: u64,
}

/// Compares a table with a replay.
pub fn compare(table: &Live, replayed: &Live) -> Difference {
    let mut difference = Difference::default();
    for (key, held) in table {
        match replayed.get(key) {
            Some(other) if other == held => {}
            Some(other)
                if Held {
                    refs: held.refs,
                    ..*other
                } == *held
                    && held.refs.abs_diff(other.refs) == 1 =>
            {
                difference.references += 1;
            }
            other => difference
                .faults
                .push(format!("{key:x?}: table {held:x?}, replay {other:x?}")),
        }
    }
    for (key, other) in replayed {
        if !table.contains_key(key) {
            difference
                .faults
                .push(format!("{key:x?}: not in the table, replay {other:x?}"));
        }
    }
    difference
}
