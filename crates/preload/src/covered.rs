//! The union of footprints, in one pass over them and without allocating.

use crate::footprint::Footprint;

/// Separate stretches that are kept at once. Programs begin at one address or a few, so that there are
/// few.
const STRETCHES: usize = 8;

/// What any of the footprints covers, from an address on. Where there are more stretches than are kept,
/// the highest are left for another pass.
pub(crate) struct Covered {
    stretches: [(u32, u32); STRETCHES],
    count: usize,
    from: u32,
    to: u32,
}

impl Covered {
    /// Nothing yet.
    pub(crate) const fn from(from: u32) -> Self {
        Self {
            stretches: [(0, 0); STRETCHES],
            count: 0,
            from,
            to: u32::MAX,
        }
    }

    /// Adds a footprint.
    pub(crate) fn add(&mut self, footprint: Footprint) {
        let mut new = (footprint.base.max(self.from), footprint.end().min(self.to));
        if new.0 >= new.1 {
            return;
        }
        let mut index = 0;
        while let Some(&old) = self.kept().get(index) {
            if old.0 <= new.1 && new.0 <= old.1 {
                new = (old.0.min(new.0), old.1.max(new.1));
                self.count -= 1;
                self.stretches.swap(index, self.count);
            } else {
                index += 1;
            }
        }
        if let Some(place) = self.stretches.get_mut(self.count) {
            *place = new;
            self.count += 1;
            return;
        }
        // The highest gives way: nothing from its start on is counted in this pass.
        for old in &mut self.stretches {
            if old.0 > new.0 {
                std::mem::swap(old, &mut new);
            }
        }
        self.to = new.0;
    }

    /// Bytes covered.
    pub(crate) fn bytes(&self) -> u64 {
        let lengths = self.kept().iter().map(|(start, end)| end - start);
        lengths.map(u64::from).sum()
    }

    /// Where another pass has to go on.
    pub(crate) fn left_off_at(&self) -> Option<u32> {
        (self.to != u32::MAX).then_some(self.to)
    }

    fn kept(&self) -> &[(u32, u32)] {
        self.stretches.get(..self.count).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SplitMix64: the same numbers in each run.
    struct Numbers(u64);

    impl Numbers {
        fn below(&mut self, limit: u32) -> u32 {
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
            (mixed >> 32) as u32 % limit
        }
    }

    fn covered(footprints: &[Footprint]) -> (u64, u32) {
        let (mut bytes, mut passes) = (0, 0);
        let mut next = Some(0);
        while let Some(from) = next {
            let mut covered = Covered::from(from);
            footprints.iter().for_each(|one| covered.add(*one));
            bytes += covered.bytes();
            passes += 1;
            next = covered.left_off_at();
        }
        (bytes, passes)
    }

    #[test]
    fn it_is_what_counting_byte_by_byte_finds() {
        let mut numbers = Numbers(1);
        let mut most_passes = 0;
        for case in 0..20_000 {
            let space = [50, 300, 2000][case % 3];
            let count = numbers.below(40);
            let footprints: Vec<_> = (0..count)
                .map(|_| Footprint {
                    base: numbers.below(space),
                    length: 1 + numbers.below(20),
                    cores: 1,
                    uneven: false,
                })
                .collect();
            let counted = (0..space + 20).filter(|byte| {
                let mut all = footprints.iter();
                all.any(|one| (one.base..one.end()).contains(byte))
            });
            let (bytes, passes) = covered(&footprints);
            assert_eq!(bytes, counted.count() as u64, "{footprints:?}");
            most_passes = passes.max(most_passes);
        }
        assert!(most_passes > 2, "there were cases with many stretches");
    }
}
