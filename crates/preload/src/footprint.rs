//! How much of each core's L1 a program's circular buffers take.

use crate::reach::Reach;

/// Cores in a row of the mask, and rows: the largest grid that fits.
const SIDE: u64 = 32;
/// Cores of the largest grid.
pub(crate) const CORES: usize = (SIDE * SIDE) as usize;

/// One program's circular buffers on a chip: from `base`, `length` bytes of each of `cores` cores.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Footprint {
    pub(crate) base: u32,
    pub(crate) length: u32,
    pub(crate) cores: u16,
    /// Whether they do not end at the same address on all of those.
    pub(crate) uneven: bool,
}

/// The bit of a packed footprint that says so.
const UNEVEN: u64 = 1 << 15;

impl Footprint {
    /// In one word, so that it can be replaced at once: 24 bits of base, 24 of length, one that says
    /// whether cores differ, 15 of cores. 0 means no circular buffers. A core's L1 is a few MiB at most.
    pub(crate) fn pack(self) -> u64 {
        const LIMIT: u32 = (1 << 24) - 1;
        if self.length == 0 || self.cores == 0 {
            return 0;
        }
        u64::from(self.base.min(LIMIT)) << 40
            | u64::from(self.length.min(LIMIT)) << 16
            | if self.uneven { UNEVEN } else { 0 }
            | u64::from(self.cores) & (UNEVEN - 1)
    }

    pub(crate) fn unpack(word: u64) -> Self {
        Self {
            base: (word >> 40) as u32,
            length: (word >> 16) as u32 & ((1 << 24) - 1),
            cores: (word & (UNEVEN - 1)) as u16,
            uneven: Self::is_uneven(word),
        }
    }

    /// Whether a packed one is uneven.
    #[inline]
    pub(crate) const fn is_uneven(word: u64) -> bool {
        word & UNEVEN != 0
    }

    /// First byte after it.
    pub(crate) fn end(self) -> u32 {
        self.base + self.length
    }
}

/// `CoreRange`: both corners included.
#[repr(C)]
#[derive(Clone, Copy)]
pub(crate) struct CoreRange {
    start: [u64; 2],
    end: [u64; 2],
}

impl CoreRange {
    /// The numbers of its cores, row by row.
    pub(crate) fn cores(&self) -> impl Iterator<Item = usize> {
        let columns = self.start[0]..=self.end[0].min(SIDE - 1);
        let rows = self.start[1]..=self.end[1].min(SIDE - 1);
        rows.flat_map(move |y| columns.clone().map(move |x| (y * SIDE + x) as usize))
    }
}

/// The regions one pass of the runtime laid out.
#[derive(Clone, Copy)]
pub(crate) struct Marks {
    pub(crate) base: u32,
    pub(crate) reach: Reach,
}

/// A set of cores of a grid of up to 32 by 32.
pub(crate) type CoreMask = [u64; CORES / 64];

impl Marks {
    pub(crate) const NONE: Self = Self {
        base: u32::MAX,
        reach: Reach::NONE,
    };

    /// Adds a region of every core of a range.
    pub(crate) fn add(&mut self, range: &CoreRange, address: u64, size: u64) {
        let limit = |value: u64| u32::try_from(value).unwrap_or(u32::MAX);
        self.base = self.base.min(limit(address));
        let mut cores: CoreMask = [0; CORES / 64];
        for core in range.cores() {
            if let Some(word) = cores.get_mut(core / 64) {
                *word |= 1 << (core % 64);
            }
        }
        self.reach.add(limit(address.saturating_add(size)), &cores);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.reach.end() == 0
    }
}
