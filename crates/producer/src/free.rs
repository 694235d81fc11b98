//! What ends.

use crate::attached::{Attached, Near, current};
use crate::counters::Amount;
use crate::events::{reject, write_plain};
use crate::live_table::{Claimed, Found, Key};
use crate::outcome::Outcome;
use crate::pools::{Counted, Pool};
use crate::seat::{Place, seat};
use ttmem_layout::{BufferType, Kind, Record, anomaly, flags, loss};

/// What an end is recorded and counted as.
#[derive(Clone, Copy)]
struct Ending {
    kind: Kind,
    /// Of the allocation. Told rather than read from its entry: the counter's line is asked for
    /// before the entry has come.
    buffer_type: BufferType,
    flags: u8,
}

/// The types of buffers: what is neither a circular buffer nor a kernel.
const BUFFERS: [BufferType; 5] = [
    BufferType::Dram,
    BufferType::L1,
    BufferType::SystemMemory,
    BufferType::L1Small,
    BufferType::Trace,
];

/// Reports that a buffer ends, or loses a reference.
#[inline]
pub fn free(pool: Pool, buffer_type: BufferType, address: u64) -> Outcome {
    if matches!(buffer_type, BufferType::Cb | BufferType::Kernel) {
        return reject();
    }
    end(Kind::Free, pool, buffer_type, address)
}

/// Reports that a buffer ends, or loses a reference, by a caller that does not know its type: the
/// youngest live one of the pool at this address. If none is live it counts as a bad free of the type
/// that was last freed there, or of DRAM.
pub fn free_any(pool: Pool, address: u64) -> Outcome {
    match current() {
        Some(attached) => free_youngest(attached, std::iter::once(pool), address),
        None => Outcome::Off,
    }
}

/// The same by a caller that does not know the pool either: the youngest live one of any. If none is
/// live it counts as a bad free of where it was last freed, or of the first pool. Looks into every pool.
pub fn free_anywhere(address: u64) -> Outcome {
    let Some(attached) = current() else {
        return Outcome::Off;
    };
    let pools = (0..=u16::MAX).map(Pool::from_index);
    let registered = pools.take_while(|pool| attached.pools.has_been(*pool));
    free_youngest(attached, registered, address)
}

fn free_youngest(
    attached: &Attached,
    pools: impl Iterator<Item = Pool> + Clone,
    address: u64,
) -> Outcome {
    let key = |(pool, buffer_type): (Pool, BufferType)| Key {
        pool: pool.index(),
        buffer_type: buffer_type as u8,
        address,
    };
    let mut places = pools.flat_map(|pool| BUFFERS.map(|buffer_type| (pool, buffer_type)));
    let live = places.clone().filter_map(|place| {
        let found = attached.live.find(key(place))?;
        let entry = attached.live.slots.read(found.slot());
        Some(((entry.ticks, entry.sequence), place))
    });
    let youngest = live.max_by_key(|(age, _)| *age).map(|(_, place)| place);
    let first = places.clone().next();
    let freed = || places.find(|place| attached.live.find_freed(key(*place)));
    match youngest.or_else(freed).or(first) {
        Some((pool, buffer_type)) => free(pool, buffer_type, address),
        None => reject(),
    }
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
pub fn clear_pool(pool: Pool) -> Outcome {
    let Some(attached) = current() else {
        return Outcome::Off;
    };
    let Some(counted) = attached.pools.counted(pool) else {
        return reject();
    };
    clear(attached, pool, counted);
    Outcome::Done
}

/// The way of nearly all events: the thread has a place in the ring, and the allocation lies in its
/// key's own slot.
#[inline(always)]
fn end(kind: Kind, pool: Pool, buffer_type: BufferType, address: u64) -> Outcome {
    let ending = Ending {
        kind,
        buffer_type,
        flags: 0,
    };
    let seat = seat();
    if let Some((attached, near)) = seat.ready()
        && let Some(groups) = near.pools.get(usize::from(pool.index()))
        && let Some(counted) = groups.counted()
    {
        let key = ending.key(pool, address);
        let home = near.slots.home(key);
        // First what the claim waits for, then the rest.
        near.slots.warm(home);
        seat.warm(buffer_type);
        seat.remember(counted);
        if let Some(found) = near.slots.find_near(key, home)
            && found.refs() == 1
            && let Some(claimed) = near.slots.claim_live(found)
        {
            end_claimed(attached, near, seat.place(), ending, claimed, counted);
            return Outcome::Done;
        }
    }
    match current() {
        Some(attached) => end_thoroughly(attached, ending, pool, address),
        None => Outcome::Off,
    }
}

/// What a key's own slot does not decide: references, other slots, bad frees; and what has to be done
/// first, or refused.
#[inline(never)]
fn end_thoroughly(attached: &Attached, ending: Ending, pool: Pool, address: u64) -> Outcome {
    let key = ending.key(pool, address);
    let Some(counted) = attached.pools.counted(pool) else {
        // What was live in a retired pool ended with it: this is one end too many.
        return if attached.pools.has_been(pool) {
            end_nothing(attached, ending.kind, key)
        } else {
            reject()
        };
    };
    // Starts over only when another thread changed this very allocation: a race of the program with
    // itself, which may go either way but must not go on for ever.
    for _ in 0..32 {
        let Some(found) = attached.live.find(key) else {
            return end_nothing(attached, ending.kind, key);
        };
        if found.refs() > 1 {
            if let Some(refs) = attached.live.slots.refer(found, false) {
                end_reference(attached, ending.kind, found, refs);
                return Outcome::Referenced;
            }
        } else if let Some(claimed) = attached.live.slots.claim_live(found) {
            let place = attached.ring.place(attached);
            end_claimed(attached, attached.near(), place, ending, claimed, counted);
            return Outcome::Done;
        }
    }
    reject()
}

/// Ends a claimed allocation. The order of the steps is what makes a kill between any two of them
/// readable: `spec/protocol.md`, "A kill anywhere".
#[inline(always)]
fn end_claimed(
    attached: &Attached,
    near: Near,
    place: Place,
    ending: Ending,
    claimed: Claimed,
    counted: Counted,
) {
    let amount = record_end(near, &place, ending, &claimed);
    near.slots.settle_empty(&claimed);
    if claimed.is_displaced() {
        attached.live.forget_displaced(&claimed);
    }
    counted.subtract(amount);
    place.complete(attached);
}

/// Ends an allocation that another one replaces, and hands its slot on.
pub(crate) fn end_replaced(
    attached: &Attached,
    begun: Kind,
    buffer_type: BufferType,
    claimed: Claimed,
    counted: Counted,
) -> Claimed {
    let ending = Ending {
        kind: match begun {
            Kind::CbAlloc => Kind::CbFree,
            Kind::KernelLoad => Kind::KernelUnload,
            _ => Kind::Free,
        },
        buffer_type,
        flags: flags::REPLACED,
    };
    let place = attached.ring.place(attached);
    let amount = record_end(attached.near(), &place, ending, &claimed);
    counted.subtract(amount);
    let claimed = attached.live.slots.reclaim(claimed);
    place.complete(attached);
    claimed
}

/// Records the end of a claimed allocation with all that was known of it.
#[inline(always)]
fn record_end(near: Near, place: &Place, ending: Ending, claimed: &Claimed) -> Amount {
    let entry = near.slots.read(claimed.slot());
    let record = Record {
        sequence: place.sequence,
        ticks: near.clock.ticks(),
        thread: place.thread,
        id: entry.sequence,
        kind: ending.kind as u8,
        flags: ending.flags,
        refs: 0,
        ..entry
    };
    place.write(&record.words());
    Amount {
        buffer_type: ending.buffer_type,
        per_bank: entry.per_bank,
        occupied: entry.occupied(),
    }
}

impl Ending {
    #[inline(always)]
    fn key(self, pool: Pool, address: u64) -> Key {
        Key {
            pool: pool.index(),
            buffer_type: self.buffer_type as u8,
            address,
        }
    }
}

#[cold]
fn end_reference(attached: &Attached, kind: Kind, found: Found, refs: u64) {
    let entry = attached.live.slots.read(found.slot());
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
fn clear(attached: &Attached, pool: Pool, counted: Counted) {
    let mut note = attached
        .farewell
        .as_ref()
        .map(|one| one.note_clearing(pool));
    for slot in 0..attached.live.len() {
        let Some((found, entry)) = attached.live.live_at(slot) else {
            continue;
        };
        if entry.pool != pool.index() {
            continue;
        }
        let Some(buffer_type) = BufferType::from_number(entry.buffer_type) else {
            continue;
        };
        let ending = Ending {
            kind: match buffer_type {
                BufferType::Cb => Kind::CbFree,
                BufferType::Kernel => Kind::KernelUnload,
                _ => Kind::Free,
            },
            buffer_type,
            flags: flags::POOL_CLEARED,
        };
        if let Some(claimed) = attached.live.slots.claim_live(found) {
            let place = attached.ring.place(attached);
            end_claimed(attached, attached.near(), place, ending, claimed, counted);
            if let Some(note) = &mut note {
                note.take(attached, buffer_type, entry.occupied());
            }
        }
    }
}
