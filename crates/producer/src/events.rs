//! What comes to life, what fails, and what is marked.

use crate::attached::{Attached, Near, current};
use crate::counters::Amount;
use crate::free::end_replaced;
use crate::live_table::{Claimed, Entered, Found, Key};
use crate::outcome::Outcome;
use crate::pools::{Counted, Pool};
use crate::seat::{Place, seat};
use std::sync::atomic::Ordering;
use ttmem_layout::{BufferType, Control, Kind, MAX_BYTES, Process, Record, anomaly, flags, loss};

/// One allocation, as the runtime knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allocation {
    /// Whose address it is.
    pub pool: Pool,
    /// Its memory.
    pub buffer_type: BufferType,
    /// Device address; 0 is a valid one.
    pub address: u64,
    /// Bytes asked for, per chip.
    pub requested: u64,
    /// Bytes occupied on each bank (each core, for circular buffers and kernels), aligned.
    pub per_bank: u64,
    /// Banks or cores it lies on: `per_bank` times `banks` is what it occupies on each chip.
    pub banks: u16,
    /// The runtime's id of the buffer; 0 if it has none.
    pub id: u64,
}

/// Reports a buffer. What is live already gains a reference (same `requested`) or is replaced.
#[inline]
pub fn alloc(allocation: &Allocation) -> Outcome {
    if matches!(allocation.buffer_type, BufferType::Cb | BufferType::Kernel) {
        return reject();
    }
    begin(Kind::Alloc, allocation)
}

/// Reports circular buffers that became resident: `per_bank` is the footprint on one core, `banks`
/// the number of cores. The type is taken to be `CB`.
#[inline]
pub fn cb_alloc(allocation: &Allocation) -> Outcome {
    begin(
        Kind::CbAlloc,
        &Allocation {
            buffer_type: BufferType::Cb,
            ..*allocation
        },
    )
}

/// Reports a kernel binary that was loaded: `per_bank` bytes on each of `banks` cores. The type is
/// taken to be `KERNEL`.
#[inline]
pub fn kernel_load(allocation: &Allocation) -> Outcome {
    begin(
        Kind::KernelLoad,
        &Allocation {
            buffer_type: BufferType::Kernel,
            ..*allocation
        },
    )
}

#[cold]
pub(crate) fn reject() -> Outcome {
    let Some(attached) = current() else {
        return Outcome::Off;
    };
    attached.lose(loss::REJECTED, 1);
    Outcome::Rejected
}

/// Counts, in the loss counter `rejected`, an event that the caller saw but cannot report: it could not
/// tell whose it was or of what sort. What readers show is not called exact from then on.
#[cold]
pub fn note_unattributed() {
    let _ = reject();
}

/// The way of nearly all events: the thread has a place in the ring, and the key's own slot is empty.
#[inline(always)]
fn begin(kind: Kind, allocation: &Allocation) -> Outcome {
    let seat = seat();
    if let Some((attached, near)) = seat.ready()
        && let Some(pool) = near.pools.get(usize::from(allocation.pool.index()))
        && let Some(counted) = pool.counted()
        && allocation.is_sound()
    {
        let home = near.slots.home(allocation.key());
        // First what the claim waits for, then the rest.
        near.slots.warm(home);
        seat.warm(allocation.buffer_type);
        seat.remember(counted);
        if let Some(claimed) = near.slots.enter_near(home) {
            let place = seat.place();
            enter(attached, near, place, kind, allocation, claimed, counted);
            return Outcome::Done;
        }
    }
    match current() {
        Some(attached) => begin_thoroughly(attached, kind, allocation),
        None => Outcome::Off,
    }
}

/// Enters an allocation into its claimed slot. The order of the steps is what makes a kill between
/// any two of them readable: `spec/protocol.md`, "A kill anywhere".
#[inline(always)]
fn enter(
    attached: &Attached,
    near: Near,
    place: Place,
    kind: Kind,
    allocation: &Allocation,
    claimed: Claimed,
    counted: Counted,
) {
    let record = Record {
        sequence: place.sequence,
        ticks: near.clock.ticks(),
        thread: place.thread,
        refs: 1,
        ..record_of(kind, allocation)
    };
    let words = record.words();
    near.slots.fill(&claimed, &words);
    place.write(&words);
    near.slots.settle_live(claimed);
    let split = counted.add(Amount {
        buffer_type: allocation.buffer_type,
        per_bank: allocation.per_bank,
        occupied: record.occupied(),
    });
    if split {
        attached.counters.raise_parts(allocation.buffer_type);
    }
    place.complete(attached);
}

impl Allocation {
    #[inline(always)]
    fn key(&self) -> Key {
        Key {
            pool: self.pool.index(),
            buffer_type: self.buffer_type as u8,
            address: self.address,
        }
    }

    /// Whether its figures are in range.
    #[inline(always)]
    fn is_sound(&self) -> bool {
        (self.requested | self.per_bank) <= MAX_BYTES && self.banks != 0
    }
}

#[inline(always)]
fn record_of(kind: Kind, allocation: &Allocation) -> Record {
    Record {
        sequence: 0,
        ticks: 0,
        address: allocation.address,
        requested: allocation.requested,
        per_bank: allocation.per_bank,
        thread: 0,
        text: 0,
        id: allocation.id,
        kind: kind as u8,
        buffer_type: allocation.buffer_type as u8,
        flags: 0,
        refs: 0,
        pool: allocation.pool.index(),
        banks: allocation.banks,
    }
}

/// What a key's own slot does not decide: the allocation may be live already (a reference, or a
/// replacement without a free), its slot may be another; and what has to be done first, or refused.
#[inline(never)]
fn begin_thoroughly(attached: &Attached, kind: Kind, allocation: &Allocation) -> Outcome {
    let Some(counted) = attached.pools.counted(allocation.pool) else {
        return reject();
    };
    if !allocation.is_sound() {
        return reject();
    }
    let enter = |claimed| {
        let place = attached.ring.place(attached);
        enter(
            attached,
            attached.near(),
            place,
            kind,
            allocation,
            claimed,
            counted,
        );
    };
    // Starts over only when another thread changed this very allocation: a race of the program with
    // itself, which may go either way but must not go on for ever.
    for _ in 0..32 {
        let found = match attached.live.enter(allocation.key()) {
            Entered::Live(found) => found,
            Entered::Claimed(claimed) => {
                enter(claimed);
                return Outcome::Done;
            }
            Entered::Full => return overflow(attached, kind, allocation),
        };
        let slots = &attached.live.slots;
        if slots.read(found.slot()).requested == allocation.requested {
            if let Some(refs) = more_references(attached, found) {
                write_plain(
                    attached,
                    Record {
                        flags: flags::REFERENCE,
                        refs: refs.min(255) as u8,
                        ..record_of(kind, allocation)
                    },
                );
                return Outcome::Referenced;
            }
        } else if let Some(ended) = slots.claim_live(found) {
            let slot = end_replaced(attached, kind, allocation.buffer_type, ended, counted);
            attached.note_anomaly(anomaly::REPLACED_WITHOUT_FREE);
            enter(slot);
            return Outcome::Replaced;
        }
    }
    reject()
}

fn more_references(attached: &Attached, found: Found) -> Option<u64> {
    if found.refs() == Control::MAX_REFS {
        attached.note_anomaly(anomaly::REFS_SATURATED);
        return Some(found.refs());
    }
    attached.live.slots.refer(found, true)
}

#[cold]
fn overflow(attached: &Attached, kind: Kind, allocation: &Allocation) -> Outcome {
    let record = Record {
        flags: flags::LIVE_OVERFLOW,
        refs: 1,
        ..record_of(kind, allocation)
    };
    attached.lose(loss::LIVE_OVERFLOW, 1);
    attached.lose(loss::LIVE_OVERFLOW_BYTES, record.occupied());
    write_plain(attached, record);
    Outcome::LiveOverflow
}

/// Writes a record that has no effect on totals or live table.
pub(crate) fn write_plain(attached: &Attached, record: Record) {
    let place = attached.ring.place(attached);
    let ticks = attached.clock.ticks();
    let record = Record {
        sequence: place.sequence,
        ticks,
        thread: place.thread,
        ..record
    };
    place.write(&record.words());
    place.complete(attached);
}

/// Reports a request the runtime could not satisfy, and what it said.
pub fn alloc_failed(pool: Pool, buffer_type: BufferType, requested: u64, message: &str) -> Outcome {
    let Some(attached) = current() else {
        return Outcome::Off;
    };
    // A request beyond all reason is kept as it was made: it explains the failure.
    if attached.pools.counted(pool).is_none() {
        return reject();
    }
    write_plain(
        attached,
        Record {
            requested,
            text: attached.texts.intern(attached, message),
            kind: Kind::AllocFailed as u8,
            buffer_type: buffer_type as u8,
            pool: pool.index(),
            ..Record::default()
        },
    );
    Outcome::Done
}

/// Reports that a named phase begins.
pub fn mark(name: &str) -> Outcome {
    let Some(attached) = current() else {
        return Outcome::Off;
    };
    let text = attached.texts.intern(attached, name);
    write_plain(
        attached,
        Record {
            text,
            kind: Kind::Mark as u8,
            ..Record::default()
        },
    );
    let word = &attached.process[Process::STATE];
    let seen = word.load(Ordering::Relaxed);
    if seen as u32 == Process::ATTACHED {
        // Not a plain store: another thread may be detaching, and that must not be undone. Failing
        // means that it is, or that another mark is the last.
        let state = u64::from(Process::ATTACHED) | u64::from(text) << 32;
        let _ = word.compare_exchange(seen, state, Ordering::Release, Ordering::Relaxed);
    }
    Outcome::Done
}
