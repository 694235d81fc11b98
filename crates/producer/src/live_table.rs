//! The table of allocations that exist: two buckets per key, one control word per slot.

mod lookup;

pub(crate) use lookup::Entered;

use lookup::Home;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering, fence};
use ttmem_layout::{BUCKET_SLOTS, Control, Record, STASH_SLOTS, SlotState};

const STASH_BUCKETS: usize = STASH_SLOTS as usize / BUCKET_SLOTS;

type Entry = [AtomicU64; Record::WORDS];
type Bucket = [AtomicU64; BUCKET_SLOTS];

pub(crate) struct LiveTable {
    /// The buckets' control words, then those of the stash.
    controls: &'static [Bucket],
    entries: &'static [Entry],
    bucket_mask: u64,
    /// Number of buckets before the stash.
    stash: usize,
    /// By bucket: allocations whose first bucket it is and that lie elsewhere. While it is 0, a
    /// search ends with the bucket. Not in the segment: readers walk over all slots.
    elsewhere: Box<[AtomicU32]>,
    /// Allocations in the stash; while 0 it need not be searched.
    stashed: AtomicU64,
}

/// What an allocation is known by.
#[derive(Clone, Copy)]
pub(crate) struct Key {
    pub(crate) pool: u16,
    pub(crate) buffer_type: u8,
    pub(crate) address: u64,
}

/// A slot as it was when it was looked at.
#[derive(Clone, Copy)]
pub(crate) struct Found {
    slot: usize,
    control: Control,
    /// First bucket of its key.
    home: usize,
}

/// A slot claimed by this thread: nobody else changes it until it is settled.
pub(crate) struct Claimed {
    slot: usize,
    control: Control,
    home: usize,
}

impl LiveTable {
    pub(crate) fn new(controls: &'static [AtomicU64], entries: &'static [AtomicU64]) -> Self {
        let (controls, _) = controls.as_chunks();
        let (entries, _) = entries.as_chunks();
        let stash = controls.len() - STASH_BUCKETS;
        debug_assert!(stash.is_power_of_two());
        Self {
            controls,
            entries,
            bucket_mask: stash as u64 - 1,
            stash,
            elsewhere: (0..stash).map(|_| AtomicU32::new(0)).collect(),
            stashed: AtomicU64::new(0),
        }
    }

    #[inline(always)]
    fn try_claim(&self, slot: usize, home: Home) -> Option<Claimed> {
        let seen = Control(self.control(slot).load(Ordering::Relaxed));
        if seen.state() != SlotState::Empty {
            return None;
        }
        self.transition(slot, seen, seen.inserting(home.tag), home.first)
    }

    /// Claims a live allocation to end it, if it is still as it was found.
    #[inline]
    pub(crate) fn claim_live(&self, found: Found) -> Option<Claimed> {
        self.transition(
            found.slot,
            found.control,
            found.control.with_state(SlotState::Removing),
            found.home,
        )
    }

    /// Claims the slot of an allocation this thread has just ended, for the one that replaces it.
    pub(crate) fn reclaim(&self, ended: Claimed) -> Claimed {
        let control = ended.control.emptied().inserting(ended.control.tag());
        self.control(ended.slot).store(control.0, Ordering::Relaxed);
        fence(Ordering::Release);
        Claimed {
            slot: ended.slot,
            control,
            home: ended.home,
        }
    }

    #[inline(always)]
    fn transition(&self, slot: usize, from: Control, to: Control, home: usize) -> Option<Claimed> {
        // [live-claim] Acquire: the entry's words are read as its last writer left them.
        self.control(slot)
            .compare_exchange(from.0, to.0, Ordering::Acquire, Ordering::Relaxed)
            .ok()?;
        // The claim is seen before any word of the entry changes, so a reader that copied a changed
        // word finds another control word when it looks again.
        fence(Ordering::Release);
        Some(Claimed {
            slot,
            control: to,
            home,
        })
    }

    /// Adds (`true`) or takes a reference of a live allocation; the new count, or `None` if the slot
    /// changed meanwhile.
    pub(crate) fn refer(&self, found: Found, more: bool) -> Option<u64> {
        let from = found.control;
        let to = if more {
            from.0 + Control::ONE_REF
        } else {
            from.0 - Control::ONE_REF
        };
        self.control(found.slot)
            .compare_exchange(from.0, to, Ordering::AcqRel, Ordering::Relaxed)
            .ok()
            .map(|_| Control(to).refs())
    }

    /// Fills a claimed empty slot; it is not visible yet.
    #[inline(always)]
    pub(crate) fn fill(&self, claimed: &Claimed, words: &[u64; Record::WORDS]) {
        for (word, value) in self.entries[claimed.slot].iter().zip(words) {
            word.store(*value, Ordering::Relaxed);
        }
    }

    /// Makes a filled slot live.
    #[inline(always)]
    pub(crate) fn settle_live(&self, claimed: Claimed) {
        // [live-publish] Release: whoever sees it live sees the whole entry.
        self.control(claimed.slot).store(
            claimed.control.with_state(SlotState::Live).0,
            Ordering::Release,
        );
    }

    /// Empties a claimed live slot. The entry stays readable underneath: it tells a double free.
    #[inline(always)]
    pub(crate) fn settle_empty(&self, claimed: Claimed) {
        // [live-claim] Release: the slot's next owner comes after this one's reading of the entry.
        self.control(claimed.slot)
            .store(claimed.control.emptied().0, Ordering::Release);
        if claimed.slot / BUCKET_SLOTS != claimed.home {
            self.forget_elsewhere(&claimed);
        }
    }

    #[cold]
    fn forget_elsewhere(&self, emptied: &Claimed) {
        self.elsewhere[emptied.home].fetch_sub(1, Ordering::AcqRel);
        if emptied.slot >= self.stash * BUCKET_SLOTS {
            self.stashed.fetch_sub(1, Ordering::AcqRel);
        }
    }

    /// The entry of a claimed or found slot.
    #[inline(always)]
    pub(crate) fn read(&self, slot: usize) -> Record {
        let entry = &self.entries[slot];
        Record::from_words(std::array::from_fn(|word| {
            entry[word].load(Ordering::Relaxed)
        }))
    }

    /// Slots in all, for a walk over them.
    pub(crate) const fn slots(&self) -> usize {
        self.controls.len() * BUCKET_SLOTS
    }

    /// The slot with its entry, if it is live. The entry is that of the allocation if the slot can be
    /// claimed as it was found.
    pub(crate) fn live_at(&self, slot: usize) -> Option<(Found, Record)> {
        let control = Control(self.control(slot).load(Ordering::Acquire));
        if control.state() != SlotState::Live {
            return None;
        }
        let entry = self.read(slot);
        let home = self.home(Key {
            pool: entry.pool,
            buffer_type: entry.buffer_type,
            address: entry.address,
        });
        let found = Found {
            slot,
            control,
            home: home.first,
        };
        Some((found, entry))
    }

    #[inline(always)]
    fn control(&self, slot: usize) -> &'static AtomicU64 {
        &self.controls[slot / BUCKET_SLOTS][slot % BUCKET_SLOTS]
    }
}

impl Found {
    pub(crate) const fn slot(&self) -> usize {
        self.slot
    }

    pub(crate) const fn refs(&self) -> u64 {
        self.control.refs()
    }
}

impl Claimed {
    pub(crate) const fn slot(&self) -> usize {
        self.slot
    }
}
