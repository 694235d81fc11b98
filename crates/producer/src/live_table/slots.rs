//! The table's memory, and what may be done to one slot of it.

use super::lookup::Home;
use crate::warm::warm;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering, fence};
use ttmem_layout::{BUCKET_SLOTS, Control, Record, SlotState};

pub(super) type Entry = [AtomicU64; Record::WORDS];
pub(super) type Bucket = [AtomicU64; BUCKET_SLOTS];

/// Where the table is. Small, so that each thread has it beside its place in the ring.
#[derive(Clone, Copy)]
pub(crate) struct Slots {
    controls: *const AtomicU64,
    entries: *const Entry,
    /// By slot: allocations whose own slot it is and that lie in another, by [`Astray`]. While it is 0,
    /// a search ends with the key's own slot. Not in the segment: readers walk over all slots.
    displaced: *const AtomicU8,
    pub(super) bucket_mask: u64,
}

/// Where an allocation may lie if not in its own slot.
#[derive(Clone, Copy)]
pub(super) enum Astray {
    /// In another slot of its two buckets.
    InBuckets,
    /// In the stash.
    InStash,
}

impl Astray {
    /// One allocation: a count of four bits each.
    const fn one(self) -> u8 {
        match self {
            Self::InBuckets => 1,
            Self::InStash => 1 << 4,
        }
    }

    const fn mask(self) -> u8 {
        0xf * self.one()
    }
}

/// How many allocations lie elsewhere than in the slot that is their own.
#[derive(Clone, Copy)]
pub(super) struct Displaced(u8);

impl Displaced {
    #[inline(always)]
    pub(super) const fn is_none(self) -> bool {
        self.0 == 0
    }

    pub(super) const fn may_be(self, astray: Astray) -> bool {
        self.0 & astray.mask() != 0
    }
}

// SAFETY: the pointers are to atomics that live as long as the process (`Slots::new`).
unsafe impl Send for Slots {}
// SAFETY: as above.
unsafe impl Sync for Slots {}

/// A slot as it was when it was looked at. Only made of slots that exist.
#[derive(Clone, Copy)]
pub(crate) struct Found {
    pub(super) slot: usize,
    pub(super) control: Control,
    /// The slot its key would rather have.
    pub(super) home: usize,
}

/// A slot claimed by this thread: nobody else changes it until it is settled. Only made of slots that
/// exist.
pub(crate) struct Claimed {
    pub(super) slot: usize,
    pub(super) control: Control,
    pub(super) home: usize,
}

impl Slots {
    /// `displaced` has an entry per slot that can be a key's own, `controls` and `entries` one for each
    /// of these and of any behind them; none of them is ever given back.
    pub(super) fn new(
        controls: &'static [Bucket],
        entries: &'static [Entry],
        displaced: &'static [AtomicU8],
    ) -> Self {
        assert!(displaced.len().is_power_of_two() && displaced.len() <= entries.len());
        assert!(controls.len() * BUCKET_SLOTS == entries.len());
        Self {
            controls: controls.as_flattened().as_ptr(),
            entries: entries.as_ptr(),
            displaced: displaced.as_ptr(),
            bucket_mask: (displaced.len() / BUCKET_SLOTS) as u64 - 1,
        }
    }

    #[inline(always)]
    pub(super) fn control(&self, slot: usize) -> &'static AtomicU64 {
        // SAFETY: callers have the slot from a key's home, which the mask keeps inside the table, from
        // a walk over its slots, or from a `Found` or `Claimed`. What `new` was given lives for ever.
        unsafe { &*self.controls.add(slot) }
    }

    #[inline(always)]
    fn entry(&self, slot: usize) -> &'static Entry {
        // SAFETY: as for `control`; there are as many of them.
        unsafe { &*self.entries.add(slot) }
    }

    #[inline(always)]
    fn count_of_displaced(&self, home: usize) -> &'static AtomicU8 {
        // SAFETY: callers have the slot from a key's home, which the mask keeps inside.
        unsafe { &*self.displaced.add(home) }
    }

    /// Where allocations whose own slot this is may lie besides.
    #[inline(always)]
    pub(super) fn displaced(&self, home: usize) -> Displaced {
        Displaced(self.count_of_displaced(home).load(Ordering::Relaxed))
    }

    /// Counts an allocation that will lie in another slot than its own, before it does. A count that
    /// reaches its end stays there: then those who look for this slot's allocations always look in
    /// that place too. Starts over only while other threads change this very count, each in an event
    /// of its own.
    pub(super) fn displace(&self, home: usize, astray: Astray) {
        self.recount(home, astray, |count, one| count + one);
    }

    /// Takes back one [`Self::displace`].
    pub(super) fn undo_displace(&self, home: usize, astray: Astray) {
        self.recount(home, astray, |count, one| count - one);
    }

    fn recount(&self, home: usize, astray: Astray, change: impl Fn(u8, u8) -> u8) {
        let changed = |count| {
            let at_its_end = count & astray.mask() == astray.mask();
            (!at_its_end).then(|| change(count, astray.one()))
        };
        let count = self.count_of_displaced(home);
        let _ = count.fetch_update(Ordering::AcqRel, Ordering::Relaxed, changed);
    }

    /// Asks for the lines that an event on this key will touch.
    #[inline(always)]
    pub(crate) fn warm(&self, home: Home) {
        warm(self.control(home.slot));
        warm(self.entry(home.slot));
    }

    /// Whether the entry of a slot is this key's.
    #[inline(always)]
    pub(super) fn holds(&self, slot: usize, key: super::Key) -> bool {
        let entry = self.entry(slot);
        let tail = Record::from_words([0, 0, 0, 0, 0, 0, 0, entry[7].load(Ordering::Relaxed)]);
        entry[2].load(Ordering::Relaxed) == key.address
            && tail.pool == key.pool
            && tail.buffer_type == key.buffer_type
    }

    #[inline(always)]
    pub(super) fn try_claim(&self, slot: usize, home: Home) -> Option<Claimed> {
        let seen = Control(self.control(slot).load(Ordering::Relaxed));
        if seen.state() != SlotState::Empty {
            return None;
        }
        self.transition(slot, seen, seen.inserting(home.tag), home.slot)
    }

    /// Claims a live allocation to end it, if it is still as it was found.
    #[inline(always)]
    pub(crate) fn claim_live(&self, found: Found) -> Option<Claimed> {
        self.transition(
            found.slot,
            found.control,
            found.control.with_state(SlotState::Removing),
            found.home,
        )
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

    /// Claims the slot of an allocation this thread has just ended, for the one that replaces it.
    pub(crate) fn reclaim(&self, ended: Claimed) -> Claimed {
        let control = ended.control.emptied().inserting(ended.control.tag());
        self.control(ended.slot).store(control.0, Ordering::Relaxed);
        fence(Ordering::Release);
        Claimed { control, ..ended }
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
        for (word, value) in self.entry(claimed.slot).iter().zip(words) {
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
    pub(crate) fn settle_empty(&self, claimed: &Claimed) {
        // [live-claim] Release: the slot's next owner comes after this one's reading of the entry.
        self.control(claimed.slot)
            .store(claimed.control.emptied().0, Ordering::Release);
    }

    /// The entry of a claimed or found slot.
    #[inline(always)]
    pub(crate) fn read(&self, slot: usize) -> Record {
        let entry = self.entry(slot);
        Record::from_words(std::array::from_fn(|word| {
            entry[word].load(Ordering::Relaxed)
        }))
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

    /// Whether it lies in another slot than its key's own.
    #[inline(always)]
    pub(crate) const fn is_displaced(&self) -> bool {
        self.slot != self.home
    }
}
