//! The table of allocations that exist: a slot of its own for each key, fifteen others if that is taken,
//! and a stash for the few that find none; one control word per slot.

mod lookup;
mod slots;

pub(crate) use lookup::Entered;
pub(crate) use slots::{Claimed, Found, Slots};

use slots::{Astray, Bucket, Entry};
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering, fence};
use ttmem_layout::{BUCKET_SLOTS, Control, Record, SlotState};

pub(crate) struct LiveTable {
    pub(crate) slots: Slots,
    /// The buckets' control words, then those of the stash.
    controls: &'static [Bucket],
    /// Number of buckets before the stash.
    stash: usize,
}

/// What an allocation is known by.
#[derive(Clone, Copy)]
pub(crate) struct Key {
    pub(crate) pool: u16,
    pub(crate) buffer_type: u8,
    pub(crate) address: u64,
}

impl LiveTable {
    pub(crate) fn new(controls: &'static [AtomicU64], entries: &'static [AtomicU64]) -> Self {
        let (controls, _) = controls.as_chunks();
        let (entries, _) = entries.as_chunks::<{ Record::WORDS }>();
        let entries: &[Entry] = entries;
        // A power of two; the stash behind is smaller.
        let stash = 1 << controls.len().ilog2();
        // As long-lived as the pointers to it: a thread may be in an event while another detaches.
        let own_slots = 0..stash * BUCKET_SLOTS;
        let displaced = Box::leak(own_slots.map(|_| AtomicU8::new(0)).collect());
        Self {
            slots: Slots::new(controls, entries, displaced),
            controls,
            stash,
        }
    }

    /// Forgets that an allocation lay in another slot than its own, now that it has ended.
    #[cold]
    pub(crate) fn forget_displaced(&self, ended: &Claimed) {
        let astray = if ended.slot < self.stash * BUCKET_SLOTS {
            Astray::InBuckets
        } else {
            Astray::InStash
        };
        self.slots.undo_displace(ended.home, astray);
    }

    /// Slots in all, for a walk over them.
    pub(crate) const fn len(&self) -> usize {
        self.controls.len() * BUCKET_SLOTS
    }

    /// The allocation in a slot, if there is one and it did not change meanwhile.
    pub(crate) fn copy_at(&self, slot: usize) -> Option<Record> {
        let (found, entry) = self.live_at(slot)?;
        fence(Ordering::Acquire);
        let after = self.slots.control(slot).load(Ordering::Relaxed);
        (found.control.0 == after).then_some(entry)
    }

    /// The slot with its entry, if it is live. The entry is that of the allocation if the slot can be
    /// claimed as it was found.
    pub(crate) fn live_at(&self, slot: usize) -> Option<(Found, Record)> {
        debug_assert!(slot < self.len());
        let control = Control(self.slots.control(slot).load(Ordering::Acquire));
        if control.state() != SlotState::Live {
            return None;
        }
        let entry = self.slots.read(slot);
        let home = self.slots.home(Key {
            pool: entry.pool,
            buffer_type: entry.buffer_type,
            address: entry.address,
        });
        let found = Found {
            slot,
            control,
            home: home.slot,
        };
        Some((found, entry))
    }
}
