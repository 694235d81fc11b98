//! A set of chips of one host.

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// Most chips a host can have: the bits of a [`ChipSet`].
pub const MAX_CHIPS: usize = 64;

/// Up to 64 chips of one host, numbered as the runtime numbers its devices: bit `n` is chip `n`.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(transparent)]
pub struct ChipSet(pub u64);

impl ChipSet {
    /// No chip.
    pub const EMPTY: Self = Self(0);

    /// The set holding only `chip`, or none if the number is out of range.
    pub const fn of(chip: u32) -> Option<Self> {
        if (chip as usize) < MAX_CHIPS {
            Some(Self(1 << chip))
        } else {
            None
        }
    }

    /// Whether `chip` is in the set.
    pub const fn contains(self, chip: u32) -> bool {
        (chip as usize) < MAX_CHIPS && self.0 >> chip & 1 == 1
    }

    /// Chips in both.
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Chips in either.
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Chips in this set but not in `other`.
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether every chip of `other` is in this set.
    pub const fn covers(self, other: Self) -> bool {
        other.0 & !self.0 == 0
    }

    /// Whether the set has no chip.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Number of chips.
    pub const fn len(self) -> u32 {
        self.0.count_ones()
    }

    /// The chips in ascending order.
    pub fn iter(self) -> impl Iterator<Item = u32> {
        let mut rest = self.0;
        core::iter::from_fn(move || {
            let chip = rest.trailing_zeros();
            (rest != 0).then(|| {
                rest &= rest - 1;
                chip
            })
        })
    }
}
