//! What ends.

use crate::attached::{Attached, current};
use crate::counters::{Amount, Leaves};
use crate::events::{reject, write_plain};
use crate::live_table::{Claimed, Found, Key};
use crate::outcome::Outcome;
use crate::pools::Pool;
use crate::ring::Place;
use ttmem_layout::{BufferType, Kind, Record, anomaly, flags, loss};

/// Reports that a buffer ends, or loses a reference.
#[inline]
pub fn free(pool: Pool, buffer_type: BufferType, address: u64) -> Outcome {
    if matches!(buffer_type, BufferType::Cb | BufferType::Kernel) {
        return reject();
    }
    end(Kind::Free, pool, buffer_type, address)
}

/// Reports that circular buffers are no longer resident.
#[inline]
pub fn cb_free(pool: Pool, address: u64) -> Outcome {
    end(Kind::CbFree, pool, BufferType::Cb, address)
}

/// Reports that a kernel binary was unloaded.
#[inline]
pub fn kernel_unload(pool: Pool, address: u64) -> Outcome {
    end(Kind::KernelUnload, pool, BufferType::Kernel, address)
}

/// Reports that an allocator freed everything it had.
pub fn clear_pool(pool: Pool) {
    if let Some(attached) = current() {
        clear(attached, pool);
    }
}

#[inline(always)]
fn end(kind: Kind, pool: Pool, buffer_type: BufferType, address: u64) -> Outcome {
    let Some(attached) = current() else {
        return Outcome::Off;
    };
    let Some(leaves) = attached.pools.leaves(pool) else {
        return reject();
    };
    let key = Key {
        pool: pool.index(),
        buffer_type: buffer_type as u8,
        address,
    };
    if let Some(found) = attached.live.find_near(key)
        && found.refs() == 1
        && let Some(claimed) = attached.live.claim_live(found)
    {
        end_claimed(attached, kind, claimed, leaves, 0);
        return Outcome::Done;
    }
    end_thoroughly(attached, kind, key, leaves)
}

/// What one bucket of the live table does not decide: references, far slots, bad frees.
#[inline(never)]
fn end_thoroughly(attached: &Attached, kind: Kind, key: Key, leaves: &'static Leaves) -> Outcome {
    // Starts over only when another thread changed this very allocation: a race of the program with
    // itself, which may go either way but must not go on for ever.
    for _ in 0..32 {
        let Some(found) = attached.live.find(key) else {
            return end_nothing(attached, kind, key);
        };
        if found.refs() > 1 {
            if let Some(refs) = attached.live.refer(found, false) {
                end_reference(attached, kind, found, refs);
                return Outcome::Referenced;
            }
        } else if let Some(claimed) = attached.live.claim_live(found) {
            end_claimed(attached, kind, claimed, leaves, 0);
            return Outcome::Done;
        }
    }
    reject()
}

/// Ends a claimed allocation. The order of the steps is what makes a kill between any two of them
/// readable: `spec/protocol.md`, "A kill anywhere".
#[inline(always)]
fn end_claimed(attached: &Attached, kind: Kind, slot: Claimed, leaves: &'static Leaves, flags: u8) {
    let (place, amount) = record_end(attached, kind, &slot, flags);
    attached.live.settle_empty(slot);
    if let Some(amount) = amount {
        leaves.subtract(amount);
    }
    attached.ring.complete(place, attached);
}

/// Ends an allocation that another one replaces, and hands its slot on.
pub(crate) fn end_replaced(
    attached: &Attached,
    kind: Kind,
    slot: Claimed,
    leaves: &'static Leaves,
) -> Claimed {
    let kind = match kind {
        Kind::CbAlloc => Kind::CbFree,
        Kind::KernelLoad => Kind::KernelUnload,
        _ => Kind::Free,
    };
    let (place, amount) = record_end(attached, kind, &slot, flags::REPLACED);
    if let Some(amount) = amount {
        leaves.subtract(amount);
    }
    let slot = attached.live.reclaim(slot);
    attached.ring.complete(place, attached);
    slot
}

/// Records the end of a claimed allocation with all that was known of it.
#[inline(always)]
fn record_end(
    attached: &Attached,
    kind: Kind,
    slot: &Claimed,
    flags: u8,
) -> (Place, Option<Amount>) {
    let entry = attached.live.read(slot.slot());
    let place = attached.ring.place(attached);
    let record = Record {
        sequence: place.sequence,
        ticks: attached.clock.ticks(),
        thread: place.thread,
        id: entry.sequence,
        kind: kind as u8,
        flags,
        refs: 0,
        ..entry
    };
    attached.ring.write(&place, &record.words());
    let amount = BufferType::from_number(entry.buffer_type).map(|buffer_type| Amount {
        buffer_type,
        per_bank: entry.per_bank,
        occupied: entry.occupied(),
    });
    (place, amount)
}

#[cold]
fn end_reference(attached: &Attached, kind: Kind, found: Found, refs: u64) {
    let entry = attached.live.read(found.slot());
    write_plain(
        attached,
        Record {
            id: entry.sequence,
            kind: kind as u8,
            flags: flags::REFERENCE,
            refs: refs.min(255) as u8,
            ..entry
        },
    );
}

/// Freed what is not live: known from before, never known, or lost to an overflow.
#[cold]
fn end_nothing(attached: &Attached, kind: Kind, key: Key) -> Outcome {
    let (flag, outcome) = if attached.live.find_freed(key) {
        attached.note_anomaly(anomaly::DOUBLE_FREE);
        (flags::DOUBLE_FREE, Outcome::DoubleFree)
    } else if attached.lost(loss::LIVE_OVERFLOW) {
        attached.lose(loss::OVERFLOW_FREES, 1);
        (flags::LIVE_OVERFLOW, Outcome::LiveOverflow)
    } else {
        attached.note_anomaly(anomaly::UNKNOWN_FREE);
        (flags::UNKNOWN_FREE, Outcome::UnknownFree)
    };
    write_plain(
        attached,
        Record {
            address: key.address,
            kind: kind as u8,
            buffer_type: key.buffer_type,
            flags: flag,
            pool: key.pool,
            ..Record::default()
        },
    );
    outcome
}

/// Ends everything in a pool: one walk over the live table, one free per allocation.
pub(crate) fn clear(attached: &Attached, pool: Pool) {
    let Some(leaves) = attached.pools.leaves(pool) else {
        return;
    };
    for slot in 0..attached.live.slots() {
        let Some((found, entry)) = attached.live.live_at(slot) else {
            continue;
        };
        if entry.pool != pool.index() {
            continue;
        }
        let kind = match BufferType::from_number(entry.buffer_type) {
            Some(BufferType::Cb) => Kind::CbFree,
            Some(BufferType::Kernel) => Kind::KernelUnload,
            _ => Kind::Free,
        };
        if let Some(claimed) = attached.live.claim_live(found) {
            end_claimed(attached, kind, claimed, leaves, flags::POOL_CLEARED);
        }
    }
}
