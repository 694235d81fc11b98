//! Addresses to load the table with. The same in each run.

/// How the addresses lie.
#[derive(Clone, Copy)]
pub(super) enum Lie {
    /// Anywhere, on multiples of a cache line.
    Random,
    /// One behind the other, as an allocator gives them out: sizes from 2 KiB to 1 MiB.
    Packed,
}

/// Smallest and largest size, as powers of two.
const SIZES: (u32, u32) = (11, 20);

impl Lie {
    pub(super) const ALL: [Self; 2] = [Self::Random, Self::Packed];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Random => "random addresses",
            Self::Packed => "addresses as an allocator gives them out",
        }
    }

    /// So many different ones.
    pub(super) fn addresses(self, count: usize) -> Vec<u64> {
        let mut numbers = Numbers(0x5eed);
        let mut next = 0;
        let mut addresses: Vec<u64> = (0..count)
            .map(|_| match self {
                // Below the bits that tell types and pools apart; of so many no two are alike.
                Self::Random => numbers.next() >> 26 << 6,
                Self::Packed => {
                    let sizes = u64::from(SIZES.1 - SIZES.0 + 1);
                    let here = next;
                    next += 1 << (u64::from(SIZES.0) + numbers.next() % sizes);
                    here
                }
            })
            .collect();
        if matches!(self, Self::Packed) {
            // What is freed and allocated is not what lies side by side.
            for place in (1..addresses.len()).rev() {
                addresses.swap(place, (numbers.next() % (place as u64 + 1)) as usize);
            }
        }
        addresses
    }
}

/// SplitMix64.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }
}
