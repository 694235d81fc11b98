//! Pools: the allocators whose addresses mean something only within them.

use crate::attached::{Attached, current};
use crate::counters::{Amount, GroupWords, Leaves, add_to, subtract_from};
use crate::free::clear_pool;
use crate::lock::Lock;
use crate::outcome::Outcome;
use crate::partition::Partition;
use std::sync::atomic::{AtomicPtr, AtomicU64, Ordering};
use ttmem_layout::{ChipSet, MAX_POOLS, Pool as PoolEntry, PoolKind, loss};

/// A registered allocator. Valid in the process and attachment that registered it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Pool(u16);

impl Pool {
    /// Its index in the segment's pool table, which records carry.
    #[inline]
    pub const fn index(self) -> u16 {
        self.0
    }

    /// The pool with this index. Events on one that was never registered are rejected.
    #[inline]
    pub const fn from_index(index: u16) -> Self {
        Self(index)
    }
}

pub(crate) type Pools = [PoolGroups; MAX_POOLS];

/// Where the event path counts what happens in one pool.
#[derive(Default)]
pub(crate) struct PoolGroups {
    /// The one group that does for all of it; null while not in use and where there are several.
    sole: AtomicPtr<GroupWords>,
    /// Null while not in use. What one points to is never freed: an event may be using it. At most
    /// one list is left behind per pool and split, and there are at most 63 splits.
    leaves: AtomicPtr<Leaves>,
}

/// Where an event on a pool is counted, as it was found at its start.
#[derive(Clone, Copy)]
pub(crate) enum Counted {
    /// In one group, while the pool still says so.
    Sole(&'static GroupWords, &'static PoolGroups),
    /// In several, or in one that was split from others.
    Leaves(&'static Leaves),
}

impl PoolGroups {
    /// Where events are counted; none if the pool is not in use.
    #[inline(always)]
    pub(crate) fn counted(&'static self) -> Option<Counted> {
        // SAFETY: null, or a group of the segment, whose mapping is there until the process ends.
        if let Some(sole) = unsafe { self.sole.load(Ordering::Acquire).as_ref() } {
            return Some(Counted::Sole(sole, self));
        }
        // SAFETY: null or a leaked box (`register`), never freed, never changed.
        let leaves = unsafe { self.leaves.load(Ordering::Acquire).as_ref() };
        leaves.map(Counted::Leaves)
    }

    /// Has another place say what this one said.
    fn move_to(&self, other: &Self) {
        let sole = self.sole.swap(std::ptr::null_mut(), Ordering::SeqCst);
        let leaves = self.leaves.swap(std::ptr::null_mut(), Ordering::SeqCst);
        other.leaves.store(leaves, Ordering::SeqCst);
        other.sole.store(sole, Ordering::SeqCst);
    }
}

impl Counted {
    /// Counts an allocation that came to life, and raises the peaks it reaches. True if a group it
    /// was counted in has been split meanwhile.
    #[inline(always)]
    pub(crate) fn add(self, amount: Amount) -> bool {
        match self {
            Self::Sole(group, pool) => {
                add_to(group, amount);
                // [group-split] As in `Leaves::add`: the pool stops naming the group before any list
                // names its parts.
                !std::ptr::eq(pool.sole.load(Ordering::SeqCst), group)
            }
            Self::Leaves(leaves) => leaves.add(amount),
        }
    }

    /// Counts an allocation that ended.
    #[inline(always)]
    pub(crate) fn subtract(self, amount: Amount) {
        match self {
            Self::Sole(group, _) => subtract_from(group, amount),
            Self::Leaves(leaves) => leaves.subtract(amount),
        }
    }
}

pub(crate) struct PoolTable {
    entries: &'static [AtomicU64],
    /// By index.
    pub(crate) pools: &'static Pools,
    /// By index: what `pools` will say again of a retired one when it serves another allocator. The event
    /// path does not look here, so that it finds a retired pool as it finds one that never was.
    retired: Box<Pools>,
    registry: Lock<Registry>,
}

#[derive(Default)]
struct Registry {
    partition: Partition,
    pools: Vec<Registered>,
    /// Lists that were replaced. An event may be using one: they are kept, and named here for those who
    /// look for what nobody names.
    replaced: Vec<AtomicPtr<Leaves>>,
}

struct Registered {
    chips: ChipSet,
    kind: PoolKind,
    retired: bool,
}

impl PoolTable {
    pub(crate) fn new(entries: &'static [AtomicU64]) -> Self {
        Self {
            entries,
            // As long-lived as the seats that point to it.
            pools: Box::leak(Box::new(std::array::from_fn(|_| PoolGroups::default()))),
            retired: Box::new(std::array::from_fn(|_| PoolGroups::default())),
            registry: Lock::default(),
        }
    }

    /// Where events on a pool in use are counted.
    #[inline]
    pub(crate) fn counted(&self, pool: Pool) -> Option<Counted> {
        self.pools.get(usize::from(pool.0))?.counted()
    }

    fn register(
        &self,
        attached: &Attached,
        kind: PoolKind,
        chips: ChipSet,
        runtime_id: u32,
        parent: Option<Pool>,
    ) -> Option<Pool> {
        let mut registry = self.registry.lock();
        let reusable = registry
            .pools
            .iter()
            .position(|pool| pool.retired && pool.chips == chips && pool.kind == kind);
        let index = reusable.unwrap_or(registry.pools.len());
        if index >= MAX_POOLS {
            attached.lose(loss::POOLS, 1);
            return None;
        }
        if reusable.is_some() {
            registry.pools[index].retired = false;
            self.retired[index].move_to(&self.pools[index]);
        } else {
            registry.pools.push(Registered {
                chips,
                kind,
                retired: false,
            });
            self.count(&mut registry, attached, index);
        }
        let words = self.entry(index);
        let parent = parent.map_or(0, |parent| parent.0 + 1);
        words[2].store(attached.clock.ticks(), Ordering::Relaxed);
        words[PoolEntry::IDENTITY].store(
            identity(kind, PoolEntry::IN_USE, parent, runtime_id),
            Ordering::Relaxed,
        );
        // [pool-publish] Release: whoever sees the chips sees the rest of the entry.
        words[PoolEntry::CHIPS].store(chips.0, Ordering::Release);
        Some(Pool(index as u16))
    }

    /// Says where events on the new pool `index` are counted, and on the others if that has changed.
    fn count(&self, registry: &mut Registry, attached: &Attached, index: usize) {
        let Registry {
            partition,
            pools: registered,
            replaced,
        } = registry;
        let known = partition.len();
        partition.cover(registered[index].chips);
        // The others' lists change only if the groups did: a list that is replaced is never freed.
        let grown = partition.len() != known;
        let changed = if grown { 0 } else { index };
        if grown {
            for group in attached.counters.split(partition, known) {
                let group = std::ptr::from_ref(group).cast_mut();
                for pool in &self.pools[..index] {
                    // [group-split] Before any pool's list names the parts: an event that was counted
                    // in a group which its pool no longer names looks further. Fails for others.
                    let null = std::ptr::null_mut();
                    let _ =
                        pool.sole
                            .compare_exchange(group, null, Ordering::SeqCst, Ordering::SeqCst);
                }
            }
            attached.counters.publish(partition, known);
        }
        for (index, registered) in registered.iter().enumerate().skip(changed) {
            let pools = if registered.retired {
                &*self.retired
            } else {
                self.pools
            };
            let pool = &pools[index];
            let leaves = attached.counters.leaves(partition, registered.chips);
            let sole = leaves.sole().map_or(std::ptr::null(), std::ptr::from_ref);
            // [group-split] After the mark that `publish` has set on the split group.
            let leaves = Box::into_raw(Box::new(leaves));
            let before = pool.leaves.swap(leaves, Ordering::SeqCst);
            if !before.is_null() {
                replaced.push(AtomicPtr::new(before));
            }
            pool.sole.store(sole.cast_mut(), Ordering::SeqCst);
        }
    }

    /// Runs `work` while no group is made or split.
    pub(crate) fn with_groups<T>(&self, work: impl FnOnce(&Partition) -> T) -> T {
        let registry = self.registry.lock();
        work(&registry.partition)
    }

    /// Whether this is, or was, somebody's pool.
    pub(crate) fn has_been(&self, pool: Pool) -> bool {
        !self.chips(pool).is_empty()
    }

    fn retire(&self, pool: Pool) {
        let index = usize::from(pool.0);
        let mut registry = self.registry.lock();
        let Some(registered) = registry.pools.get_mut(index) else {
            return;
        };
        if std::mem::replace(&mut registered.retired, true) {
            return;
        }
        self.pools[index].move_to(&self.retired[index]);
        let word = &self.entry(index)[PoolEntry::IDENTITY];
        let state = 0xff_u64 << 8;
        let seen = word.load(Ordering::Relaxed);
        word.store(
            seen & !state | u64::from(PoolEntry::RETIRED) << 8,
            Ordering::Release,
        );
    }

    /// The chips of a registered pool.
    pub(crate) fn chips(&self, pool: Pool) -> ChipSet {
        let index = usize::from(pool.0);
        if index >= MAX_POOLS {
            return ChipSet::EMPTY;
        }
        ChipSet(self.entry(index)[PoolEntry::CHIPS].load(Ordering::Acquire))
    }

    fn entry(&self, index: usize) -> &'static [AtomicU64] {
        &self.entries[index * PoolEntry::WORDS..][..PoolEntry::WORDS]
    }
}

fn identity(kind: PoolKind, state: u8, parent: u16, runtime_id: u32) -> u64 {
    let bytes = [kind as u8, state];
    u64::from(u16::from_le_bytes(bytes)) | u64::from(parent) << 16 | u64::from(runtime_id) << 32
}

/// Registers an allocator that covers `chips`: every allocation in it lies on all of them at the
/// same address. `runtime_id` is the runtime's own number of the chip, mesh or submesh; `parent` the
/// pool it was carved from.
///
/// Not an event: takes a lock and allocates. `None` when nothing is attached, and (which is counted) when
/// `chips` is empty, the parent never was a pool, or the pool table is full.
pub fn register_pool(
    kind: PoolKind,
    chips: ChipSet,
    runtime_id: u32,
    parent: Option<Pool>,
) -> Option<Pool> {
    let attached = current()?;
    if chips.is_empty() || parent.is_some_and(|parent| !attached.pools.has_been(parent)) {
        attached.lose(loss::REJECTED, 1);
        return None;
    }
    let pool = attached
        .pools
        .register(attached, kind, chips, runtime_id, parent)?;
    if let Some(farewell) = &attached.farewell {
        farewell.forget_clearing(pool);
    }
    Some(pool)
}

/// Says that a pool's allocator is gone: what is left in it ends with it, and its place may serve
/// another allocator over the same chips. Until then events on it are rejected, but for frees: nothing
/// is live there.
pub fn retire_pool(pool: Pool) -> Outcome {
    let outcome = clear_pool(pool);
    if let (Some(attached), Outcome::Done) = (current(), outcome) {
        attached.pools.retire(pool);
    }
    outcome
}
