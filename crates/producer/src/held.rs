//! What a process holds, in groups of allocations that are alike. All memory is taken beforehand: the
//! books are kept when a process ends, perhaps in a signal handler.

mod line;
mod words;

pub use words::{Holder, TEXT_BYTES, Telling, Until};

use ttmem_layout::{BufferType, ChipSet, MAX_POOLS, TYPES};

/// Groups told apart: a power of two. A program has a few hundred.
const GROUPS: usize = 4096;

/// Places looked at for a group before its allocations are counted with the rest.
const PROBES: usize = 32;

/// Allocations of one pool, buffer type and size.
#[derive(Clone, Copy, Debug)]
struct Group {
    pool: u16,
    buffer_type: BufferType,
    chips: ChipSet,
    /// Bytes each occupies on each of its chips.
    size: u64,
    /// How many; 0 is a free place.
    count: u64,
}

/// How much there is of something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Amount {
    count: u64,
    /// On each chip.
    bytes: u64,
}

/// What is in no group, of one pool: its chips, and how much of each buffer type.
type Rest = (ChipSet, [Amount; TYPES]);

/// What a process holds.
#[derive(Debug)]
pub struct Held {
    groups: Box<[Group]>,
    /// By pool: its chips, and what was found when there was no place for another group.
    rest: Box<[Rest]>,
}

impl Held {
    /// Nothing so far.
    pub fn new() -> Self {
        Self {
            groups: vec![Group::NONE; GROUPS].into(),
            rest: vec![Default::default(); MAX_POOLS].into(),
        }
    }

    /// Takes in an allocation that occupies `size` bytes on each of its pool's `chips`.
    pub fn take(&mut self, pool: u16, chips: ChipSet, buffer_type: BufferType, size: u64) {
        let alike = |group: &Group| {
            (group.pool, group.buffer_type, group.size) == (pool, buffer_type, size)
        };
        let start = place(pool, buffer_type, size);
        for probe in 0..PROBES {
            let group = &mut self.groups[(start + probe) % GROUPS];
            if group.count == 0 {
                *group = Group {
                    pool,
                    buffer_type,
                    chips,
                    size,
                    count: 1,
                };
                return;
            }
            if alike(group) {
                group.count += 1;
                return;
            }
        }
        if let Some((known, amounts)) = self.rest.get_mut(usize::from(pool)) {
            *known = chips;
            amounts[buffer_type as usize].add(1, size);
        }
    }

    /// Forgets what was taken in of a pool. A group that lay behind one of these may be begun a second
    /// time: whoever tells of them puts them together again.
    pub fn forget(&mut self, pool: u16) {
        for group in self.groups.iter_mut().filter(|group| group.pool == pool) {
            group.count = 0;
        }
        if let Some(rest) = self.rest.get_mut(usize::from(pool)) {
            *rest = Default::default();
        }
    }

    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        self.groups.iter().all(|group| group.count == 0) && rests(&self.rest).next().is_none()
    }
}

/// What is in no group: chips, type and amount.
fn rests(rest: &[Rest]) -> impl Iterator<Item = (ChipSet, BufferType, Amount)> + '_ {
    let of_a_pool = |(chips, amounts): &Rest| {
        let (chips, each) = (*chips, BufferType::ALL.into_iter().zip(*amounts));
        each.filter(|(_, amount)| amount.count > 0)
            .map(move |(buffer_type, amount)| (chips, buffer_type, amount))
    };
    rest.iter().flat_map(of_a_pool)
}

impl Default for Held {
    fn default() -> Self {
        Self::new()
    }
}

impl Group {
    fn amount(&self) -> Amount {
        Amount {
            count: self.count,
            bytes: self.size.saturating_mul(self.count),
        }
    }

    /// Over all its chips.
    fn bytes(&self) -> u64 {
        let chips = u64::from(self.chips.len());
        self.amount().bytes.saturating_mul(chips)
    }

    /// A free place.
    const NONE: Self = Self {
        pool: 0,
        buffer_type: BufferType::Dram,
        chips: ChipSet::EMPTY,
        size: 0,
        count: 0,
    };
}

impl Amount {
    fn add(&mut self, count: u64, bytes: u64) {
        self.count = self.count.saturating_add(count);
        self.bytes = self.bytes.saturating_add(bytes);
    }
}

/// Where a group is looked for first.
fn place(pool: u16, buffer_type: BufferType, size: u64) -> usize {
    let key = size ^ u64::from(pool) << 48 ^ (buffer_type as u64) << 44;
    (key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40) as usize % GROUPS
}
