//! Where in the live table an allocation is, and where a new one goes.

use super::slots::{Astray, Bucket};
use super::{Claimed, Found, Key, LiveTable, Slots};
use std::sync::atomic::Ordering;
use ttmem_layout::{
    BUCKET_SLOTS, Control, STASH_WINDOW, SlotState, buckets, hash, own_slot, stash_bucket, tag_of,
};

/// An operation starts over when another thread took the very slot it wanted. Threads working on
/// different keys rarely meet in a bucket; after so many meetings the event gives up and is counted.
const TRIES: usize = 32;

/// A key's first bucket takes it while so many of its slots are empty, and the second bucket is not
/// even looked at. Costs some percent of the load the table can reach, and saves a cache line of
/// which the larger part is other threads' business.
const ROOMY: usize = 4;

/// Where a key may lie.
#[derive(Clone, Copy)]
pub(crate) struct Home {
    /// Its own slot: where it lies if nobody else does.
    pub(super) slot: usize,
    second: usize,
    pub(super) tag: u64,
}

impl Home {
    /// The bucket of its own slot.
    #[inline(always)]
    const fn first(self) -> usize {
        self.slot / BUCKET_SLOTS
    }
}

/// What became of the wish to enter a key.
pub(crate) enum Entered {
    /// It is live already.
    Live(Found),
    /// An empty slot is claimed for it.
    Claimed(Claimed),
    /// There is no slot for it.
    Full,
}

/// What a look at a bucket tells.
struct Look {
    /// Empty slots, and one of them if there are any.
    room: usize,
    empty: usize,
}

impl Slots {
    /// Where the key may lie.
    #[inline(always)]
    pub(crate) fn home(&self, key: Key) -> Home {
        let hash = hash(key.pool, key.buffer_type, key.address);
        let (first, second) = buckets(hash, self.bucket_mask);
        Home {
            slot: first as usize * BUCKET_SLOTS + own_slot(hash),
            second: second as usize,
            tag: tag_of(hash),
        }
    }

    /// The live allocation with this key, if it is in its own slot. `None` says nothing: ask
    /// [`LiveTable::find`].
    #[inline(always)]
    pub(crate) fn find_near(&self, key: Key, home: Home) -> Option<Found> {
        let control = Control(self.control(home.slot).load(Ordering::Acquire));
        let live = control.0 & Control::TAG_AND_STATE == Control::live_pattern(home.tag)
            && self.holds(home.slot, key);
        live.then_some(Found {
            slot: home.slot,
            control,
            home: home.slot,
        })
    }

    /// Claims a key's own slot for it, if that is empty and tells by itself that the key is not live.
    /// `None` says nothing: ask [`LiveTable::enter`].
    #[inline(always)]
    pub(crate) fn enter_near(&self, home: Home) -> Option<Claimed> {
        // A slot that was never used has displaced nobody: its count, which lies in a line of its own,
        // need not be looked at. Otherwise the count was raised before the allocation was entered, so
        // whoever knows of the allocation sees it.
        let never_used = self.control(home.slot).load(Ordering::Relaxed) == 0;
        if !never_used && !self.displaced(home.slot).is_none() {
            return None;
        }
        self.try_claim(home.slot, home)
    }
}

impl LiveTable {
    /// The live allocation with this key.
    pub(crate) fn find(&self, key: Key) -> Option<Found> {
        let home = self.slots.home(key);
        if let Some(found) = self.slots.find_near(key, home) {
            return Some(found);
        }
        // Counted before it was entered, so whoever knows of the allocation sees the count.
        let displaced = self.slots.displaced(home.slot);
        if displaced.is_none() {
            return None;
        }
        let wanted = Control::live_pattern(home.tag);
        let in_buckets = displaced.may_be(Astray::InBuckets);
        let in_stash = displaced.may_be(Astray::InStash);
        let buckets = [home.first(), home.second].into_iter();
        let (slot, control) = buckets
            .filter(|_| in_buckets)
            .chain(self.stash_window(key).filter(|_| in_stash))
            .find_map(|bucket| self.search(bucket, wanted, key))?;
        Some(Found {
            slot,
            control,
            home: home.slot,
        })
    }

    /// Whether some empty slot last held this key: the allocation was freed before.
    #[cold]
    pub(crate) fn find_freed(&self, key: Key) -> bool {
        let home = self.slots.home(key);
        let wanted = Control::empty_pattern(home.tag);
        [home.first(), home.second]
            .into_iter()
            .chain(self.stash_window(key))
            .any(|bucket| self.search(bucket, wanted, key).is_some())
    }

    /// The slot of a bucket that holds the key.
    fn search(&self, bucket: usize, wanted: u64, key: Key) -> Option<(usize, Control)> {
        let mut rest = slots_where(&self.controls[bucket], |word| {
            word & Control::TAG_AND_STATE == wanted
        });
        while rest != 0 {
            let index = rest.trailing_zeros() as usize % BUCKET_SLOTS;
            let slot = bucket * BUCKET_SLOTS + index;
            let control = Control(self.controls[bucket][index].load(Ordering::Acquire));
            if control.0 & Control::TAG_AND_STATE == wanted && self.slots.holds(slot, key) {
                return Some((slot, control));
            }
            rest &= rest - 1;
        }
        None
    }

    /// Finds the live allocation with this key or claims an empty slot for it.
    pub(crate) fn enter(&self, key: Key) -> Entered {
        if let Some(found) = self.find(key) {
            return Entered::Live(found);
        }
        let home = self.slots.home(key);
        for _ in 0..TRIES {
            // Always the own slot if it is empty, whatever the buckets look like: that a slot was never
            // used then says that it has displaced nobody (`Slots::enter_near`).
            if let Some(claimed) = self.slots.try_claim(home.slot, home) {
                return Entered::Claimed(claimed);
            }
            let mut look = self.look(home.first());
            if look.room < ROOMY {
                let second = self.look(home.second);
                if second.room > look.room {
                    look = second;
                }
            }
            if look.room == 0 {
                break;
            }
            let claim = || self.slots.try_claim(look.empty, home);
            if let Some(claimed) = self.claim_displaced(home, Astray::InBuckets, claim) {
                return Entered::Claimed(claimed);
            }
        }
        self.claim_displaced(home, Astray::InStash, || self.claim_stash(key, home))
            .map_or(Entered::Full, Entered::Claimed)
    }

    /// Claims another slot than the key's own. Counted first: a search that starts after this
    /// insertion must not end with the key's own slot.
    fn claim_displaced(
        &self,
        home: Home,
        astray: Astray,
        claim: impl FnOnce() -> Option<Claimed>,
    ) -> Option<Claimed> {
        self.slots.displace(home.slot, astray);
        let claimed = claim();
        // It may have got its own slot after all, emptied meanwhile.
        if !claimed.as_ref().is_some_and(Claimed::is_displaced) {
            self.slots.undo_displace(home.slot, astray);
        }
        claimed
    }

    #[cold]
    fn claim_stash(&self, key: Key, home: Home) -> Option<Claimed> {
        self.stash_window(key)
            .flat_map(|bucket| bucket * BUCKET_SLOTS..(bucket + 1) * BUCKET_SLOTS)
            .find_map(|slot| self.slots.try_claim(slot, home))
    }

    /// The buckets of the stash in which the key may lie.
    fn stash_window(&self, key: Key) -> impl Iterator<Item = usize> + use<> {
        let stash = self.stash;
        let mask = self.controls.len() - stash - 1;
        let hash = hash(key.pool, key.buffer_type, key.address);
        let first = stash_bucket(hash, mask as u64) as usize;
        (first..first + STASH_WINDOW).map(move |bucket| stash + (bucket & mask))
    }

    /// How much room is there in this bucket?
    fn look(&self, bucket: usize) -> Look {
        let words = &self.controls[bucket];
        let empty = slots_where(words, |word| word & 3 == SlotState::Empty as u64);
        let index = empty.trailing_zeros() as usize % BUCKET_SLOTS;
        Look {
            room: empty.count_ones() as usize,
            empty: bucket * BUCKET_SLOTS + index,
        }
    }
}

/// The slots of a bucket whose word passes, as bits. Where in a bucket a key lies is anybody's guess,
/// the processor's too: this has no branch to guess wrong.
#[inline(always)]
fn slots_where(bucket: &Bucket, passes: impl Fn(u64) -> bool) -> u32 {
    let mut bits = 0;
    for (index, word) in bucket.iter().enumerate() {
        bits |= u32::from(passes(word.load(Ordering::Relaxed))) << index;
    }
    bits
}
