//! The live table's placement, done again beside it: what cannot be seen from outside is counted here,
//! and whether the two still agree is checked against the segment.

use std::collections::HashMap;
use ttmem_layout::{BUCKET_SLOTS, STASH_SLOTS, buckets, hash};

/// Empty slots from which on a key's first bucket takes it without a look at the second.
const ROOMY: usize = 4;

/// Cache lines one operation touched.
#[derive(Clone, Copy, Default)]
pub(super) struct Lines {
    /// Of the table: control words and the entry.
    pub(super) table: u32,
    /// Of the process's own count of what lies outside its first bucket.
    pub(super) counts: u32,
}

/// Where every key lies.
pub(super) struct Replica {
    taken: Vec<bool>,
    elsewhere: Vec<u32>,
    stashed: u64,
    places: HashMap<u64, usize>,
    pool: u16,
    buffer_type: u8,
}

impl Replica {
    /// An empty table with so many slots before the stash, for keys of one pool and type.
    pub(super) fn new(slots: u64, pool: u16, buffer_type: u8) -> Self {
        Self {
            taken: vec![false; (slots + STASH_SLOTS) as usize],
            elsewhere: vec![0; slots as usize / BUCKET_SLOTS],
            stashed: 0,
            places: HashMap::new(),
            pool,
            buffer_type,
        }
    }

    /// Where every key lies.
    pub(super) const fn places(&self) -> &HashMap<u64, usize> {
        &self.places
    }

    /// Share of the keys that lie in their first bucket, in their second, and in the stash.
    pub(super) fn shares(&self) -> [f64; 3] {
        let mut counts = [0_u32; 3];
        for (address, slot) in &self.places {
            let (first, second) = self.buckets(*address);
            let bucket = slot / BUCKET_SLOTS;
            let place = if bucket == first {
                0
            } else if bucket == second {
                1
            } else {
                2
            };
            counts[place] += 1;
        }
        counts.map(|count| f64::from(count) / self.places.len() as f64)
    }

    /// Enters a key that is not there.
    pub(super) fn insert(&mut self, address: u64) -> Lines {
        let (first, second) = self.buckets(address);
        let mut lines = Lines {
            table: 1,
            counts: 0,
        };
        let room = self.room(first);
        let strays = self.elsewhere[first] > 0;
        if room >= ROOMY {
            // A roomy bucket is asked whether the key may be elsewhere; it is not.
            lines.counts = 1;
        }
        if room < ROOMY || strays {
            lines.counts = 1;
            lines.table += self.search_beyond(strays);
        }
        let (bucket, far) = if room >= ROOMY {
            (Some(first), false)
        } else {
            if !strays {
                lines.table += 1;
            }
            let other = self.room(second);
            match (room.max(other), room >= other) {
                (0, _) => (None, true),
                (_, true) => (Some(first), false),
                _ => (Some(second), true),
            }
        };
        let slot = match bucket {
            Some(bucket) => self.empty_of(bucket),
            None => {
                let start = self.stash();
                let empty = (start..self.taken.len()).find(|slot| !self.taken[*slot]);
                let walked = empty.unwrap_or(self.taken.len() - 1) - start;
                if !strays || self.stashed == 0 {
                    lines.table += (walked / BUCKET_SLOTS + 1) as u32;
                }
                self.stashed += u64::from(empty.is_some());
                empty
            }
        };
        if let Some(slot) = slot {
            self.elsewhere[first] += u32::from(far);
            self.taken[slot] = true;
            self.places.insert(address, slot);
            lines.table += 1;
        }
        lines
    }

    /// Takes a key out, if it is there.
    pub(super) fn remove(&mut self, address: u64) -> Option<Lines> {
        let slot = self.places.remove(&address)?;
        let (first, second) = self.buckets(address);
        let bucket = slot / BUCKET_SLOTS;
        self.taken[slot] = false;
        let mut lines = Lines {
            table: 2,
            counts: 0,
        };
        if bucket == first {
            return Some(lines);
        }
        lines.counts = 1;
        lines.table += 1;
        if bucket != second {
            lines.table += ((slot - self.stash()) / BUCKET_SLOTS + 1) as u32;
            self.stashed -= 1;
        }
        self.elsewhere[first] -= 1;
        Some(lines)
    }

    /// Lines of a search for a key that its first bucket does not hold.
    const fn search_beyond(&self, strays: bool) -> u32 {
        match (strays, self.stashed) {
            (false, _) => 0,
            (true, 0) => 1,
            (true, _) => 1 + STASH_SLOTS as u32 / BUCKET_SLOTS as u32,
        }
    }

    fn buckets(&self, address: u64) -> (usize, usize) {
        let mask = self.elsewhere.len() as u64 - 1;
        let (first, second) = buckets(hash(self.pool, self.buffer_type, address), mask);
        (first as usize, second as usize)
    }

    fn stash(&self) -> usize {
        self.elsewhere.len() * BUCKET_SLOTS
    }

    fn slots(&self, bucket: usize) -> &[bool] {
        &self.taken[bucket * BUCKET_SLOTS..][..BUCKET_SLOTS]
    }

    fn room(&self, bucket: usize) -> usize {
        self.slots(bucket).iter().filter(|taken| !**taken).count()
    }

    fn empty_of(&self, bucket: usize) -> Option<usize> {
        let index = self.slots(bucket).iter().position(|taken| !taken)?;
        Some(bucket * BUCKET_SLOTS + index)
    }
}
