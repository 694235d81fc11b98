//! What a thread keeps at hand between its events.

use crate::attached::{Attached, Near, current, current_word, said_by};
use crate::counters::{GroupWords, line_of};
use crate::pools::Counted;
use crate::ring::Ring;
use crate::warm::warm;
use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering};
use ttmem_layout::{BufferType, CHUNK_RECORDS, Chunk, L1_CORE_LINE, Memory, Record, sequence};

pub(crate) type Header = [AtomicU64; size_of::<Chunk>() / 8];
pub(crate) type Slot = [AtomicU64; Record::WORDS];
/// The records of a chunk: an array, so that an index modulo its length needs no check.
pub(crate) type Slots = [Slot; CHUNK_RECORDS as usize];

/// A thread's place in the ring and what else an event needs, in two neighbouring cache lines. Plain
/// cells and no destructor: reading them registers nothing and works until the thread's last
/// instruction.
#[repr(C, align(128))]
pub(crate) struct Seat {
    /// Address of the [`Attached`] the thread's chunk belongs to; 0 while the thread has no chunk.
    pub(crate) attached: Cell<usize>,
    /// Sequence of the next record.
    next: Cell<u64>,
    /// One past the last sequence of the chunk.
    end: Cell<u64>,
    /// What to add to a sequence to get the chunk's `completed` before it.
    completed: Cell<u64>,
    /// The word that says which segment is current. In a forked child it reads 0.
    word: Cell<Option<&'static AtomicU64>>,
    header: Cell<Option<&'static Header>>,
    /// The chunk's records.
    records: Cell<Option<&'static Slots>>,
    /// Where the thread's last event was counted: most likely the next one is too.
    counted: Cell<Option<&'static GroupWords>>,
    /// Where everything is in the segment that `attached` names.
    near: Cell<Option<Near>>,
    pub(crate) thread: Cell<u32>,
    /// The thread's destructors have run: nobody will give the chunk back, so each event does.
    pub(crate) leaving: Cell<bool>,
    /// Address of the [`Attached`] the thread last reported to: what it need not learn again. A
    /// forked child has its parent's seat, another thread id, and attaches at another address.
    pub(crate) entered: Cell<usize>,
}

const _: () = assert!(size_of::<Seat>() == 128);

thread_local! {
    static SEAT: Seat = const {
        Seat {
            attached: Cell::new(0),
            next: Cell::new(0),
            end: Cell::new(0),
            completed: Cell::new(0),
            word: Cell::new(None),
            header: Cell::new(None),
            records: Cell::new(None),
            counted: Cell::new(None),
            near: Cell::new(None),
            thread: Cell::new(0),
            leaving: Cell::new(false),
            entered: Cell::new(0),
        }
    };
    /// Its destructor gives the thread's chunk back.
    static LEAVER: Leaver = const { Leaver };
}

struct Leaver;

impl Drop for Leaver {
    fn drop(&mut self) {
        let seat = seat();
        seat.leaving.set(true);
        if let Some(attached) = current() {
            attached.ring.leave(seat, attached);
        }
    }
}

/// The calling thread's seat. Looked up once per event: in a shared library it is a call.
#[inline(always)]
pub(crate) fn seat() -> &'static Seat {
    // SAFETY: the seat has no destructor, so it is there until the thread's last instruction, and a
    // reference to its cells cannot be given to another thread.
    SEAT.with(|seat| unsafe { &*std::ptr::from_ref(seat) })
}

/// A place in the ring for one record, taken but not yet written.
pub(crate) struct Place {
    /// The record's sequence; 0 if the ring had no chunk for this thread.
    pub(crate) sequence: u64,
    pub(crate) thread: u32,
    /// The calling thread's. Cells cannot be shared, so a place cannot leave its thread.
    pub(crate) seat: &'static Seat,
}

impl Seat {
    /// The current segment and where everything in it is, if the thread has a place in its ring. All
    /// that has to be known for this is in the seat, but for the one word.
    #[inline(always)]
    pub(crate) fn ready(&self) -> Option<(&'static Attached, Near)> {
        let attached = said_by(self.word.get()?)?;
        if !self.has_place(attached) {
            return None;
        }
        Some((attached, self.near.get()?))
    }

    /// Whether the thread has a place in this ring.
    #[inline(always)]
    pub(crate) fn has_place(&self, attached: &Attached) -> bool {
        self.attached.get() == std::ptr::from_ref(attached).addr() && !self.is_full()
    }

    /// The place that a thread has.
    #[inline(always)]
    pub(crate) fn place(&'static self) -> Place {
        Place {
            sequence: self.next.get(),
            thread: self.thread.get(),
            seat: self,
        }
    }

    /// Whether the thread's chunk is full, or it has none.
    #[inline(always)]
    pub(crate) fn is_full(&self) -> bool {
        self.next.get() == self.end.get()
    }

    /// Ticket of the thread's chunk, or of its last one; 0 if it had none.
    pub(crate) fn ticket(&self) -> u64 {
        self.end.get().saturating_sub(CHUNK_RECORDS) / CHUNK_RECORDS
    }

    /// Forgets what another process or attachment has left here.
    pub(crate) fn clear(&self, near: Near, thread: u32) {
        self.next.set(0);
        self.end.set(0);
        self.thread.set(thread);
        self.word.set(Some(current_word()));
        self.near.set(Some(near));
        // Registers the destructor. Fails only while the thread's destructors run.
        if !self.leaving.get() && LEAVER.try_with(|_| ()).is_err() {
            self.leaving.set(true);
        }
    }

    /// Sits down at a chunk of which this thread is the owner and `used` records are written.
    pub(crate) fn sit(&self, ring: &Ring, chunk: u64, ticket: u64, first: u64, used: u64) {
        self.next.set(sequence(ticket, used));
        self.end.set(sequence(ticket, CHUNK_RECORDS));
        self.completed.set(first.wrapping_sub(sequence(ticket, 0)));
        self.header.set(Some(ring.header(chunk)));
        self.records.set(Some(ring.records(chunk)));
    }

    /// Gives up what is left of the chunk.
    pub(crate) fn stand_up(&self) {
        self.next.set(self.end.get());
    }

    /// Asks for the lines that the next event will touch whatever it is about, and for those in which
    /// it will be counted if that is where the last one was. All of these are named here: none of the
    /// misses has to wait for another.
    #[inline(always)]
    pub(crate) fn warm(&self, buffer_type: BufferType) {
        if let Some(records) = self.records.get() {
            warm(&records[(self.next.get() % CHUNK_RECORDS) as usize]);
        }
        if let Some(header) = self.header.get() {
            warm(header);
        }
        if let Some(group) = self.counted.get() {
            warm(line_of(group, buffer_type as usize));
            if buffer_type.memory() == Memory::L1 {
                warm(line_of(group, L1_CORE_LINE));
            }
        }
    }

    /// Remembers where an event is counted.
    #[inline(always)]
    pub(crate) fn remember(&self, counted: Counted) {
        if let Counted::Sole(group, _) = counted {
            self.counted.set(Some(group));
        }
    }
}

impl Place {
    /// Writes the record and publishes it with its first word.
    #[inline(always)]
    pub(crate) fn write(&self, words: &[u64; Record::WORDS]) {
        // No chunk: the record is dropped, and was counted when no place was found for it.
        if self.sequence == 0 {
            return;
        }
        let Some(records) = self.seat.records.get() else {
            return;
        };
        let slot = &records[(self.sequence % CHUNK_RECORDS) as usize];
        for (word, value) in slot.iter().zip(words).skip(1) {
            word.store(*value, Ordering::Relaxed);
        }
        // [record-publish] Release: whoever reads this sequence reads the seven words with it.
        slot[0].store(self.sequence, Ordering::Release);
    }

    /// Says that the event's whole effect is in the segment.
    #[inline(always)]
    pub(crate) fn complete(self, attached: &Attached) {
        if self.sequence == 0 {
            return;
        }
        let seat = self.seat;
        let next = self.sequence + 1;
        seat.next.set(next);
        if let Some(header) = seat.header.get() {
            // [event-complete] Release: a reader that sees the count sees the counters and the live
            // table as this event left them.
            header[Chunk::COMPLETED]
                .store(next.wrapping_add(seat.completed.get()), Ordering::Release);
        }
        if seat.leaving.get() {
            attached.ring.leave(seat, attached);
        }
    }
}
