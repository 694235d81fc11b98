//! Pools: the allocators whose addresses mean something only within them.

use crate::attached::{Attached, current};
use crate::counters::{Leaves, Partition};
use crate::free::clear;
use std::sync::atomic::{AtomicPtr, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
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

pub(crate) struct PoolTable {
    entries: &'static [AtomicU64],
    /// By index; null while unregistered. What one points to is never freed: an event may be using
    /// it. At most one list is left behind per pool and split, and there are at most 63 splits.
    leaves: Box<[AtomicPtr<Leaves>]>,
    registry: Mutex<Registry>,
}

#[derive(Default)]
struct Registry {
    partition: Partition,
    pools: Vec<Registered>,
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
            leaves: (0..MAX_POOLS).map(|_| AtomicPtr::default()).collect(),
            registry: Mutex::default(),
        }
    }

    /// The counter groups of a registered pool.
    #[inline(always)]
    pub(crate) fn leaves(&self, pool: Pool) -> Option<&'static Leaves> {
        let leaves = self
            .leaves
            .get(usize::from(pool.0))?
            .load(Ordering::Acquire);
        // SAFETY: null or a leaked box (`register`), never freed, never changed.
        unsafe { leaves.as_ref() }
    }

    fn register(
        &self,
        attached: &Attached,
        kind: PoolKind,
        chips: ChipSet,
        runtime_id: u32,
        parent: Option<Pool>,
    ) -> Option<Pool> {
        let mut registry = self.registry.lock().unwrap_or_else(PoisonError::into_inner);
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
        } else {
            registry.pools.push(Registered {
                chips,
                kind,
                retired: false,
            });
            let known = registry.partition.len();
            registry.partition.cover(chips);
            if registry.partition.len() != known {
                attached.counters.publish(&registry.partition, known);
            }
            // The others' lists change only if the groups did: a list that is replaced is never freed.
            let unchanged = if registry.partition.len() == known {
                index
            } else {
                0
            };
            let lists = self.leaves.iter().zip(&registry.pools);
            for (leaves, pool) in lists.skip(unchanged) {
                let list = attached.counters.leaves(&registry.partition, pool.chips);
                // [group-split] After the mark that `publish` has set on the split group.
                leaves.store(Box::into_raw(Box::new(list)), Ordering::SeqCst);
            }
        }
        let words = self.entry(index);
        let parent = parent.map_or(0, |parent| parent.0.saturating_add(1));
        words[2].store(attached.clock.ticks(), Ordering::Relaxed);
        words[PoolEntry::IDENTITY].store(
            identity(kind, PoolEntry::IN_USE, parent, runtime_id),
            Ordering::Relaxed,
        );
        // [pool-publish] Release: whoever sees the chips sees the rest of the entry.
        words[PoolEntry::CHIPS].store(chips.0, Ordering::Release);
        Some(Pool(index as u16))
    }

    fn retire(&self, pool: Pool) {
        let mut registry = self.registry.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(registered) = registry.pools.get_mut(usize::from(pool.0)) else {
            return;
        };
        registered.retired = true;
        let word = &self.entry(usize::from(pool.0))[PoolEntry::IDENTITY];
        let state = 0xff_u64 << 8;
        let seen = word.load(Ordering::Relaxed);
        word.store(
            seen & !state | u64::from(PoolEntry::RETIRED) << 8,
            Ordering::Release,
        );
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
/// Not an event: takes a lock and allocates. `None` when nothing is attached, `chips` is empty, or
/// the pool table is full (which is counted).
pub fn register_pool(
    kind: PoolKind,
    chips: ChipSet,
    runtime_id: u32,
    parent: Option<Pool>,
) -> Option<Pool> {
    let attached = current()?;
    if chips.is_empty() {
        attached.lose(loss::REJECTED, 1);
        return None;
    }
    attached
        .pools
        .register(attached, kind, chips, runtime_id, parent)
}

/// Says that a pool's allocator is gone: what is left in it ends with it, and its place may serve
/// another allocator over the same chips.
pub fn retire_pool(pool: Pool) {
    if let Some(attached) = current() {
        clear(attached, pool);
        attached.pools.retire(pool);
    }
}
