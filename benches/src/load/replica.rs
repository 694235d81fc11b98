//! The live table's search and placement, done again beside it: which cache lines an event looks at
//! cannot be seen from outside. Whether the two agree is checked against the segment.

use std::collections::{BTreeSet, HashMap};
use ttmem_layout::{
    BUCKET_SLOTS, STASH_WINDOW, buckets, hash, own_slot, stash_bucket, stash_slots, tag_of,
};

/// Empty slots from which on a key's first bucket takes it without a look at the second.
const ROOMY: usize = 4;

/// Where every key lies.
pub(super) struct Replica {
    /// Tag and key of every slot that is taken.
    slots: Vec<Option<(u64, u64)>>,
    /// By slot: keys whose own it is and that lie in another, in the buckets and in the stash.
    displaced: Vec<[u32; 2]>,
    places: HashMap<u64, usize>,
    pool: u16,
    buffer_type: u8,
}

/// Where a key may lie.
#[derive(Clone, Copy)]
struct Home {
    slot: usize,
    first: usize,
    second: usize,
    stash: usize,
    tag: u64,
}

/// The lines that one operation touched.
#[derive(Default)]
pub(super) struct Touched(BTreeSet<Line>);

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Line {
    /// The control words of a bucket.
    Controls(usize),
    /// The entry of a slot.
    Entry(usize),
    /// The process's own count of a slot's displaced keys.
    Count(usize),
}

impl Touched {
    /// Lines of the table: control words and entries.
    pub(super) fn of_table(&self) -> u32 {
        self.0.len() as u32 - self.of_counts()
    }

    /// Lines of the process's own counts.
    pub(super) fn of_counts(&self) -> u32 {
        let counts = self.0.iter().filter(|line| matches!(line, Line::Count(_)));
        counts.count() as u32
    }

    fn touch(&mut self, line: Line) {
        self.0.insert(line);
    }
}

impl Replica {
    /// An empty table with so many slots before the stash, for keys of one pool and type.
    pub(super) fn new(slots: u64, pool: u16, buffer_type: u8) -> Self {
        Self {
            slots: vec![None; (slots + stash_slots(slots)) as usize],
            displaced: vec![[0; 2]; slots as usize],
            places: HashMap::new(),
            pool,
            buffer_type,
        }
    }

    /// Where every key lies.
    pub(super) const fn places(&self) -> &HashMap<u64, usize> {
        &self.places
    }

    /// Share of the keys that lie in their own slot, elsewhere in their first bucket, in their second,
    /// and in the stash.
    pub(super) fn shares(&self) -> [f64; 4] {
        let mut counts = [0_u32; 4];
        for (key, slot) in &self.places {
            let home = self.home(*key);
            let place = match slot / BUCKET_SLOTS {
                _ if *slot == home.slot => 0,
                bucket if bucket == home.first => 1,
                bucket if bucket == home.second => 2,
                _ => 3,
            };
            counts[place] += 1;
        }
        counts.map(|count| f64::from(count) / self.places.len() as f64)
    }

    /// Enters a key that is not there.
    pub(super) fn insert(&mut self, key: u64) -> Touched {
        let home = self.home(key);
        let mut touched = Touched::default();
        self.find(home, key, &mut touched);
        if let Some(slot) = self.room_for(home, &mut touched) {
            touched.touch(Line::Entry(slot));
            if slot != home.slot {
                let astray = usize::from(self.is_stashed(slot));
                self.displaced[home.slot][astray] += 1;
            }
            self.slots[slot] = Some((home.tag, key));
            self.places.insert(key, slot);
        }
        touched
    }

    /// Takes a key out, if it is there.
    pub(super) fn remove(&mut self, key: u64) -> Option<Touched> {
        let home = self.home(key);
        let mut touched = Touched::default();
        let slot = self.find(home, key, &mut touched)?;
        if slot != home.slot {
            touched.touch(Line::Count(home.slot));
            let astray = usize::from(self.is_stashed(slot));
            self.displaced[home.slot][astray] -= 1;
        }
        self.slots[slot] = None;
        self.places.remove(&key);
        Some(touched)
    }

    fn find(&self, home: Home, key: u64, touched: &mut Touched) -> Option<usize> {
        touched.touch(Line::Controls(home.first));
        if self.matches(home.slot, home, key, touched) {
            return Some(home.slot);
        }
        touched.touch(Line::Count(home.slot));
        let [in_buckets, in_stash] = self.displaced[home.slot].map(|count| count > 0);
        [home.first, home.second]
            .into_iter()
            .filter(|_| in_buckets)
            .chain(self.window(home).filter(|_| in_stash))
            .find_map(|bucket| {
                touched.touch(Line::Controls(bucket));
                slots_of(bucket).find(|slot| self.matches(*slot, home, key, touched))
            })
    }

    /// An entry is looked at where the tag in its control word is the key's.
    fn matches(&self, slot: usize, home: Home, key: u64, touched: &mut Touched) -> bool {
        self.slots[slot].is_some_and(|(tag, held)| {
            if tag == home.tag {
                touched.touch(Line::Entry(slot));
            }
            tag == home.tag && held == key
        })
    }

    fn room_for(&self, home: Home, touched: &mut Touched) -> Option<usize> {
        if self.slots[home.slot].is_none() {
            return Some(home.slot);
        }
        let empty = |bucket| slots_of(bucket).filter(|slot| self.slots[*slot].is_none());
        let room = |bucket| empty(bucket).count();
        let in_first = room(home.first);
        if in_first < ROOMY {
            touched.touch(Line::Controls(home.second));
            let in_second = room(home.second);
            if in_first.max(in_second) == 0 {
                return self.window(home).find_map(|bucket| {
                    touched.touch(Line::Controls(bucket));
                    empty(bucket).next()
                });
            }
            if in_second > in_first {
                return empty(home.second).next();
            }
        }
        empty(home.first).next()
    }

    fn home(&self, key: u64) -> Home {
        let mask = self.stash() as u64 - 1;
        let hash = hash(self.pool, self.buffer_type, key);
        let (first, second) = buckets(hash, mask);
        Home {
            slot: first as usize * BUCKET_SLOTS + own_slot(hash),
            first: first as usize,
            second: second as usize,
            stash: stash_bucket(hash, self.stash_mask() as u64) as usize,
            tag: tag_of(hash),
        }
    }

    /// The buckets of the stash in which a key may lie.
    fn window(&self, home: Home) -> impl Iterator<Item = usize> + use<> {
        let (stash, mask) = (self.stash(), self.stash_mask());
        (home.stash..home.stash + STASH_WINDOW).map(move |bucket| stash + (bucket & mask))
    }

    const fn is_stashed(&self, slot: usize) -> bool {
        slot >= self.displaced.len()
    }

    const fn stash_mask(&self) -> usize {
        (self.slots.len() - self.displaced.len()) / BUCKET_SLOTS - 1
    }

    /// The first bucket of the stash.
    const fn stash(&self) -> usize {
        self.displaced.len() / BUCKET_SLOTS
    }
}

fn slots_of(bucket: usize) -> impl Iterator<Item = usize> {
    bucket * BUCKET_SLOTS..(bucket + 1) * BUCKET_SLOTS
}
