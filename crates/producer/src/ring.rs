//! Writing records: each thread fills a chunk of the ring that nobody else writes.

use crate::attached::{Attached, current};
use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering, fence};
use ttmem_layout::{CHUNK_RECORDS, Chunk, OPENING, Process, Record, loss, sequence};

type Header = [AtomicU64; size_of::<Chunk>() / 8];
type Slot = [AtomicU64; Record::WORDS];
const OWNED: u64 = 1 << 32;
/// Half-full chunks of threads that ended, kept for threads that begin.
const SPARES: usize = 8;

pub(crate) struct Ring {
    chunks: &'static [Header],
    records: &'static [Slot],
    next_ticket: &'static AtomicU64,
    chunk_mask: u64,
    /// Index + 1 of a chunk, 0 for none.
    spares: [AtomicU64; SPARES],
}

/// What a thread knows of its chunk. Plain cells and no destructor: reading them registers nothing
/// and works until the thread's last instruction.
struct Seat {
    /// Address of the [`Attached`] the chunk belongs to; 0 while the thread has no chunk.
    attached: Cell<usize>,
    /// Address of the [`Attached`] the thread last reported to: what it need not learn again. A
    /// forked child has its parent's seat, another thread id, and attaches at another address.
    entered: Cell<usize>,
    /// Index of the chunk.
    chunk: Cell<u64>,
    /// Its ticket, or that of the thread's last chunk.
    ticket: Cell<u64>,
    /// The chunk's `first`.
    first: Cell<u64>,
    /// Index of the next record inside the chunk.
    next: Cell<u64>,
    thread: Cell<u32>,
    /// The thread's destructors have run: nobody will give the chunk back, so each event does.
    leaving: Cell<bool>,
}

thread_local! {
    static SEAT: Seat = const {
        Seat {
            attached: Cell::new(0),
            entered: Cell::new(0),
            chunk: Cell::new(0),
            ticket: Cell::new(0),
            first: Cell::new(0),
            next: Cell::new(CHUNK_RECORDS),
            thread: Cell::new(0),
            leaving: Cell::new(false),
        }
    };
    /// Its destructor gives the thread's chunk back.
    static LEAVER: Leaver = const { Leaver };
}

struct Leaver;

impl Drop for Leaver {
    fn drop(&mut self) {
        SEAT.with(|seat| {
            seat.leaving.set(true);
            if let Some(attached) = current() {
                attached.ring.leave(seat, attached);
            }
        });
    }
}

/// A place in the ring for one record, taken but not yet written.
pub(crate) struct Place {
    /// The record's sequence; 0 if the ring had no chunk for this thread.
    pub(crate) sequence: u64,
    pub(crate) thread: u32,
    /// The calling thread's. Cells cannot be shared, so a place cannot leave its thread.
    seat: &'static Seat,
}

/// The calling thread's seat. Looked up once per event: in a shared library it is a call.
#[inline(always)]
fn seat() -> &'static Seat {
    // SAFETY: the seat has no destructor, so it is there until the thread's last instruction, and a
    // reference to its cells cannot be given to another thread.
    SEAT.with(|seat| unsafe { &*std::ptr::from_ref(seat) })
}

impl Ring {
    pub(crate) fn new(
        chunks: &'static [AtomicU64],
        records: &'static [AtomicU64],
        process: &'static [AtomicU64],
    ) -> Self {
        let (chunks, _) = chunks.as_chunks();
        let (records, _) = records.as_chunks();
        let count = chunks.len() as u64;
        debug_assert!(count.is_power_of_two() && records.len().is_power_of_two());
        Self {
            chunks,
            records,
            next_ticket: &process[Process::NEXT_TICKET],
            chunk_mask: count - 1,
            spares: [const { AtomicU64::new(0) }; SPARES],
        }
    }

    /// The place of this thread's next record.
    #[inline(always)]
    pub(crate) fn place(&self, attached: &Attached) -> Place {
        let seat = seat();
        let own = std::ptr::from_ref(attached).addr();
        if seat.attached.get() != own || seat.next.get() == CHUNK_RECORDS {
            return self.next_place(seat, attached);
        }
        Place {
            sequence: sequence(seat.ticket.get(), seat.next.get()),
            thread: seat.thread.get(),
            seat,
        }
    }

    /// Writes the record and publishes it with its first word.
    #[inline(always)]
    pub(crate) fn write(&self, place: &Place, words: &[u64; Record::WORDS]) {
        if place.sequence == 0 {
            return;
        }
        // As many records as chunks times records of a chunk: a power of two.
        let slot = &self.records[place.sequence as usize & (self.records.len() - 1)];
        for (word, value) in slot.iter().zip(words).skip(1) {
            word.store(*value, Ordering::Relaxed);
        }
        // [record-publish] Release: whoever reads this sequence reads the seven words with it.
        slot[0].store(place.sequence, Ordering::Release);
    }

    /// Says that the event's whole effect is in the segment.
    #[inline(always)]
    pub(crate) fn complete(&self, place: Place, attached: &Attached) {
        if place.sequence == 0 {
            return;
        }
        let seat = place.seat;
        let next = seat.next.get() + 1;
        seat.next.set(next);
        let header = self.header(seat.chunk.get());
        // [event-complete] Release: a reader that sees the count sees the counters and the live
        // table as this event left them.
        header[Chunk::COMPLETED].store(seat.first.get() + next, Ordering::Release);
        if seat.leaving.get() {
            self.leave(seat, attached);
        }
    }

    /// Gives the calling thread a chunk ahead of its first event.
    #[cold]
    pub(crate) fn enter_thread(&self, attached: &Attached) {
        let seat = seat();
        if seat.attached.get() != std::ptr::from_ref(attached).addr() {
            let _ = self.find_chunk(seat, attached);
        }
    }

    #[cold]
    #[inline(never)]
    fn next_place(&self, seat: &'static Seat, attached: &Attached) -> Place {
        let found = self.find_chunk(seat, attached);
        if !found {
            attached.lose(loss::RECORDS_DROPPED, 1);
        }
        Place {
            sequence: if found {
                sequence(seat.ticket.get(), seat.next.get())
            } else {
                0
            },
            thread: seat.thread.get(),
            seat,
        }
    }

    /// Gives back the thread's chunk, if it has one, and finds it another with room.
    fn find_chunk(&self, seat: &Seat, attached: &Attached) -> bool {
        let own = std::ptr::from_ref(attached).addr();
        if seat.entered.replace(own) != own {
            seat.ticket.set(0);
            seat.thread.set(thread_id());
            // Registers the destructor. Fails only while the thread's destructors run.
            if !seat.leaving.get() && LEAVER.try_with(|_| ()).is_err() {
                seat.leaving.set(true);
            }
        }
        if seat.attached.replace(0) == own {
            self.release(seat.chunk.get(), seat.thread.get());
        }
        let found = self.adopt(seat) || self.open(seat);
        if found {
            seat.attached.set(own);
        }
        found
    }

    /// Takes over a half-full chunk that an ended thread left: one with a later ticket than any this
    /// thread has had (or the same, its own), so that sequences still rise within a thread.
    fn adopt(&self, seat: &Seat) -> bool {
        self.spares.iter().any(|spare| {
            let left = spare.load(Ordering::Acquire);
            let Some(chunk) = left.checked_sub(1) else {
                return false;
            };
            let header = self.header(chunk);
            if header[Chunk::TICKET].load(Ordering::Relaxed) & !OPENING < seat.ticket.get() {
                return false;
            }
            let taken = spare.compare_exchange(left, 0, Ordering::AcqRel, Ordering::Relaxed);
            if taken.is_err() || !self.claim(chunk, seat.thread.get()) {
                return false;
            }
            // Looked at again: until it was claimed, others may have used it up or opened it anew.
            let ticket = header[Chunk::TICKET].load(Ordering::Relaxed);
            let first = header[Chunk::FIRST].load(Ordering::Relaxed);
            let next = header[Chunk::COMPLETED]
                .load(Ordering::Relaxed)
                .wrapping_sub(first);
            if ticket & OPENING != 0 || ticket < seat.ticket.get().max(1) || next >= CHUNK_RECORDS {
                self.release(chunk, seat.thread.get());
                return false;
            }
            seat.chunk.set(chunk);
            seat.ticket.set(ticket);
            seat.first.set(first);
            seat.next.set(next);
            true
        })
    }

    /// Takes the next ticket whose chunk nobody owns. Bounded by the number of chunks: when every
    /// one is owned there are more threads than chunks, and the record is dropped and counted.
    fn open(&self, seat: &Seat) -> bool {
        for _ in 0..=self.chunk_mask {
            let ticket = self.next_ticket.fetch_add(1, Ordering::Relaxed);
            let chunk = ticket & self.chunk_mask;
            if !self.claim(chunk, seat.thread.get()) {
                continue;
            }
            let header = self.header(chunk);
            if header[Chunk::TICKET].load(Ordering::Relaxed) & !OPENING >= ticket {
                // Somebody with a later ticket has been here while this thread was stopped.
                self.release(chunk, seat.thread.get());
                continue;
            }
            let completed = header[Chunk::COMPLETED].load(Ordering::Relaxed);
            // [chunk-open] The mark is set before any word of the old records changes: a reader that
            // copied a changed word finds another ticket when it looks again.
            header[Chunk::TICKET].store(ticket | OPENING, Ordering::Relaxed);
            fence(Ordering::Release);
            header[Chunk::FIRST].store(completed, Ordering::Relaxed);
            header[Chunk::TICKET].store(ticket, Ordering::Release);
            seat.chunk.set(chunk);
            seat.ticket.set(ticket);
            seat.first.set(completed);
            seat.next.set(0);
            return true;
        }
        false
    }

    /// Gives the thread's chunk back; what is left of it waits for a new thread.
    #[cold]
    fn leave(&self, seat: &Seat, attached: &Attached) {
        if seat.attached.replace(0) != std::ptr::from_ref(attached).addr() {
            return;
        }
        let chunk = seat.chunk.get();
        self.release(chunk, seat.thread.get());
        if seat.next.get() < CHUNK_RECORDS {
            let _ = self.spares.iter().any(|spare| {
                spare
                    .compare_exchange(0, chunk + 1, Ordering::AcqRel, Ordering::Relaxed)
                    .is_ok()
            });
        }
        seat.next.set(CHUNK_RECORDS);
    }

    /// [chunk-claim] Acquire here and Release in `release` hand the chunk's words from one writing
    /// thread to the next.
    fn claim(&self, chunk: u64, thread: u32) -> bool {
        let owner = &self.header(chunk)[Chunk::OWNER];
        let seen = owner.load(Ordering::Relaxed);
        let own = OWNED | u64::from(thread);
        seen & OWNED == 0
            && owner
                .compare_exchange(seen, own, Ordering::Acquire, Ordering::Relaxed)
                .is_ok()
    }

    /// [chunk-claim] Release: the next owner sees the last record and count of this one.
    fn release(&self, chunk: u64, thread: u32) {
        self.header(chunk)[Chunk::OWNER].store(u64::from(thread), Ordering::Release);
    }

    fn header(&self, chunk: u64) -> &'static Header {
        &self.chunks[chunk as usize]
    }
}

/// The one system call of a thread's life in here. It cannot fail and leaves `errno` alone.
fn thread_id() -> u32 {
    // SAFETY: gettid takes nothing and always succeeds.
    unsafe { libc::syscall(libc::SYS_gettid) as u32 }
}
