//! What is taken of a region, what is free, and in how large pieces.

use super::Range;

/// How much of one region of a bank is free.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Room {
    /// What was looked at: the region, or, where nobody said where it is, from the lowest block to the
    /// highest.
    pub(crate) within: Range,
    /// Whether that is the whole region. If not, there is more free than is known of.
    pub(crate) known: bool,
    /// Bytes under blocks; where blocks overlap, once.
    pub(crate) used: u64,
    /// Bytes in the gaps.
    pub(crate) free: u64,
    /// Gaps.
    pub(crate) gaps: u64,
    /// The longest of them, the lowest if there are several; empty if there is none.
    pub(crate) largest: Range,
    /// First address of the lowest block.
    pub(crate) lowest: Option<u64>,
    /// First address after the highest.
    pub(crate) highest: Option<u64>,
}

impl Room {
    /// Measures a region with blocks in order of address. A block that lies outside does not count, of
    /// one that lies across an end the part inside.
    pub(crate) fn of(region: Option<Range>, sorted: impl Iterator<Item = Range> + Clone) -> Self {
        let within = region.unwrap_or_else(|| hull(sorted.clone()));
        let mut room = Self {
            within,
            known: region.is_some(),
            ..Self::default()
        };
        for block in sorted.clone() {
            room.lowest = room.lowest.or(Some(block.start));
            room.highest = room.highest.max(Some(block.end));
        }
        for gap in Gaps::new(within, sorted) {
            room.gaps += 1;
            room.free += gap.length();
            if gap.length() > room.largest.length() {
                room.largest = gap;
            }
        }
        room.used = within.length() - room.free;
        room
    }

    /// The part of what is free that no single buffer could have, from 0 to 1; none if nothing is free
    /// or the region is not known.
    pub(crate) fn fragmentation(&self) -> Option<f64> {
        (self.known && self.free > 0).then(|| 1.0 - self.largest.length() as f64 / self.free as f64)
    }
}

/// From the lowest address to the highest.
fn hull(sorted: impl Iterator<Item = Range>) -> Range {
    sorted.reduce(Range::hull).unwrap_or_default()
}

/// The gaps of a range between blocks in order of address, in the same order.
#[derive(Clone, Debug)]
pub(crate) struct Gaps<I> {
    within: Range,
    /// First address that no block so far has reached.
    reached: u64,
    blocks: I,
}

impl<I: Iterator<Item = Range>> Gaps<I> {
    /// The gaps of `within`.
    pub(crate) fn new(within: Range, blocks: I) -> Self {
        Self {
            within,
            reached: within.start,
            blocks,
        }
    }
}

impl<I: Iterator<Item = Range>> Iterator for Gaps<I> {
    type Item = Range;

    fn next(&mut self) -> Option<Range> {
        while self.reached < self.within.end {
            let block = self.blocks.next().unwrap_or(Range {
                start: self.within.end,
                end: self.within.end,
            });
            if block.is_empty() && block.start < self.within.end {
                continue;
            }
            let gap = Range {
                start: self.reached,
                end: block.start.min(self.within.end),
            };
            self.reached = self.reached.max(block.end);
            if !gap.is_empty() {
                return Some(gap);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const END: u64 = 64;

    fn blocks() -> impl Strategy<Value = Vec<Range>> {
        let block = (0..80_u64, 0..20_u64).prop_map(|(start, length)| Range::at(start, length));
        proptest::collection::vec(block, 0..12)
    }

    fn measured(region: Option<Range>, blocks: &mut [Range]) -> Room {
        blocks.sort_unstable();
        Room::of(region, blocks.iter().copied())
    }

    fn region() -> impl Strategy<Value = Range> {
        (0..16_u64, 0..END).prop_map(|(start, length)| Range::at(start, length))
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// Every address is asked by itself whether a block lies on it.
        #[test]
        fn room_is_what_each_address_says(region in region(), mut blocks in blocks()) {
            let taken = |at: u64| blocks.iter().any(|one| one.start <= at && at < one.end);
            let addresses: Vec<u64> = (region.start..region.end).collect();
            let free: Vec<u64> = addresses.iter().copied().filter(|at| !taken(*at)).collect();
            let mut runs: Vec<Range> = Vec::new();
            for at in free.iter().copied() {
                match runs.last_mut() {
                    Some(run) if run.end == at => run.end += 1,
                    _ => runs.push(Range::at(at, 1)),
                }
            }
            let longest = runs.iter().map(|run| run.length()).max().unwrap_or(0);
            let largest = runs.iter().copied().find(|run| run.length() == longest);

            let room = measured(Some(region), &mut blocks);
            prop_assert_eq!(room.free, free.len() as u64);
            prop_assert_eq!(room.free + room.used, region.length());
            prop_assert_eq!(room.gaps, runs.len() as u64);
            prop_assert_eq!(room.largest, largest.unwrap_or_default());
            let gaps: Vec<_> = Gaps::new(region, blocks.iter().copied()).collect();
            prop_assert_eq!(gaps, runs);
            let fragmentation = room.fragmentation();
            prop_assert_eq!(fragmentation.is_some(), room.free > 0);
            prop_assert!(fragmentation.is_none_or(|part| (0.0..1.0).contains(&part)));
        }
    }

    #[test]
    fn what_is_not_known_reaches_from_the_lowest_block_to_the_highest() {
        let mut blocks = [Range::at(0x30, 0x10), Range::at(0x10, 0x10)];
        let room = measured(None, &mut blocks);
        assert_eq!(room.within, Range::at(0x10, 0x30));
        assert!(!room.known);
        assert_eq!((room.used, room.free, room.gaps), (0x20, 0x10, 1));
        assert_eq!(room.fragmentation(), None);
        assert_eq!(measured(None, &mut []), Room::default());
    }

    #[test]
    fn blocks_at_the_end_of_all_addresses_do_no_harm() {
        let mut blocks = [Range::at(u64::MAX - 1, 9), Range::at(0, u64::MAX)];
        let room = measured(Some(Range::at(0, u64::MAX)), &mut blocks);
        assert_eq!((room.used, room.free), (u64::MAX, 0));
        assert_eq!(room.fragmentation(), None);
    }
}
