//! The floor: what one event cannot do without, and nothing else.
//!
//! A timestamp, one 64-byte record in a ring, two atomic adds (the ring's index, the bytes held) and
//! one compare-and-swap into a hash table. No checks, no lookup of a segment, no choice of a
//! counter, no peak, no reader who could make sense of it. All producers share the one ring.
#![allow(unsafe_code)]

use crate::pages::create_and_populate;
use crate::workload::{self, BANKS, PER_BANK};
use anyhow::Result;
use std::hint::black_box;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use ttmem_layout::Plan;

const RECORDS: usize = Plan::DEFAULT_RING_RECORDS as usize;
const SLOTS: usize = Plan::DEFAULT_LIVE_SLOTS as usize;

/// As large as a segment's ring and live table, so that the caches see the same.
#[repr(C, align(64))]
struct Memory {
    index: AtomicU64,
    _index_line: [u64; 7],
    bytes: AtomicU64,
    _bytes_line: [u64; 7],
    records: [[AtomicU64; 8]; RECORDS],
    slots: [AtomicU64; SLOTS],
}

/// The floor, ready to run.
#[derive(Clone, Copy)]
pub(crate) struct Floor {
    memory: &'static Memory,
}

impl Floor {
    /// In memory like a segment's.
    pub(crate) fn new(directory: &Path) -> Result<Self> {
        let pages = create_and_populate(directory, size_of::<Memory>() as u64)?;
        let start: *const u8 = pages.as_ptr();
        // The floor is there until the process ends.
        std::mem::forget(pages);
        // SAFETY: the mapping is as long as `Memory`, page-aligned, never taken down, of a file
        // nobody else has, and only reached through this shared reference. Every field is a plain
        // integer or an atomic one: any bytes are a value.
        let memory = unsafe { &*start.cast::<Memory>() };
        Ok(Self { memory })
    }

    /// Enters what a batch expects to find.
    pub(crate) fn prepare(self, base: u64) {
        workload::prepare(base, |address| self.begin(address));
    }

    /// One batch.
    #[inline(never)]
    pub(crate) fn batch(self, base: u64) {
        workload::batch(
            base,
            |address| self.begin(address),
            |address| self.end(address),
        );
    }

    /// A batch of records stored, each followed by its number.
    #[inline(never)]
    pub(crate) fn stores(self) {
        for event in 0..workload::EVENTS {
            self.store(event, event, event, occupied(), 1);
        }
    }

    /// A batch of atomic additions to a word nobody else has.
    #[inline(never)]
    pub(crate) fn adds(self) {
        for _ in 0..workload::EVENTS {
            self.memory.bytes.fetch_add(black_box(1), Ordering::Relaxed);
        }
    }

    /// A batch of compare-and-swaps of a word nobody else has.
    #[inline(never)]
    pub(crate) fn swaps(self) {
        let word = &self.memory.bytes;
        for _ in 0..workload::EVENTS {
            let seen = word.load(Ordering::Relaxed);
            let _ =
                word.compare_exchange(seen, black_box(seen), Ordering::AcqRel, Ordering::Relaxed);
        }
    }

    #[inline(always)]
    pub(crate) fn begin(self, address: u64) {
        let bytes = occupied();
        self.record(address, bytes, 1);
        self.memory.bytes.fetch_add(bytes, Ordering::Relaxed);
        self.replace(address, 0, address + 1);
    }

    #[inline(always)]
    pub(crate) fn end(self, address: u64) {
        let bytes = occupied();
        self.record(address, bytes, 2);
        self.memory.bytes.fetch_sub(bytes, Ordering::Relaxed);
        self.replace(address, address + 1, 0);
    }

    #[inline(always)]
    fn record(self, address: u64, bytes: u64, kind: u64) {
        let sequence = self.memory.index.fetch_add(1, Ordering::Relaxed);
        self.store(sequence, timestamp(), address, bytes, kind);
    }

    /// A record, and the number that publishes it.
    #[inline(always)]
    fn store(self, sequence: u64, ticks: u64, address: u64, bytes: u64, kind: u64) {
        let slot = &self.memory.records[sequence as usize % RECORDS];
        slot[1].store(ticks, Ordering::Relaxed);
        slot[2].store(address, Ordering::Relaxed);
        slot[3].store(bytes, Ordering::Relaxed);
        slot[4].store(bytes, Ordering::Relaxed);
        slot[5].store(1, Ordering::Relaxed);
        slot[6].store(0, Ordering::Relaxed);
        slot[7].store(kind, Ordering::Relaxed);
        slot[0].store(sequence, Ordering::Release);
    }

    /// Linear probing for a slot that holds `from`, one compare-and-swap to make it `to`.
    #[inline(always)]
    fn replace(self, address: u64, from: u64, to: u64) {
        let mut slot = (address.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40) as usize;
        loop {
            let done = self.memory.slots[slot % SLOTS].compare_exchange(
                from,
                to,
                Ordering::AcqRel,
                Ordering::Relaxed,
            );
            if done.is_ok() {
                return;
            }
            slot += 1;
        }
    }
}

/// As in an event, the number of bytes is not known when this is compiled.
#[inline(always)]
fn occupied() -> u64 {
    black_box(PER_BANK) * u64::from(BANKS)
}

/// The cheapest timestamp there is.
#[inline(always)]
pub(crate) fn timestamp() -> u64 {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: rdtsc has no memory effects and is there on every x86-64.
    let now = unsafe { core::arch::x86_64::_rdtsc() };
    #[cfg(not(target_arch = "x86_64"))]
    let now = ttmem_region::monotonic_ns();
    now
}
