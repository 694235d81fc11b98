//! A table under load: residents that stay, and others that come and go on top of them.

use crate::event;
use anyhow::Result;
use std::path::Path;
use ttmem_producer::{Allocation, BufferType, Outcome, Pool, alloc, detach, free};

/// Of those that come and go, so many are there at once.
pub(super) const WINDOW: usize = 64;

/// The table of a segment of this process.
pub(super) struct Table {
    pool: Pool,
}

impl Table {
    pub(super) const BUFFER_TYPE: BufferType = BufferType::Dram;

    /// An empty one.
    pub(super) fn new(directory: &Path) -> Result<Self> {
        event::attach(directory)?;
        Ok(Self {
            pool: event::pool(0, 1)?,
        })
    }

    pub(super) const fn pool(&self) -> Pool {
        self.pool
    }

    /// Enters residents. Says which of them found no slot, by their place among `addresses`.
    pub(super) fn fill(&self, addresses: &[u64]) -> Vec<usize> {
        let overflows = |address: &u64| self.begin(*address) == Outcome::LiveOverflow;
        (0..)
            .zip(addresses)
            .filter(|(_, address)| overflows(address))
            .map(|(place, _)| place)
            .collect()
    }

    /// Each address comes and, when others have come, goes: as many events of each. Leaves behind what
    /// it found.
    #[inline(never)]
    pub(super) fn churn(&self, addresses: &[u64]) {
        let (first, rest) = addresses.split_at(WINDOW);
        for address in first {
            let _ = self.begin(*address);
        }
        for (coming, going) in rest.iter().zip(addresses) {
            let _ = self.begin(*coming);
            self.end(*going);
        }
        for going in &addresses[rest.len()..] {
            self.end(*going);
        }
    }

    #[inline(always)]
    fn begin(&self, address: u64) -> Outcome {
        alloc(&Allocation {
            pool: self.pool,
            buffer_type: Self::BUFFER_TYPE,
            address,
            requested: 24_000,
            per_bank: 2048,
            banks: 12,
            id: 0,
        })
    }

    #[inline(always)]
    fn end(&self, address: u64) {
        let _ = free(self.pool, Self::BUFFER_TYPE, address);
    }
}

impl Drop for Table {
    fn drop(&mut self) {
        detach();
    }
}
