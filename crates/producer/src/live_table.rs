//! The table of allocations that exist: two buckets per key, one control word per slot.

use std::sync::atomic::{AtomicU64, Ordering, fence};
use ttmem_layout::{BUCKET_SLOTS, Control, Record, STASH_SLOTS, SlotState, buckets, hash, tag_of};

/// An operation starts over when another thread took the very slot it wanted. Threads working on
/// different keys rarely meet in a bucket; after so many meetings the event gives up and is counted.
const TRIES: usize = 32;

pub(crate) struct LiveTable {
    controls: &'static [AtomicU64],
    entries: &'static [AtomicU64],
    bucket_mask: u64,
    /// First slot of the stash.
    stash: usize,
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
}

/// A slot claimed by this thread: nobody else changes it until it is settled.
pub(crate) struct Claimed {
    slot: usize,
    control: Control,
}

impl LiveTable {
    pub(crate) fn new(controls: &'static [AtomicU64], entries: &'static [AtomicU64]) -> Self {
        let stash = controls.len() - STASH_SLOTS as usize;
        debug_assert!(stash.is_power_of_two());
        Self {
            controls,
            entries,
            bucket_mask: (stash / BUCKET_SLOTS) as u64 - 1,
            stash,
            stashed: AtomicU64::new(0),
        }
    }

    /// The live allocation with this key.
    #[inline]
    pub(crate) fn find(&self, key: Key) -> Option<Found> {
        self.search(key, Control::live_pattern)
    }

    /// A slot that last held this key and is empty now: the allocation was freed before.
    #[cold]
    pub(crate) fn find_freed(&self, key: Key) -> bool {
        self.search(key, Control::empty_pattern).is_some()
    }

    #[inline(always)]
    fn search(&self, key: Key, pattern: fn(u64) -> u64) -> Option<Found> {
        let hash = hash(key.pool, key.buffer_type, key.address);
        let wanted = pattern(tag_of(hash));
        let (first, second) = buckets(hash, self.bucket_mask);
        for bucket in [first, second] {
            let start = bucket as usize * BUCKET_SLOTS;
            if let Some(found) = self.search_slots(start, BUCKET_SLOTS, wanted, key) {
                return Some(found);
            }
        }
        if self.stashed.load(Ordering::Relaxed) == 0 {
            return None;
        }
        self.search_slots(self.stash, STASH_SLOTS as usize, wanted, key)
    }

    #[inline(always)]
    fn search_slots(&self, start: usize, count: usize, wanted: u64, key: Key) -> Option<Found> {
        for (index, word) in self.controls[start..start + count].iter().enumerate() {
            // [live-publish] Acquire: pairs with the Release that made the slot live, so the entry's
            // words are those of this control word or newer ones, and newer ones change the word.
            let control = Control(word.load(Ordering::Acquire));
            if control.0 & Control::TAG_AND_STATE == wanted && self.holds(start + index, key) {
                return Some(Found {
                    slot: start + index,
                    control,
                });
            }
        }
        None
    }

    #[inline(always)]
    fn holds(&self, slot: usize, key: Key) -> bool {
        let entry = self.entry(slot);
        let tail = Record::from_words([0, 0, 0, 0, 0, 0, 0, entry[7].load(Ordering::Relaxed)]);
        entry[2].load(Ordering::Relaxed) == key.address
            && tail.pool == key.pool
            && tail.buffer_type == key.buffer_type
    }

    /// Claims an empty slot for a new allocation: in the emptier of its two buckets, else in the
    /// stash. `None` when all are full.
    #[inline]
    pub(crate) fn claim_empty(&self, key: Key) -> Option<Claimed> {
        let hash = hash(key.pool, key.buffer_type, key.address);
        let tag = tag_of(hash);
        let (first, second) = buckets(hash, self.bucket_mask);
        for _ in 0..TRIES {
            let (room_first, slot_first) = self.room(first);
            let (room_second, slot_second) = self.room(second);
            if room_first.max(room_second) == 0 {
                break;
            }
            let slot = if room_first >= room_second {
                slot_first
            } else {
                slot_second
            };
            if let Some(claimed) = self.try_claim_empty(slot, tag) {
                return Some(claimed);
            }
        }
        self.claim_stash(tag)
    }

    #[cold]
    fn claim_stash(&self, tag: u64) -> Option<Claimed> {
        // Counted first: a search that starts after this insertion must not skip the stash.
        self.stashed.fetch_add(1, Ordering::AcqRel);
        let claimed =
            (self.stash..self.controls.len()).find_map(|slot| self.try_claim_empty(slot, tag));
        if claimed.is_none() {
            self.stashed.fetch_sub(1, Ordering::AcqRel);
        }
        claimed
    }

    /// Empty slots of a bucket, and one of them.
    #[inline(always)]
    fn room(&self, bucket: u64) -> (usize, usize) {
        let start = bucket as usize * BUCKET_SLOTS;
        let mut room = 0;
        let mut slot = start;
        for (index, word) in self.controls[start..start + BUCKET_SLOTS]
            .iter()
            .enumerate()
        {
            if word.load(Ordering::Relaxed) & 3 == SlotState::Empty as u64 {
                room += 1;
                slot = start + index;
            }
        }
        (room, slot)
    }

    #[inline(always)]
    fn try_claim_empty(&self, slot: usize, tag: u64) -> Option<Claimed> {
        let seen = Control(self.controls[slot].load(Ordering::Relaxed));
        if seen.state() != SlotState::Empty {
            return None;
        }
        self.transition(slot, seen, seen.inserting(tag))
    }

    /// Claims a live allocation to end it, if it is still as it was found.
    #[inline]
    pub(crate) fn claim_live(&self, found: Found) -> Option<Claimed> {
        self.transition(
            found.slot,
            found.control,
            found.control.with_state(SlotState::Removing),
        )
    }

    /// Claims the slot of an allocation this thread has just ended, for the one that replaces it.
    pub(crate) fn reclaim(&self, ended: Claimed) -> Claimed {
        let control = ended.control.emptied().inserting(ended.control.tag());
        self.controls[ended.slot].store(control.0, Ordering::Relaxed);
        fence(Ordering::Release);
        Claimed {
            slot: ended.slot,
            control,
        }
    }

    #[inline(always)]
    fn transition(&self, slot: usize, from: Control, to: Control) -> Option<Claimed> {
        // [live-claim] Acquire: the entry's words are read as its last writer left them.
        self.controls[slot]
            .compare_exchange(from.0, to.0, Ordering::Acquire, Ordering::Relaxed)
            .ok()?;
        // The claim is seen before any word of the entry changes, so a reader that copied a changed
        // word finds another control word when it looks again.
        fence(Ordering::Release);
        Some(Claimed { slot, control: to })
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
        self.controls[found.slot]
            .compare_exchange(from.0, to, Ordering::AcqRel, Ordering::Relaxed)
            .ok()
            .map(|_| Control(to).refs())
    }

    /// Fills a claimed empty slot; it is not visible yet.
    #[inline(always)]
    pub(crate) fn fill(&self, claimed: &Claimed, record: Record) {
        for (word, value) in self.entry(claimed.slot).iter().zip(record.words()) {
            word.store(value, Ordering::Relaxed);
        }
    }

    /// Makes a filled slot live.
    #[inline(always)]
    pub(crate) fn settle_live(&self, claimed: Claimed) {
        // [live-publish] Release: whoever sees it live sees the whole entry.
        self.controls[claimed.slot].store(
            claimed.control.with_state(SlotState::Live).0,
            Ordering::Release,
        );
    }

    /// Empties a claimed live slot. The entry stays readable underneath: it tells a double free.
    #[inline(always)]
    pub(crate) fn settle_empty(&self, claimed: Claimed) {
        self.controls[claimed.slot].store(claimed.control.emptied().0, Ordering::Release);
        if claimed.slot >= self.stash {
            self.stashed.fetch_sub(1, Ordering::AcqRel);
        }
    }

    /// The entry of a claimed or found slot.
    #[inline(always)]
    pub(crate) fn read(&self, slot: usize) -> Record {
        let entry = self.entry(slot);
        let mut words = [0; Record::WORDS];
        for (value, word) in words.iter_mut().zip(entry) {
            *value = word.load(Ordering::Relaxed);
        }
        Record::from_words(words)
    }

    /// Slots in all, for a walk over them.
    pub(crate) fn slots(&self) -> usize {
        self.controls.len()
    }

    /// The slot, if it is live.
    pub(crate) fn live_at(&self, slot: usize) -> Option<Found> {
        let control = Control(self.controls[slot].load(Ordering::Acquire));
        (control.state() == SlotState::Live).then_some(Found { slot, control })
    }

    #[inline(always)]
    fn entry(&self, slot: usize) -> &'static [AtomicU64] {
        &self.entries[slot * Record::WORDS..][..Record::WORDS]
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
