//! Events of the other sorts, in batches as large as those of buffers.

use crate::event::{self, Events};
use crate::workload::{self, BANKS, PAIRS, PER_BANK, RESIDENT};
use anyhow::Result;
use std::hint::black_box;
use std::path::Path;
use ttmem_producer::{Allocation, BufferType, Pool, alloc, cb_alloc, cb_free, free, mark};
use ttmem_producer::{kernel_load, kernel_unload};

/// Pools of the other sorts, with what their batches expect to find.
#[derive(Clone, Copy)]
pub(crate) struct Forms {
    programs: Pool,
    buffers: Pool,
}

/// Addresses nobody ever allocates.
const NOWHERE: u64 = 1 << 35;

impl Forms {
    /// In a segment of their own: circular buffers and kernels in one pool, references and bad frees
    /// beside the buffers of another.
    pub(crate) fn attach(directory: &Path) -> Result<Self> {
        event::attach(directory)?;
        let buffers = Events::new(event::pool(0, 1)?, BufferType::Dram, 0);
        let forms = Self {
            programs: event::programs(0)?,
            buffers: buffers.pool(),
        };
        workload::prepare(0, |address| {
            let _ = cb_alloc(&forms.program(address));
            let _ = kernel_load(&forms.program(address));
        });
        Ok(forms)
    }

    /// `cb_alloc` and `cb_free`.
    #[inline(never)]
    pub(crate) fn circular_buffers(self) {
        workload::batch(
            0,
            |address| {
                let _ = cb_alloc(&self.program(address));
            },
            |address| {
                let _ = cb_free(self.programs, address);
            },
        );
    }

    /// `kernel_load` and `kernel_unload`.
    #[inline(never)]
    pub(crate) fn kernels(self) {
        workload::batch(
            0,
            |address| {
                let _ = kernel_load(&self.program(address));
            },
            |address| {
                let _ = kernel_unload(self.programs, address);
            },
        );
    }

    /// One reference more to what is live, and one less.
    #[inline(never)]
    pub(crate) fn references(self) {
        for pair in 0..PAIRS {
            let again = Events::resident(pair % RESIDENT);
            let _ = alloc(&Allocation {
                pool: self.buffers,
                buffer_type: BufferType::Dram,
                ..self.program(again)
            });
            let _ = free(self.buffers, BufferType::Dram, again);
        }
    }

    /// Frees of what never was.
    #[inline(never)]
    pub(crate) fn bad_frees(self) {
        for event in 0..workload::EVENTS {
            let _ = free(self.buffers, BufferType::Dram, NOWHERE + event * PER_BANK);
        }
    }

    /// The same few phases, again and again.
    #[inline(never)]
    pub(crate) fn marks(self) {
        for event in 0..workload::EVENTS {
            let _ = mark(if event % 2 == 0 { "prefill" } else { "decode" });
        }
    }

    #[inline(always)]
    fn program(self, address: u64) -> Allocation {
        Allocation {
            pool: self.programs,
            buffer_type: BufferType::Cb,
            address,
            requested: 24_000,
            per_bank: black_box(PER_BANK),
            banks: BANKS,
            id: 0,
        }
    }
}
