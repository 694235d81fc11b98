//! Totals: one add per counter and event, however many chips the allocation lies on.
//!
//! Chips that every pool so far covers together share one group of counters. A mesh of 32 chips is
//! one group, until somebody allocates on a part of it: then the group is split, keeps what it has
//! counted, and its parts count from 0. What a chip holds is the sum over the groups it is in.

use std::sync::atomic::{AtomicU64, Ordering};
use ttmem_layout::{BufferType, ChipSet, Counter, Group, L1_CORE_LINE, MAX_GROUPS, Memory};

type GroupWords = [AtomicU64; Group::WORDS];
type Line = [AtomicU64; Counter::WORDS];
/// `split` in the word it shares with `parent`.
const SPLIT: u64 = 1 << 32;

pub(crate) struct Counters {
    groups: &'static [GroupWords],
}

/// The groups whose events a pool counts in: disjoint, together exactly its chips.
pub(crate) struct Leaves {
    list: Box<[Leaf]>,
}

struct Leaf {
    words: &'static GroupWords,
    /// The groups it was split from: what they counted is still held by its chips.
    ancestors: Box<[&'static GroupWords]>,
}

/// Which group is part of which. Changed under a lock, when a pool is registered.
#[derive(Default)]
pub(crate) struct Partition {
    nodes: Vec<Node>,
}

struct Node {
    chips: ChipSet,
    parent: Option<usize>,
    split: bool,
}

/// How much one allocation adds or takes.
#[derive(Clone, Copy)]
pub(crate) struct Amount {
    pub(crate) buffer_type: BufferType,
    pub(crate) per_bank: u64,
    pub(crate) occupied: u64,
}

impl Counters {
    pub(crate) const fn new(groups: &'static [AtomicU64]) -> Self {
        let (groups, _) = groups.as_chunks();
        Self { groups }
    }

    fn group(&self, index: usize) -> &'static GroupWords {
        &self.groups[index]
    }

    /// The leaves that make up `chips`, for the event path.
    pub(crate) fn leaves(&self, partition: &Partition, chips: ChipSet) -> Leaves {
        let list = partition.leaves_of(chips);
        let list = list
            .into_iter()
            .map(|index| Leaf {
                words: self.group(index),
                ancestors: partition
                    .ancestors(index)
                    .map(|index| self.group(index))
                    .collect(),
            })
            .collect();
        Leaves { list }
    }

    /// Writes the groups that `partition` has gained since it had `known` of them, then marks those
    /// of the older ones that are split now. Nobody counts in a new group yet.
    pub(crate) fn publish(&self, partition: &Partition, known: usize) {
        for (index, node) in partition.nodes.iter().enumerate().skip(known) {
            let words = self.group(index);
            let parent = node.parent.map_or(0, |parent| parent as u64 + 1);
            words[Group::PARENT_SPLIT].store(parent, Ordering::Relaxed);
            // [group-publish] Release: whoever sees the chips sees the parent.
            words[Group::CHIPS].store(node.chips.0, Ordering::Release);
        }
        for (index, node) in partition.nodes.iter().enumerate().take(known) {
            if node.split {
                // [group-split] SeqCst: pairs with `add`. Before any pool's list names the parts.
                self.group(index)[Group::PARENT_SPLIT].fetch_or(SPLIT, Ordering::SeqCst);
            }
        }
    }

    /// Raises the peaks of every part of a split group to what is held now: after an event that was
    /// counted in a group while that group was being split. A walk over the few groups there are.
    #[cold]
    #[inline(never)]
    pub(crate) fn raise_parts(&self, buffer_type: BufferType) {
        let chips = |index| ChipSet(self.group(index)[Group::CHIPS].load(Ordering::Acquire));
        let in_use = || (0..MAX_GROUPS).filter(|index| !chips(*index).is_empty());
        for part in in_use().filter(|index| !is_split(self.group(*index))) {
            for line in [buffer_type as usize, L1_CORE_LINE] {
                let holding = in_use().filter(|whole| chips(*whole).covers(chips(part)));
                let total = holding.fold(0, |total: i64, group| {
                    let bytes = &line_of(self.group(group), line)[Counter::BYTES];
                    total.wrapping_add(bytes.load(Ordering::SeqCst) as i64)
                });
                raise(&line_of(self.group(part), line)[Counter::PEAK], total);
            }
        }
    }
}

impl Leaves {
    /// Counts an allocation that came to life, and raises the peaks it reaches. True if a group it
    /// was counted in has been split meanwhile: see [`Counters::raise_parts`].
    #[inline(always)]
    pub(crate) fn add(&self, amount: Amount) -> bool {
        let mut split = false;
        for leaf in &self.list {
            let line = leaf.line(amount.buffer_type as usize);
            let bytes = gain(&line[Counter::BYTES], amount.occupied);
            line[Counter::ALLOCS].fetch_add(1, Ordering::Relaxed);
            leaf.raise(amount.buffer_type as usize, bytes);
            if amount.buffer_type.memory() == Memory::L1 {
                let line = leaf.line(L1_CORE_LINE);
                leaf.raise(L1_CORE_LINE, gain(&line[Counter::BYTES], amount.per_bank));
            }
            // [group-split] Either this load sees the mark, or the add came before it, and whoever
            // counts in a part (which comes after the mark) sees the add.
            split |= is_split(leaf.words);
        }
        split
    }

    /// Counts an allocation that ended.
    #[inline(always)]
    pub(crate) fn subtract(&self, amount: Amount) {
        for leaf in &self.list {
            let line = leaf.line(amount.buffer_type as usize);
            line[Counter::BYTES].fetch_sub(amount.occupied, Ordering::Relaxed);
            line[Counter::FREES].fetch_add(1, Ordering::Relaxed);
            if amount.buffer_type.memory() == Memory::L1 {
                leaf.line(L1_CORE_LINE)[Counter::BYTES]
                    .fetch_sub(amount.per_bank, Ordering::Relaxed);
            }
        }
    }
}

impl Leaf {
    #[inline(always)]
    fn line(&self, line: usize) -> &'static Line {
        line_of(self.words, line)
    }

    /// Raises the peak of a line to `bytes` of this group and what its ancestors counted.
    #[inline(always)]
    fn raise(&self, line: usize, bytes: i64) {
        let mut total = bytes;
        for ancestor in &self.ancestors {
            let inherited = line_of(ancestor, line)[Counter::BYTES].load(Ordering::Relaxed);
            total = total.wrapping_add(inherited as i64);
        }
        raise(&self.line(line)[Counter::PEAK], total);
    }
}

#[inline(always)]
fn raise(peak: &AtomicU64, total: i64) {
    let total = total.max(0) as u64;
    if total > peak.load(Ordering::Relaxed) {
        // Repeats only while other threads raise the peak to less than this: each of them is in
        // an event of its own, so the repeats are bounded by the number of threads.
        peak.fetch_max(total, Ordering::Relaxed);
    }
}

#[inline(always)]
fn is_split(group: &GroupWords) -> bool {
    group[Group::PARENT_SPLIT].load(Ordering::SeqCst) & SPLIT != 0
}

#[inline(always)]
fn line_of(group: &'static GroupWords, line: usize) -> &'static Line {
    // The first of the chunks are the group's own words.
    let (lines, _) = group.as_chunks();
    &lines[Group::line(line) / Counter::WORDS]
}

/// Adds and returns the new value.
#[inline(always)]
fn gain(word: &AtomicU64, amount: u64) -> i64 {
    // [group-split] SeqCst: comes before the look at the mark. Costs nothing more, a
    // read-modify-write is a full barrier on x86 whatever its ordering.
    word.fetch_add(amount, Ordering::SeqCst)
        .wrapping_add(amount) as i64
}

impl Partition {
    /// How many groups there are.
    pub(crate) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Makes `chips` a union of leaves. Every leaf that straddles its border is split in two; chips
    /// in no leaf yet become one. Cannot overflow: see [`MAX_GROUPS`].
    pub(crate) fn cover(&mut self, chips: ChipSet) {
        let mut rest = chips;
        for index in 0..self.nodes.len() {
            let node = &self.nodes[index];
            let (inside, outside) = (node.chips.and(chips), node.chips.without(chips));
            rest = rest.without(inside);
            if node.split || inside.is_empty() || outside.is_empty() {
                continue;
            }
            self.nodes[index].split = true;
            for part in [inside, outside] {
                self.nodes.push(Node {
                    chips: part,
                    parent: Some(index),
                    split: false,
                });
            }
        }
        if !rest.is_empty() {
            self.nodes.push(Node {
                chips: rest,
                parent: None,
                split: false,
            });
        }
        debug_assert!(self.nodes.len() <= MAX_GROUPS);
    }

    fn leaves_of(&self, chips: ChipSet) -> Vec<usize> {
        let is_leaf = |node: &Node| !node.split && !node.chips.and(chips).is_empty();
        let leaves = self
            .nodes
            .iter()
            .enumerate()
            .filter(|(_, node)| is_leaf(node));
        leaves.map(|(index, _)| index).collect()
    }

    fn ancestors(&self, index: usize) -> impl Iterator<Item = usize> {
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
            for index in partition.leaves_of(ChipSet(u64::MAX)) {
                let chips = partition.nodes[index].chips.0;
                prop_assert_eq!(seen & chips, 0);
                seen |= chips;
            }
            for chips in pools {
                let union = partition.leaves_of(ChipSet(chips)).iter()
                    .fold(0, |union, index| union | partition.nodes[*index].chips.0);
                prop_assert_eq!(union, chips);
            }
        }
    }
}
