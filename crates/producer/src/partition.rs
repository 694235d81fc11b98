//! Which chips are counted together.

use ttmem_layout::{ChipSet, MAX_CHIPS, MAX_GROUPS};

/// Which group is part of which. Changed under a lock, when a pool is registered.
#[derive(Default)]
pub(crate) struct Partition {
    nodes: Vec<Node>,
    /// Nodes that only count events.
    tallies: usize,
}

pub(crate) struct Node {
    pub(crate) chips: ChipSet,
    pub(crate) parent: Option<usize>,
    /// Bytes are not counted here (any more).
    pub(crate) split: bool,
}

/// A group split so often has been split into single chips: a longer line of ancestors, whose shares
/// have to be added up with each allocation, costs more than counting in single chips does.
const MAX_ANCESTORS: usize = 3;
/// Splits make at most so many nodes: see [`MAX_GROUPS`].
const MAX_PARTS: usize = 2 * MAX_CHIPS - 1;

impl Partition {
    /// How many groups there are.
    pub(crate) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// The groups, in the order in which they were made.
    pub(crate) fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// Makes `chips` a union of leaves. Every leaf that straddles its border is split; chips in no leaf
    /// yet become one. Cannot overflow: see [`MAX_GROUPS`].
    pub(crate) fn cover(&mut self, chips: ChipSet) {
        let mut rest = chips;
        for index in 0..self.nodes.len() {
            let node = &self.nodes[index];
            let (inside, outside) = (node.chips.and(chips), node.chips.without(chips));
            rest = rest.without(inside);
            if node.split || inside.is_empty() || outside.is_empty() {
                continue;
            }
            let parts = if self.ancestors(index).count() < MAX_ANCESTORS {
                vec![inside, outside]
            } else {
                node.chips.iter().filter_map(ChipSet::of).collect()
            };
            self.nodes[index].split = true;
            self.nodes.extend(parts.into_iter().map(|chips| Node {
                chips,
                parent: Some(index),
                split: false,
            }));
        }
        if !rest.is_empty() {
            self.nodes.push(Node {
                chips: rest,
                parent: None,
                split: false,
            });
        }
        self.tally(chips);
        debug_assert!(self.nodes.len() <= MAX_GROUPS);
    }

    /// Makes sure that there is a group of exactly these chips, which may be one that only counts
    /// events, if there is room for it.
    fn tally(&mut self, chips: ChipSet) {
        if self.whole(chips).is_none() && self.tallies < MAX_GROUPS - MAX_PARTS {
            self.tallies += 1;
            self.nodes.push(Node {
                chips,
                parent: None,
                split: true,
            });
        }
    }

    /// The group of exactly these chips, if there is one.
    pub(crate) fn whole(&self, chips: ChipSet) -> Option<usize> {
        self.nodes.iter().position(|node| node.chips == chips)
    }

    /// The groups that together are these chips.
    pub(crate) fn leaves(&self, chips: ChipSet) -> Vec<usize> {
        let is_leaf = |node: &Node| !node.split && !node.chips.and(chips).is_empty();
        let leaves = self
            .nodes
            .iter()
            .enumerate()
            .filter(|(_, node)| is_leaf(node));
        leaves.map(|(index, _)| index).collect()
    }

    /// What a group was split from, and what that was split from.
    pub(crate) fn ancestors(&self, index: usize) -> impl Iterator<Item = usize> {
        std::iter::successors(self.nodes[index].parent, |index| self.nodes[*index].parent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Whatever pools come in whatever order: leaves stay disjoint, each pool is exactly a union
        /// of leaves, and the table's size suffices.
        #[test]
        fn every_pool_is_a_union_of_disjoint_leaves(pools in prop::collection::vec(any::<u64>(), 1..200)) {
            let mut partition = Partition::default();
            for chips in &pools {
                partition.cover(ChipSet(*chips));
            }
            prop_assert!(partition.len() <= MAX_GROUPS);
            let mut seen = 0_u64;
            for index in partition.leaves(ChipSet(u64::MAX)) {
                let chips = partition.nodes[index].chips.0;
                prop_assert_eq!(seen & chips, 0);
                seen |= chips;
                prop_assert!(partition.ancestors(index).count() <= MAX_ANCESTORS + 1);
            }
            for chips in pools {
                let union = partition.leaves(ChipSet(chips)).iter()
                    .fold(0, |union, index| union | partition.nodes[*index].chips.0);
                prop_assert_eq!(union, chips);
            }
        }
    }
}
