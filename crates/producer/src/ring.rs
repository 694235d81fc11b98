//! Writing records: each thread fills a chunk of the ring that nobody else writes.

use crate::attached::{Attached, current};
use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering, fence};
use ttmem_layout::{CHUNK_RECORDS, Chunk, OPENING, Process, Record, loss, sequence};

const CHUNK_WORDS: usize = size_of::<Chunk>() / 8;
const OWNED: u64 = 1 << 32;
/// Half-full chunks of threads that ended, kept for threads that begin.
const SPARES: usize = 8;

pub(crate) struct Ring {
    chunks: &'static [AtomicU64],
    records: &'static [AtomicU64],
    next_ticket: &'static AtomicU64,
    chunk_mask: u64,
    /// Index + 1 of a chunk, 0 for none.
    spares: [AtomicU64; SPARES],
}

/// What a thread knows of its chunk. Plain cells and no destructor: reading them registers nothing
/// and works until the thread's last instruction.
struct Seat {
    /// Address of the [`Attached`] the chunk belongs to; 0 for none.
    attached: Cell<usize>,
    /// Index of the chunk.
    chunk: Cell<u64>,
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
}

impl Ring {
    pub(crate) fn new(
        chunks: &'static [AtomicU64],
        records: &'static [AtomicU64],
        process: &'static [AtomicU64],
    ) -> Self {
        let count = (chunks.len() / CHUNK_WORDS) as u64;
        debug_assert!(count.is_power_of_two());
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
        SEAT.with(|seat| {
            let own = std::ptr::from_ref(attached).addr();
            if seat.attached.get() != own || seat.next.get() == CHUNK_RECORDS {
                return self.next_place(seat, attached);
            }
            let sequence = sequence(seat.ticket.get(), seat.next.get());
            Place {
                sequence,
                thread: seat.thread.get(),
            }
        })
    }

    /// Writes the record and publishes it with its first word.
    #[inline(always)]
    pub(crate) fn write(&self, place: &Place, record: Record) {
        if place.sequence == 0 {
            return;
        }
        let words = record.words();
        let at = (place.sequence & (self.chunk_mask * CHUNK_RECORDS + CHUNK_RECORDS - 1)) as usize;
        let slot = &self.records[at * Record::WORDS..][..Record::WORDS];
        for (word, value) in slot.iter().zip(words).skip(1) {
            word.store(value, Ordering::Relaxed);
        }
        // [record-publish] Release: whoever reads this sequence reads the seven words with it.
        slot[0].store(place.sequence, Ordering::Release);
    }

    /// Says that the event's whole effect is in the segment.
    #[inline(always)]
    pub(crate) fn complete(&self, place: &Place, attached: &Attached) {
        if place.sequence == 0 {
            return;
        }
        SEAT.with(|seat| {
            let next = seat.next.get() + 1;
            seat.next.set(next);
            let header = self.header(seat.chunk.get());
            // [event-complete] Release: a reader that sees the count sees the counters and the live
            // table as this event left them.
            header[Chunk::COMPLETED].store(seat.first.get() + next, Ordering::Release);
            if seat.leaving.get() {
                self.leave(seat, attached);
            }
        });
    }

    /// Gives the calling thread a chunk ahead of its first event.
    #[cold]
    pub(crate) fn enter_thread(&self, attached: &Attached) {
        let _ = self.place(attached);
    }

    #[cold]
    #[inline(never)]
    fn next_place(&self, seat: &Seat, attached: &Attached) -> Place {
        let own = std::ptr::from_ref(attached).addr();
        if seat.thread.get() == 0 || seat.attached.get() != own {
            // A forked child has its parent's seat and another thread id.
            seat.thread.set(thread_id());
            if !seat.leaving.get() {
                // Registers the destructor. Fails only while the thread's destructors run.
                if LEAVER.try_with(|_| ()).is_err() {
                    seat.leaving.set(true);
                }
            }
        }
        let newcomer = seat.attached.get() != own;
        if !newcomer {
            self.release(seat.chunk.get(), seat.thread.get());
        }
        seat.attached.set(0);
        let found = (newcomer && self.adopt(seat)) || self.open(seat);
        if !found {
            attached.lose(loss::RECORDS_DROPPED, 1);
            return Place {
                sequence: 0,
                thread: seat.thread.get(),
            };
        }
        seat.attached.set(own);
        Place {
            sequence: sequence(seat.ticket.get(), seat.next.get()),
            thread: seat.thread.get(),
        }
    }

    /// Takes over a half-full chunk that an ended thread left. Only a thread's first chunk comes
    /// this way, so sequences still rise within a thread.
    fn adopt(&self, seat: &Seat) -> bool {
        self.spares.iter().any(|spare| {
            let Some(chunk) = spare.swap(0, Ordering::AcqRel).checked_sub(1) else {
                return false;
            };
            if !self.claim(chunk, seat.thread.get()) {
                return false;
            }
            let header = self.header(chunk);
            let ticket = header[Chunk::TICKET].load(Ordering::Relaxed);
            let first = header[Chunk::FIRST].load(Ordering::Relaxed);
            let next = header[Chunk::COMPLETED]
                .load(Ordering::Relaxed)
                .wrapping_sub(first);
            if ticket & OPENING != 0 || ticket == 0 || next >= CHUNK_RECORDS {
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

    fn release(&self, chunk: u64, thread: u32) {
        self.header(chunk)[Chunk::OWNER].store(u64::from(thread), Ordering::Release);
    }

    fn header(&self, chunk: u64) -> &'static [AtomicU64] {
        &self.chunks[chunk as usize * CHUNK_WORDS..][..CHUNK_WORDS]
    }
}

/// The one system call of a thread's life in here. It cannot fail and leaves `errno` alone.
fn thread_id() -> u32 {
    // SAFETY: gettid takes nothing and always succeeds.
    unsafe { libc::syscall(libc::SYS_gettid) as u32 }
}
