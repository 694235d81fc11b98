//! Events by the million: addresses reused at once, every buffer type, a fixed pseudo-random order.

use crate::books::{Books, Held};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use ttmem_layout::{BufferType, ChipSet};
use ttmem_producer::{Allocation, Outcome, Pool};

/// Addresses one worker allocates at.
const SLOTS: u64 = 96;

/// One thread's share of a pool: addresses that no other worker touches.
pub(crate) struct Worker {
    pool: Pool,
    number: usize,
    chips: ChipSet,
    first_address: u64,
    live: [bool; SLOTS as usize],
    random: u64,
    /// Events that were not answered as they should have been.
    pub(crate) surprises: u64,
}

impl Worker {
    /// Worker `index` on pool `number` of this program.
    pub(crate) fn new(pool: Pool, number: usize, chips: ChipSet, index: u64) -> Self {
        Self {
            pool,
            number,
            chips,
            first_address: (index + 1) << 32,
            live: [false; SLOTS as usize],
            random: 0x9e37_79b9_7f4a_7c15 ^ (index + 1),
            surprises: 0,
        }
    }

    /// One event: frees the slot it picked if it is live, allocates in it otherwise.
    pub(crate) fn step(&mut self, books: &mut Books) {
        // xorshift64: good enough to visit slots in no pattern.
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        let slot = self.random % SLOTS;
        let buffer_type = BufferType::ALL[(slot % BufferType::ALL.len() as u64) as usize];
        let address = self.first_address + slot * 0x1_0000;
        let live = &mut self.live[slot as usize];
        let outcome = if *live {
            books.free(self.number, buffer_type, address);
            free(self.pool, buffer_type, address)
        } else {
            let per_bank = 1024 + (self.random >> 32) % 64 * 32;
            let banks = 1 + (slot % 12) as u16;
            let requested = per_bank * u64::from(banks) - 16;
            let held = Held {
                requested,
                occupied: per_bank * u64::from(banks),
            };
            books.alloc(self.number, self.chips, buffer_type, address, held);
            let (pool, id) = (self.pool, self.random);
            alloc(&Allocation {
                pool,
                buffer_type,
                address,
                requested,
                per_bank,
                banks,
                id,
            })
        };
        *live = !*live;
        self.surprises += u64::from(outcome != Outcome::Done);
    }
}

/// Reports an allocation by the call its type has.
pub(crate) fn alloc(allocation: &Allocation) -> Outcome {
    match allocation.buffer_type {
        BufferType::Cb => ttmem_producer::cb_alloc(allocation),
        BufferType::Kernel => ttmem_producer::kernel_load(allocation),
        _ => ttmem_producer::alloc(allocation),
    }
}

/// Reports a free by the call its type has.
pub(crate) fn free(pool: Pool, buffer_type: BufferType, address: u64) -> Outcome {
    match buffer_type {
        BufferType::Cb => ttmem_producer::cb_free(pool, address),
        BufferType::Kernel => ttmem_producer::kernel_unload(pool, address),
        _ => ttmem_producer::free(pool, buffer_type, address),
    }
}

/// What one thread did.
pub(crate) struct Shift {
    /// What it still holds.
    pub(crate) books: Books,
    /// Events it reported.
    pub(crate) events: u64,
    /// Events that were not answered as they should have been.
    pub(crate) surprises: u64,
}

/// Workers on threads of their own, at full speed until told to stop.
pub(crate) struct Running {
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<Shift>>,
}

impl Running {
    /// Sets them going.
    pub(crate) fn start(workers: Vec<Worker>) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let start = |mut worker: Worker| {
            let stop = Arc::clone(&stop);
            std::thread::spawn(move || {
                let (mut books, mut events) = (Books::default(), 0);
                while !stop.load(Ordering::Relaxed) {
                    worker.step(&mut books);
                    events += 1;
                }
                Shift {
                    books,
                    events,
                    surprises: worker.surprises,
                }
            })
        };
        let threads = workers.into_iter().map(start).collect();
        Self { stop, threads }
    }

    /// Stops them and returns what each did; none if one panicked.
    pub(crate) fn stop(self) -> Option<Vec<Shift>> {
        self.stop.store(true, Ordering::Relaxed);
        self.threads
            .into_iter()
            .map(|thread| thread.join().ok())
            .collect()
    }
}
