//! Where in the live table an allocation is, and where a new one goes.

use super::{Bucket, Claimed, Found, Key, LiveTable};
use std::sync::atomic::Ordering;
use ttmem_layout::{BUCKET_SLOTS, Control, Record, SlotState, buckets, hash, tag_of};

/// An operation starts over when another thread took the very slot it wanted. Threads working on
/// different keys rarely meet in a bucket; after so many meetings the event gives up and is counted.
const TRIES: usize = 32;

/// A key's first bucket takes it while so many of its slots are empty, and the second bucket is not
/// even looked at. Costs some percent of the load the table can reach, and saves a cache line of
/// which the larger part is other threads' business.
const ROOMY: usize = 4;

/// Where a key may lie.
#[derive(Clone, Copy)]
pub(super) struct Home {
    pub(super) first: usize,
    second: usize,
    pub(super) tag: u64,
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
    /// Live slots with the key's tag.
    same_tag: u32,
    /// Empty slots, and one of them if there are any.
    room: usize,
    empty: usize,
}

impl LiveTable {
    #[inline(always)]
    pub(super) fn home(&self, key: Key) -> Home {
        let hash = hash(key.pool, key.buffer_type, key.address);
        let (first, second) = buckets(hash, self.bucket_mask);
        Home {
            first: first as usize,
            second: second as usize,
            tag: tag_of(hash),
        }
    }

    /// The live allocation with this key, if it is in its first bucket. `None` says nothing: ask
    /// [`Self::find`].
    #[inline(always)]
    pub(crate) fn find_near(&self, key: Key) -> Option<Found> {
        let home = self.home(key);
        let (slot, control) = self.search(home.first, Control::live_pattern(home.tag), key)?;
        Some(Found {
            slot,
            control,
            home: home.first,
        })
    }

    /// The live allocation with this key.
    pub(crate) fn find(&self, key: Key) -> Option<Found> {
        let home = self.home(key);
        let wanted = Control::live_pattern(home.tag);
        // Counted before it was entered, so whoever knows of the allocation sees the count.
        let second = match self.elsewhere[home.first].load(Ordering::Relaxed) {
            0 => None,
            _ => Some(home.second),
        };
        let stash = match (second, self.stashed.load(Ordering::Relaxed)) {
            (None, _) | (_, 0) => self.stash..self.stash,
            _ => self.stash..self.controls.len(),
        };
        let (slot, control) = std::iter::once(home.first)
            .chain(second)
            .chain(stash)
            .find_map(|bucket| self.search(bucket, wanted, key))?;
        Some(Found {
            slot,
            control,
            home: home.first,
        })
    }

    /// Whether some empty slot last held this key: the allocation was freed before.
    #[cold]
    pub(crate) fn find_freed(&self, key: Key) -> bool {
        let home = self.home(key);
        let wanted = Control::empty_pattern(home.tag);
        [home.first, home.second]
            .into_iter()
            .chain(self.stash..self.controls.len())
            .any(|bucket| self.search(bucket, wanted, key).is_some())
    }

    /// The slot of a bucket that holds the key.
    #[inline(always)]
    fn search(&self, bucket: usize, wanted: u64, key: Key) -> Option<(usize, Control)> {
        let mut rest = slots_where(&self.controls[bucket], |word| {
            word & Control::TAG_AND_STATE == wanted
        });
        while rest != 0 {
            let index = rest.trailing_zeros() as usize % BUCKET_SLOTS;
            let slot = bucket * BUCKET_SLOTS + index;
            // [live-publish] Acquire: pairs with the Release that made the slot live, so the entry's
            // words are those of this control word or newer ones, and newer ones change the word.
            let control = Control(self.controls[bucket][index].load(Ordering::Acquire));
            if control.0 & Control::TAG_AND_STATE == wanted && self.holds(slot, key) {
                return Some((slot, control));
            }
            rest &= rest - 1;
        }
        None
    }

    #[inline(always)]
    fn holds(&self, slot: usize, key: Key) -> bool {
        let entry = &self.entries[slot];
        let tail = Record::from_words([0, 0, 0, 0, 0, 0, 0, entry[7].load(Ordering::Relaxed)]);
        entry[2].load(Ordering::Relaxed) == key.address
            && tail.pool == key.pool
            && tail.buffer_type == key.buffer_type
    }

    /// Claims an empty slot for this key in its first bucket, if that bucket alone tells that the key
    /// is not live and has room. `None` says nothing: ask [`Self::enter`].
    #[inline(always)]
    pub(crate) fn enter_near(&self, key: Key) -> Option<Claimed> {
        let home = self.home(key);
        let look = self.look(home.first, home.tag);
        let decided = look.same_tag == 0
            && look.room >= ROOMY
            && self.elsewhere[home.first].load(Ordering::Relaxed) == 0;
        if !decided {
            return None;
        }
        self.try_claim(look.empty, home)
    }

    /// Finds the live allocation with this key or claims an empty slot for it.
    pub(crate) fn enter(&self, key: Key) -> Entered {
        if let Some(found) = self.find(key) {
            return Entered::Live(found);
        }
        let home = self.home(key);
        for _ in 0..TRIES {
            let first = self.look(home.first, home.tag);
            if first.room >= ROOMY {
                if let Some(claimed) = self.try_claim(first.empty, home) {
                    return Entered::Claimed(claimed);
                }
                continue;
            }
            let second = self.look(home.second, home.tag);
            let claimed = if first.room.max(second.room) == 0 {
                break;
            } else if first.room >= second.room {
                self.try_claim(first.empty, home)
            } else {
                self.claim_elsewhere(home, || self.try_claim(second.empty, home))
            };
            if let Some(claimed) = claimed {
                return Entered::Claimed(claimed);
            }
        }
        self.claim_elsewhere(home, || self.claim_stash(home))
            .map_or(Entered::Full, Entered::Claimed)
    }

    /// Claims a slot outside the first bucket. Counted first: a search that starts after this
    /// insertion must not end with the first bucket.
    fn claim_elsewhere(
        &self,
        home: Home,
        claim: impl FnOnce() -> Option<Claimed>,
    ) -> Option<Claimed> {
        self.elsewhere[home.first].fetch_add(1, Ordering::AcqRel);
        let claimed = claim();
        if claimed.is_none() {
            self.elsewhere[home.first].fetch_sub(1, Ordering::AcqRel);
        }
        claimed
    }

    #[cold]
    fn claim_stash(&self, home: Home) -> Option<Claimed> {
        // Counted first, as above.
        self.stashed.fetch_add(1, Ordering::AcqRel);
        let slots = self.stash * BUCKET_SLOTS..self.slots();
        let claimed = slots
            .into_iter()
            .find_map(|slot| self.try_claim(slot, home));
        if claimed.is_none() {
            self.stashed.fetch_sub(1, Ordering::AcqRel);
        }
        claimed
    }

    /// Might the key be in this bucket, and how much room is there?
    #[inline(always)]
    fn look(&self, bucket: usize, tag: u64) -> Look {
        let words = &self.controls[bucket];
        let wanted = Control::live_pattern(tag);
        let same_tag = slots_where(words, |word| word & Control::TAG_AND_STATE == wanted);
        let empty = slots_where(words, |word| word & 3 == SlotState::Empty as u64);
        let index = empty.trailing_zeros() as usize % BUCKET_SLOTS;
        Look {
            same_tag,
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
