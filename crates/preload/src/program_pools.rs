//! Pools of kind `programs`: one for each set of chips that held the same circular buffers.
//!
//! Used only inside the gate of `residency`.

use crate::errno::KeptErrno;
use std::sync::atomic::{AtomicU16, AtomicU64, Ordering};
use ttmem_producer::{ChipSet, Pool, PoolKind, register_pool};

/// Sets of chips that get a pool: every chip, and a few dozen meshes and parts of them.
const SETS: usize = 160;

static CHIPS: [AtomicU64; SETS] = [const { AtomicU64::new(0) }; SETS];
static POOLS: [AtomicU16; SETS] = [const { AtomicU16::new(0) }; SETS];

/// The pool of a set of chips; registers it on first use. `None` when there is no room for it.
pub(crate) fn of(chips: ChipSet) -> Option<Pool> {
    for (set, pool) in CHIPS.iter().zip(&POOLS) {
        match set.load(Ordering::Relaxed) {
            0 => {
                let _errno = KeptErrno::new();
                let new = register_pool(PoolKind::Programs, chips, 0, None)?;
                pool.store(new.index(), Ordering::Relaxed);
                set.store(chips.0, Ordering::Relaxed);
                return Some(new);
            }
            found if found == chips.0 => {
                return Some(Pool::from_index(pool.load(Ordering::Relaxed)));
            }
            _ => {}
        }
    }
    None
}

/// Drops what a forked child inherited.
pub(crate) fn forget_all() {
    CHIPS.iter().for_each(|set| set.store(0, Ordering::Relaxed));
}
