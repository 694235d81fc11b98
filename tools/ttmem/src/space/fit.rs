//! Whether so many bytes fit into a bank, and if not, what would have to go.

use super::{Gaps, Range, Region, Room};

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    /// So many bytes, spread over all banks.
    InAll(u64),
    /// So many bytes in each bank.
    PerBank(u64),
}

impl Need {
    /// Bytes that each bank has to have in one piece.
    fn per_bank(self, region: &Region) -> u64 {
        let bytes = match self {
            Self::InAll(bytes) => bytes.div_ceil(u64::from(region.banks.max(1))),
            Self::PerBank(bytes) => bytes,
        };
        bytes
            .max(1)
            .checked_next_multiple_of(region.alignment)
            .unwrap_or(u64::MAX)
    }
}

/// The answer for one region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fit {
    /// What was asked for.
    pub(crate) need: Need,
    /// Bytes that each bank has to have in one piece; nothing if the banks are not known.
    pub(crate) per_bank: Option<u64>,
    /// The answer.
    pub(crate) answer: Answer,
    /// Bytes of a bank that are free and not under circular buffers.
    pub(crate) free: u64,
    /// Bytes of the largest gap of those.
    pub(crate) largest: u64,
}

/// Whether it fits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Nobody said where the banks are.
    NotKnown,
    /// More than a whole bank.
    TooLarge,
    /// As it is.
    Fits {
        /// The largest gap.
        gap: Range,
    },
    /// The allocator would hand it out, but where circular buffers lie: their program could not be
    /// dispatched again.
    Clashes {
        /// The largest gap.
        gap: Range,
    },
    /// Not as it is.
    Evict {
        /// Where it would fit at the least cost.
        window: Range,
        /// The blocks that lie there, by index.
        blocks: Vec<usize>,
        /// Bytes that would have to go, of each bank.
        bytes: u64,
    },
}

impl Answer {
    /// The name in data.
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::NotKnown => "not_known",
            Self::TooLarge => "too_large",
            Self::Fits { .. } => "fits",
            Self::Clashes { .. } => "clashes",
            Self::Evict { .. } => "evict",
        }
    }
}

impl Fit {
    /// The answer for a region with blocks in order of address, of whose beginning circular buffers take
    /// what is below `clear`.
    pub(crate) fn of(need: Need, region: Option<&Region>, blocks: &[Range], clear: u64) -> Self {
        let Some(region) = region else {
            return Self {
                need,
                per_bank: None,
                answer: Answer::NotKnown,
                free: 0,
                largest: 0,
            };
        };
        let needed = need.per_bank(region);
        let whole = region.range;
        let above = Range {
            start: aligned_up(clear.max(whole.start), region),
            end: whole.end,
        };
        let clear = Room::of(Some(above), blocks.iter().copied());
        Self {
            need,
            per_bank: Some(needed),
            answer: answer(region, blocks, above, needed),
            free: clear.free,
            largest: clear.largest.length(),
        }
    }

    /// Whether there is enough free, if only it were in one piece: fragmentation, not exhaustion.
    pub(crate) fn is_enough(&self) -> bool {
        self.per_bank.is_some_and(|needed| self.free >= needed)
    }
}

/// The answer, where `above` is the part of the region without circular buffers.
fn answer(region: &Region, blocks: &[Range], above: Range, needed: u64) -> Answer {
    let whole = region.range;
    let largest = |within| {
        let gaps = Gaps::new(within, blocks.iter().copied());
        gaps.filter(|gap| gap.length() >= needed)
            .max_by_key(|gap| (gap.length(), std::cmp::Reverse(gap.start)))
    };
    if let Some(gap) = largest(above) {
        return Answer::Fits { gap };
    }
    if let Some(gap) = largest(whole) {
        return Answer::Clashes { gap };
    }
    let evict =
        cheapest(region, above, blocks, needed).or_else(|| cheapest(region, whole, blocks, needed));
    evict.unwrap_or(Answer::TooLarge)
}

/// The window of `within` under which the fewest bytes of blocks lie; of several the one with the fewest
/// blocks, then the lowest.
///
/// Pushed down until it meets the end of a block it does not touch, a window touches no block that it did
/// not touch before: so only windows that begin there, or at the very beginning, need be looked at. What
/// lies under one is all that begins before its end, without what ends before its beginning.
fn cheapest(region: &Region, within: Range, blocks: &[Range], needed: u64) -> Option<Answer> {
    let begun = sums(blocks.iter().map(|block| (block.start, block.length())));
    let mut ends: Vec<_> = blocks
        .iter()
        .map(|block| (block.end, block.length()))
        .collect();
    ends.sort_unstable();
    let ended = sums(ends.iter().copied());
    let starts = ends.iter().map(|(end, _)| aligned_up(*end, region));
    let windows = std::iter::once(within.start)
        .chain(starts.filter(|start| *start > within.start))
        .map(|start| Range::at(start, needed))
        .filter(|window| window.length() == needed && window.end <= within.end);
    let cost = |window: &Range| {
        let (began, begun) = before(&begun, window.end);
        let (gone, ended) = before(&ended, window.start.saturating_add(1));
        (begun - ended, began - gone, window.start)
    };
    let window = windows.min_by_key(cost)?;
    let (bytes, ..) = cost(&window);
    let lies_there = |block: &Range| block.start < window.end && block.end > window.start;
    Some(Answer::Evict {
        window,
        blocks: (0..blocks.len())
            .filter(|at| lies_there(&blocks[*at]))
            .collect(),
        bytes: u64::try_from(bytes).unwrap_or(u64::MAX),
    })
}

/// With each address of a rising list, how many come up to it and the sum of what they stand for.
fn sums(list: impl Iterator<Item = (u64, u64)>) -> Vec<(u64, u128)> {
    let mut sum = 0;
    list.map(|(address, bytes)| {
        sum += u128::from(bytes);
        (address, sum)
    })
    .collect()
}

/// How many addresses lie before `limit`, and their sum.
fn before(sums: &[(u64, u128)], limit: u64) -> (usize, u128) {
    let count = sums.partition_point(|(address, _)| *address < limit);
    (count, count.checked_sub(1).map_or(0, |last| sums[last].1))
}

/// The next address that the allocator would hand out: it counts from the beginning of its banks.
fn aligned_up(address: u64, region: &Region) -> u64 {
    let base = region.range.start;
    let offset = address.saturating_sub(base);
    offset
        .checked_next_multiple_of(region.alignment)
        .and_then(|offset| base.checked_add(offset))
        .unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn region(start: u64, length: u64, alignment: u64) -> Region {
        Region {
            range: Range::at(start, length),
            banks: 4,
            alignment,
        }
    }

    fn fit(need: Need, blocks: &[Range], clear: u64) -> Fit {
        Fit::of(need, Some(&region(0x100, 0x100, 0x10)), blocks, clear)
    }

    #[test]
    fn it_fits_into_a_gap() {
        let blocks = [Range::at(0x140, 0x20), Range::at(0x180, 0x80)];
        let found = fit(Need::InAll(0x81), &blocks, 0);
        assert_eq!(found.per_bank, Some(0x30));
        let gap = Range::at(0x100, 0x40);
        assert_eq!(found.answer, Answer::Fits { gap });
    }

    #[test]
    fn only_under_circular_buffers_it_clashes() {
        let blocks = [Range::at(0x140, 0xc0)];
        let gap = Range::at(0x100, 0x40);
        let found = fit(Need::PerBank(0x40), &blocks, 0x110);
        assert_eq!(found.answer, Answer::Clashes { gap });
    }

    #[test]
    fn what_is_scattered_is_fragmentation_and_the_cheapest_goes() {
        let blocks = [
            Range::at(0x120, 0x30),
            Range::at(0x180, 0x10),
            Range::at(0x1c0, 0x40),
        ];
        let found = fit(Need::PerBank(0x60), &blocks, 0);
        assert!(found.is_enough());
        assert_eq!(
            found.answer,
            Answer::Evict {
                window: Range::at(0x150, 0x60),
                blocks: vec![1],
                bytes: 0x10
            }
        );
        assert!(!fit(Need::PerBank(0x90), &blocks, 0).is_enough());
        // What lies under circular buffers is free for the allocator only.
        assert!(fit(Need::PerBank(0x70), &blocks, 0).is_enough());
        assert!(!fit(Need::PerBank(0x70), &blocks, 0x120).is_enough());
    }

    #[test]
    fn more_than_a_bank_is_too_large_and_without_banks_nobody_knows() {
        assert_eq!(fit(Need::PerBank(0x101), &[], 0).answer, Answer::TooLarge);
        assert_eq!(
            fit(Need::PerBank(u64::MAX), &[], 0).answer,
            Answer::TooLarge
        );
        let unknown = Fit::of(Need::InAll(1), None, &[], 0);
        assert_eq!(unknown.answer, Answer::NotKnown);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// Every window is asked what lies under it.
        #[test]
        fn nothing_cheaper_would_do(
            start in 0..8_u64,
            length in 1..64_u64,
            alignment in 1..5_u64,
            needed in 1..40_u64,
            mut blocks in proptest::collection::vec((0..80_u64, 1..12_u64), 0..12),
        ) {
            blocks.sort_unstable();
            let blocks: Vec<_> = blocks.into_iter().map(|(at, size)| Range::at(at, size)).collect();
            let region = region(start, length, alignment);
            let found = Fit::of(Need::PerBank(needed), Some(&region), &blocks, 0);
            let needed = found.per_bank.unwrap();
            prop_assert_eq!(needed, needed.next_multiple_of(alignment));
            let under = |window: Range| {
                let there = blocks.iter().filter(|block| block.start < window.end && block.end > window.start);
                (there.clone().map(|block| block.length()).sum::<u64>(), there.count())
            };
            let windows = (start..start + length)
                .filter(|at| (at - start).is_multiple_of(alignment))
                .map(|at| Range::at(at, needed))
                .filter(|window| window.end <= region.range.end);
            let least = windows.map(under).min();
            match (found.answer, least) {
                (Answer::TooLarge, None) => {}
                (Answer::Fits { gap }, _) => {
                    prop_assert!(gap.length() >= needed);
                    prop_assert_eq!(under(gap), (0, 0));
                }
                (Answer::Evict { window, blocks: there, bytes }, Some(least)) => {
                    prop_assert!(bytes > 0);
                    prop_assert_eq!((bytes, there.len()), least);
                    prop_assert_eq!(under(window), least);
                }
                (answer, least) => prop_assert!(false, "{answer:?} where the least is {least:?}"),
            }
        }
    }
}
