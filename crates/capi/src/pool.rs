//! Pools.

#![expect(non_camel_case_types, reason = "the names C programs use")]

use crate::boundary::{contained, event, refuse};
use crate::elsewhere::{Other, ask};
use crate::outcome::ttmem_outcome;
use ttmem_producer::{ChipSet, Outcome, Pool, PoolKind};

/// A registered allocator: valid in the process that registered it, while it stays attached.
/// 0 (`TTMEM_NO_POOL`) is none; events on it are rejected.
pub type ttmem_pool = u32;

/// No pool.
pub const TTMEM_NO_POOL: u32 = 0;
/// Whichever pool it is: understood by `ttmem_free_any`, and rejected elsewhere.
pub const TTMEM_ANY_POOL: u32 = u32::MAX;
/// Kind of pool: one chip's own allocator.
pub const TTMEM_POOL_CHIP: u32 = 1;
/// Kind of pool: a mesh's allocator. Every allocation lies on all its chips at the same address.
pub const TTMEM_POOL_MESH: u32 = 2;
/// Kind of pool: a submesh's allocator. It hands out addresses that may be live in its parent.
pub const TTMEM_POOL_SUBMESH: u32 = 3;
/// Kind of pool: programs rather than an allocator, for circular buffers and kernels.
pub const TTMEM_POOL_PROGRAMS: u32 = 4;

const _: () = {
    assert!(TTMEM_POOL_CHIP == PoolKind::Chip as u32);
    assert!(TTMEM_POOL_MESH == PoolKind::Mesh as u32);
    assert!(TTMEM_POOL_SUBMESH == PoolKind::Submesh as u32);
    assert!(TTMEM_POOL_PROGRAMS == PoolKind::Programs as u32);
};

/// A pool that is never registered: what the producer rejects and counts.
pub(crate) const NOWHERE: Pool = Pool::from_index(u16::MAX);

/// The pool behind a handle; [`NOWHERE`] for a handle that never was one.
#[inline]
pub(crate) fn registered(handle: ttmem_pool) -> Pool {
    match u16::try_from(handle) {
        Ok(number @ 1..) => Pool::from_index(number - 1),
        _ => NOWHERE,
    }
}

/// Registers an allocator. Not an event: it takes a lock and allocates.
///
/// kind: a `TTMEM_POOL_…` constant. chips: bit `n` is the runtime's device `n`; every allocation in
/// the pool lies on all of them. runtime_id: the runtime's own number of the chip, mesh or submesh.
/// parent: the pool it was carved from, or `TTMEM_NO_POOL`.
///
/// Returns the pool, or `TTMEM_NO_POOL` while tracking is off, and (which is counted) for an unknown kind,
/// for no chips, for a parent that never was a pool, and when there are too many pools.
#[unsafe(no_mangle)]
pub extern "C" fn ttmem_register_pool(
    kind: u32,
    chips: u64,
    runtime_id: u32,
    parent: ttmem_pool,
) -> ttmem_pool {
    if !ttmem_producer::attached() {
        return ask(|other| Some((other.register_pool?)(kind, chips, runtime_id, parent)))
            .unwrap_or(TTMEM_NO_POOL);
    }
    contained(TTMEM_NO_POOL, || {
        let parent = (parent != TTMEM_NO_POOL).then(|| registered(parent));
        let Some(kind) = u8::try_from(kind).ok().and_then(PoolKind::from_number) else {
            let _ = refuse();
            return TTMEM_NO_POOL;
        };
        ttmem_producer::register_pool(kind, ChipSet(chips), runtime_id, parent)
            .map_or(TTMEM_NO_POOL, |pool| u32::from(pool.index()) + 1)
    })
}

/// The allocator is gone: what is left in the pool ends with it. Afterwards the handle is void: what is
/// reported in it is rejected, and a free is a double or unknown one, until another allocator of that kind
/// over those chips is registered, which gets this handle again.
///
/// Returns `TTMEM_DONE`, `TTMEM_OFF` while tracking is off, or `TTMEM_REJECTED` for a pool that is not in
/// use.
#[unsafe(no_mangle)]
pub extern "C" fn ttmem_retire_pool(pool: ttmem_pool) -> ttmem_outcome {
    end(pool, ttmem_producer::retire_pool, |other| {
        Some((other.retire_pool?)(pool))
    })
}

/// The allocator was emptied: every allocation in the pool ends. The pool stays.
///
/// Returns `TTMEM_DONE`, `TTMEM_OFF` while tracking is off, or `TTMEM_REJECTED` for a pool that is not in
/// use.
#[unsafe(no_mangle)]
pub extern "C" fn ttmem_clear_pool(pool: ttmem_pool) -> ttmem_outcome {
    end(pool, ttmem_producer::clear_pool, |other| {
        Some((other.clear_pool?)(pool))
    })
}

fn end(
    handle: ttmem_pool,
    end: fn(Pool) -> Outcome,
    elsewhere: impl FnOnce(&Other) -> Option<ttmem_outcome>,
) -> ttmem_outcome {
    event(|| Some(end(registered(handle))), elsewhere)
}
