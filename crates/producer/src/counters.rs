//! Totals: one add per counter and event, however many chips the allocation lies on.
//!
//! Chips that every pool so far covers together share one group of counters. A mesh of 32 chips is
//! one group, until somebody allocates on a part of it: then the group is split, keeps what it has
//! counted, and its parts count from 0. What a chip holds is the sum over the groups it is in.

use crate::partition::Partition;
use std::sync::atomic::{AtomicU64, Ordering};
use ttmem_layout::{BufferType, ChipSet, Counter, Group, L1_CORE_LINE, MAX_GROUPS, Memory};

pub(crate) type GroupWords = [AtomicU64; Group::WORDS];
type Line = [AtomicU64; Counter::WORDS];
/// `split` in the word it shares with `parent`.
const SPLIT: u64 = 1 << 32;

pub(crate) struct Counters {
    groups: &'static [GroupWords],
}

/// The groups a pool counts in: the bytes in each of some disjoint ones that together are exactly its
/// chips, the event itself once.
pub(crate) struct Leaves {
    list: Box<[Leaf]>,
    /// The group of exactly the pool's chips; none if there was no room for it, and then each leaf
    /// counts the event.
    whole: Option<&'static GroupWords>,
}

struct Leaf {
    words: &'static GroupWords,
    /// The groups it was split from: what they counted is still held by its chips.
    ancestors: Box<[&'static GroupWords]>,
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

    /// The groups that `chips` are counted in, for the event path.
    pub(crate) fn leaves(&self, partition: &Partition, chips: ChipSet) -> Leaves {
        let list = partition.leaves(chips);
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
        let whole = partition.whole(chips).map(|index| self.group(index));
        Leaves { list, whole }
    }

    /// Writes the groups that `partition` has gained since it had `known` of them, then marks those
    /// of the older ones that are split now. Nobody counts in a new group yet.
    pub(crate) fn publish(&self, partition: &Partition, known: usize) {
        for (index, node) in partition.nodes().iter().enumerate().skip(known) {
            let words = self.group(index);
            let parent = node.parent.map_or(0, |parent| parent as u64 + 1);
            let split = if node.split { SPLIT } else { 0 };
            words[Group::PARENT_SPLIT].store(parent | split, Ordering::Relaxed);
            // [group-publish] Release: whoever sees the chips sees the parent.
            words[Group::CHIPS].store(node.chips.0, Ordering::Release);
        }
        for group in self.split(partition, known) {
            // [group-split] SeqCst: pairs with `add`. Before any pool's list names the parts.
            group[Group::PARENT_SPLIT].fetch_or(SPLIT, Ordering::SeqCst);
        }
    }

    /// The groups among the first `known` that are split by now.
    pub(crate) fn split(
        &self,
        partition: &Partition,
        known: usize,
    ) -> impl Iterator<Item = &'static GroupWords> {
        let nodes = partition.nodes().iter().enumerate().take(known);
        let split = nodes.filter(|(_, node)| node.split);
        split.map(|(index, _)| self.group(index))
    }

    /// The peak of a group's line since it last began anew.
    pub(crate) fn peak(&self, index: usize, line: usize) -> u64 {
        line_of(self.group(index), line)[Counter::PEAK].load(Ordering::SeqCst)
    }

    /// Has the peak of a group's line begin anew from what is held, and returns what it was. Not while
    /// groups are split.
    pub(crate) fn begin_peak_anew(&self, partition: &Partition, index: usize, line: usize) -> u64 {
        let counter = line_of(self.group(index), line);
        let mut peak = self.peak(index, line);
        while peak != 0 {
            // First, so that the larger of the two never falls. Starts over only when an event raised
            // the peak in between.
            counter[Counter::EARLIER_PEAK].fetch_max(peak, Ordering::Relaxed);
            // [peak-reset] SeqCst: comes before the look at what is held.
            let taken = counter[Counter::PEAK].compare_exchange(
                peak,
                0,
                Ordering::SeqCst,
                Ordering::SeqCst,
            );
            match taken {
                Ok(_) => break,
                Err(raised) => peak = raised,
            }
        }
        // What a split group's chips hold is in its parts.
        if !partition.nodes()[index].split {
            let holding = std::iter::once(index).chain(partition.ancestors(index));
            let held = holding.fold(0, |total: i64, index| {
                let bytes = &line_of(self.group(index), line)[Counter::BYTES];
                total.wrapping_add(bytes.load(Ordering::SeqCst) as i64)
            });
            raise(&counter[Counter::PEAK], held);
        }
        peak
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
    /// The one group in which everything is counted and whose bytes are all its chips hold, if there
    /// is one: most pools have it.
    pub(crate) fn sole(&self) -> Option<&'static GroupWords> {
        match &*self.list {
            [leaf] if leaf.ancestors.is_empty() => Some(leaf.words),
            _ => None,
        }
    }

    /// Counts an allocation that came to life, and raises the peaks it reaches. True if a group it
    /// was counted in has been split meanwhile: see [`Counters::raise_parts`].
    pub(crate) fn add(&self, amount: Amount) -> bool {
        let mut split = false;
        let line = amount.buffer_type as usize;
        for leaf in &self.list {
            let counter = line_of(leaf.words, line);
            leaf.raise(line, gain(&counter[Counter::BYTES], amount.occupied));
            if amount.buffer_type.memory() == Memory::L1 {
                let core = line_of(leaf.words, L1_CORE_LINE);
                leaf.raise(L1_CORE_LINE, gain(&core[Counter::BYTES], amount.per_bank));
            }
            // [group-split] Either this load sees the mark, or the add came before it, and whoever
            // counts in a part (which comes after the mark) sees the add.
            split |= is_split(leaf.words);
        }
        self.count(line, Counter::ALLOCS);
        split
    }

    /// Counts an allocation that ended.
    pub(crate) fn subtract(&self, amount: Amount) {
        let line = amount.buffer_type as usize;
        for leaf in &self.list {
            take(leaf.words, amount);
        }
        self.count(line, Counter::FREES);
    }

    #[inline]
    fn count(&self, line: usize, word: usize) {
        let one_more = |group| line_of(group, line)[word].fetch_add(1, Ordering::Relaxed);
        match self.whole {
            Some(whole) => {
                one_more(whole);
            }
            None => self.list.iter().for_each(|leaf| {
                one_more(leaf.words);
            }),
        }
    }
}

/// As [`Leaves::add`], in the sole group of a pool; the caller looks whether it still is.
#[inline(always)]
pub(crate) fn add_to(group: &'static GroupWords, amount: Amount) {
    let line = line_of(group, amount.buffer_type as usize);
    let total = gain(&line[Counter::BYTES], amount.occupied);
    line[Counter::ALLOCS].fetch_add(1, Ordering::Relaxed);
    raise(&line[Counter::PEAK], total);
    if amount.buffer_type.memory() == Memory::L1 {
        let core = line_of(group, L1_CORE_LINE);
        let total = gain(&core[Counter::BYTES], amount.per_bank);
        raise(&core[Counter::PEAK], total);
    }
}

/// As [`Leaves::subtract`], in the sole group of a pool.
#[inline(always)]
pub(crate) fn subtract_from(group: &'static GroupWords, amount: Amount) {
    take(group, amount);
    line_of(group, amount.buffer_type as usize)[Counter::FREES].fetch_add(1, Ordering::Relaxed);
}

#[inline(always)]
fn take(group: &'static GroupWords, amount: Amount) {
    let line = line_of(group, amount.buffer_type as usize);
    line[Counter::BYTES].fetch_sub(amount.occupied, Ordering::Relaxed);
    if amount.buffer_type.memory() == Memory::L1 {
        line_of(group, L1_CORE_LINE)[Counter::BYTES].fetch_sub(amount.per_bank, Ordering::Relaxed);
    }
}

impl Leaf {
    /// Raises the peak of a line to `bytes` of this group and what its ancestors counted.
    #[inline(always)]
    fn raise(&self, line: usize, bytes: i64) {
        let mut total = bytes;
        for ancestor in &self.ancestors {
            let inherited = line_of(ancestor, line)[Counter::BYTES].load(Ordering::Relaxed);
            total = total.wrapping_add(inherited as i64);
        }
        raise(&line_of(self.words, line)[Counter::PEAK], total);
    }
}

#[inline(always)]
fn raise(peak: &AtomicU64, total: i64) {
    let total = total.max(0) as u64;
    // [peak-reset] SeqCst: comes after the add to `bytes`. Who finds the peak high enough, and it is
    // being taken down, is seen by the look at `bytes` that follows. A plain load on x86.
    if total > peak.load(Ordering::SeqCst) {
        // Repeats only while other threads raise the peak to less than this: each of them is in
        // an event of its own, so the repeats are bounded by the number of threads.
        peak.fetch_max(total, Ordering::Relaxed);
    }
}

#[inline(always)]
fn is_split(group: &GroupWords) -> bool {
    group[Group::PARENT_SPLIT].load(Ordering::SeqCst) & SPLIT != 0
}

/// The words of a counter line.
#[inline(always)]
pub(crate) fn line_of(group: &'static GroupWords, line: usize) -> &'static Line {
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
