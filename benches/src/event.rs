//! ttmem's side: a segment to report into, and batches of events.

use crate::workload::{self, BANKS, PER_BANK};
use anyhow::{Context, Result};
use std::hint::black_box;
use std::path::Path;
use ttmem_producer::{
    Allocation, BufferType, ChipSet, Options, Pool, PoolKind, alloc, free, register_pool,
};

/// Which events to report, and where.
#[derive(Clone, Copy)]
pub(crate) struct Events {
    pool: Pool,
    buffer_type: BufferType,
    base: u64,
}

/// Attaches this process as a program would.
pub(crate) fn attach(directory: &Path) -> Result<()> {
    let options = Options {
        dir: directory.to_owned(),
        ..Options::default()
    };
    ttmem_producer::attach(&options).context("cannot attach")?;
    ttmem_producer::attach_thread();
    Ok(())
}

/// Registers a pool over `count` chips from `first` on.
pub(crate) fn pool(first: u32, count: u32) -> Result<Pool> {
    let chips = (first..first + count)
        .filter_map(ChipSet::of)
        .fold(ChipSet::EMPTY, ChipSet::or);
    let kind = if count == 1 {
        PoolKind::Chip
    } else {
        PoolKind::Mesh
    };
    register_pool(kind, chips, first, None).context("no pool could be registered")
}

/// Registers a pool of programs on a chip, for circular buffers and kernels.
pub(crate) fn programs(chip: u32) -> Result<Pool> {
    let chips = ChipSet::of(chip).context("no such chip")?;
    register_pool(PoolKind::Programs, chips, chip, None).context("no pool could be registered")
}

impl Events {
    /// Events that [`Self::new`] reports.
    pub(crate) const PREPARED: u64 = workload::PREPARED;

    /// Events of one type in one pool, on addresses from `base` on; what a batch expects to find is
    /// allocated.
    pub(crate) fn new(pool: Pool, buffer_type: BufferType, base: u64) -> Self {
        let events = Self {
            pool,
            buffer_type,
            base,
        };
        workload::prepare(base, |address| events.begin(address));
        events
    }

    /// The same events while nothing is attached.
    pub(crate) const fn switched_off() -> Self {
        Self {
            pool: Pool::from_index(0),
            buffer_type: BufferType::Dram,
            base: 0,
        }
    }

    /// Where they are reported.
    pub(crate) const fn pool(self) -> Pool {
        self.pool
    }

    /// Address of one of the allocations that stay.
    pub(crate) const fn resident(number: u64) -> u64 {
        workload::resident(0, number)
    }

    /// One batch.
    #[inline(never)]
    pub(crate) fn batch(self) {
        // What an event is about is known when it happens, not when it is compiled.
        let events = black_box(self);
        workload::batch(
            events.base,
            |address| events.begin(address),
            |address| events.end(address),
        );
    }

    #[inline(always)]
    pub(crate) fn begin(self, address: u64) {
        let _ = alloc(&self.allocation(address));
    }

    #[inline(always)]
    pub(crate) fn end(self, address: u64) {
        let _ = free(self.pool, self.buffer_type, address);
    }

    #[inline(always)]
    fn allocation(self, address: u64) -> Allocation {
        Allocation {
            pool: self.pool,
            buffer_type: self.buffer_type,
            address,
            requested: 24_000,
            per_bank: black_box(PER_BANK),
            banks: BANKS,
            id: 0,
        }
    }
}
