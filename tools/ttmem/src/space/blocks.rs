//! Allocations of one buffer type in order of address, for as many chips as there are.

use super::Range;
use ttmem_layout::ChipSet;

/// What one allocation takes of every bank of its chips.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Block {
    /// Its addresses.
    pub(crate) range: Range,
    /// Its chips.
    pub(crate) chips: ChipSet,
    /// Whose it is: an index into whatever the caller has.
    pub(crate) owner: usize,
}

/// Blocks in order of address. Sorted once, asked chip by chip.
#[derive(Clone, Debug, Default)]
pub(crate) struct Blocks {
    sorted: Vec<Block>,
}

impl Blocks {
    /// Sorts them. What takes no bytes of a bank lies nowhere and is left out.
    pub(crate) fn new(blocks: impl Iterator<Item = Block>) -> Self {
        let mut sorted: Vec<_> = blocks.filter(|block| !block.range.is_empty()).collect();
        sorted.sort_unstable_by_key(|block| (block.range, block.owner));
        Self { sorted }
    }

    /// Those on one chip.
    pub(crate) fn on(&self, chip: u32) -> impl Iterator<Item = &Block> + Clone {
        self.sorted
            .iter()
            .filter(move |block| block.chips.contains(chip))
    }

    /// `chips`, taken apart into those that hold the same blocks: of chips in lock step one need be
    /// looked at.
    pub(crate) fn alike(&self, chips: ChipSet) -> Vec<ChipSet> {
        let mut groups = vec![chips];
        let mut last = chips;
        for block in &self.sorted {
            // Neighbours mostly lie on the same chips.
            if block.chips == last {
                continue;
            }
            last = block.chips;
            for at in 0..groups.len() {
                let (with, without) = (groups[at].and(last), groups[at].without(last));
                if !with.is_empty() && !without.is_empty() {
                    groups[at] = with;
                    groups.push(without);
                }
            }
        }
        groups.retain(|group| !group.is_empty());
        groups.sort_unstable_by_key(|group| group.0.trailing_zeros());
        groups
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(start: u64, length: u64, chips: u64) -> Block {
        Block {
            range: Range::at(start, length),
            chips: ChipSet(chips),
            owner: start as usize,
        }
    }

    #[test]
    fn a_chip_has_its_blocks_in_order_of_address() {
        let blocks = [block(9, 1, 0b11), block(3, 2, 0b01), block(5, 0, 0b01)];
        let blocks = Blocks::new(blocks.into_iter());
        let on = |chip| blocks.on(chip).map(|one| one.owner).collect::<Vec<_>>();
        assert_eq!(on(0), [3, 9]);
        assert_eq!(on(1), [9]);
        assert!(on(2).is_empty());
    }

    #[test]
    fn chips_in_lock_step_are_one_group() {
        let blocks = [
            block(1, 1, 0b1111),
            block(2, 1, 0b0011),
            block(3, 1, 0b1111),
        ];
        let blocks = Blocks::new(blocks.into_iter());
        assert_eq!(
            blocks.alike(ChipSet(0b1_1111)),
            [ChipSet(0b11), ChipSet(0b1100), ChipSet(0b1_0000)]
        );
        assert!(blocks.alike(ChipSet::EMPTY).is_empty());
    }
}
