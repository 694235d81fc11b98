//! The ring: which thread writes which chunk of it.

use crate::attached::Attached;
use crate::seat::{Header, Place, Seat, Slot, Slots, seat};
use std::sync::atomic::{AtomicU64, Ordering, fence};
use ttmem_layout::{CHUNK_RECORDS, Chunk, OPENING, Process, loss};

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
    #[inline]
    pub(crate) fn place(&self, attached: &Attached) -> Place {
        let seat = seat();
        if seat.has_place(attached) {
            return seat.place();
        }
        self.next_place(seat, attached)
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
        if self.find_chunk(seat, attached) {
            return seat.place();
        }
        attached.lose(loss::RECORDS_DROPPED, 1);
        Place {
            sequence: 0,
            thread: seat.thread.get(),
            seat,
        }
    }

    /// Gives back the thread's chunk, if it has one, and finds it another with room.
    fn find_chunk(&self, seat: &Seat, attached: &Attached) -> bool {
        let own = std::ptr::from_ref(attached).addr();
        if seat.entered.replace(own) != own {
            seat.clear(attached.near(), thread_id());
        }
        if seat.attached.replace(0) == own {
            self.release(self.chunk_of(seat), seat.thread.get());
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
            if header[Chunk::TICKET].load(Ordering::Relaxed) & !OPENING < seat.ticket() {
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
            if ticket & OPENING != 0 || ticket < seat.ticket().max(1) || next >= CHUNK_RECORDS {
                self.release(chunk, seat.thread.get());
                return false;
            }
            seat.sit(self, chunk, ticket, first, next);
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
            seat.sit(self, chunk, ticket, completed, 0);
            return true;
        }
        false
    }

    /// Gives the thread's chunk back; what is left of it waits for a new thread.
    #[cold]
    pub(crate) fn leave(&self, seat: &Seat, attached: &Attached) {
        if seat.attached.replace(0) != std::ptr::from_ref(attached).addr() {
            return;
        }
        let chunk = self.chunk_of(seat);
        self.release(chunk, seat.thread.get());
        if !seat.is_full() {
            let _ = self.spares.iter().any(|spare| {
                spare
                    .compare_exchange(0, chunk + 1, Ordering::AcqRel, Ordering::Relaxed)
                    .is_ok()
            });
        }
        seat.stand_up();
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

    /// The thread's chunk, or its last one.
    fn chunk_of(&self, seat: &Seat) -> u64 {
        seat.ticket() & self.chunk_mask
    }

    pub(crate) fn header(&self, chunk: u64) -> &'static Header {
        &self.chunks[chunk as usize]
    }

    /// The records of a chunk.
    pub(crate) fn records(&self, chunk: u64) -> &'static Slots {
        let (chunks, _) = self.records.as_chunks();
        &chunks[chunk as usize]
    }
}

/// The one system call of a thread's life in here. It cannot fail and leaves `errno` alone.
fn thread_id() -> u32 {
    // SAFETY: gettid takes nothing and always succeeds.
    unsafe { libc::syscall(libc::SYS_gettid) as u32 }
}
