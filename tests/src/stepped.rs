//! Events that a debugger goes through instruction by instruction, each from its own situation.

use ttmem_layout::{BufferType, CHUNK_RECORDS, ChipSet, PoolKind};
use ttmem_producer::{
    Allocation, DeviceReport, Pool, alloc, alloc_failed, cb_alloc, cb_free, clear_pool, free,
    kernel_load, kernel_unload, mark, register_pool, report_device, retire_pool,
};
use ttmem_reader::{Segment, Start};

/// What the events work on.
#[derive(Debug)]
pub struct Stage {
    mesh: Pool,
    chip: Pool,
    submesh: Option<Pool>,
}

/// One event and what comes before it.
#[derive(Debug)]
pub struct Event {
    /// For messages.
    pub name: &'static str,
    /// Sets the scene.
    pub before: fn(&mut Stage),
    /// Happens under the debugger.
    pub report: fn(&mut Stage),
    /// How many different states of the live table there are, before and after included.
    pub states: usize,
}

impl Stage {
    /// Two pools on separate chips.
    pub fn open() -> Option<Self> {
        Some(Self {
            mesh: register_pool(PoolKind::Mesh, ChipSet(0xff), 0, None)?,
            chip: register_pool(PoolKind::Chip, ChipSet(1 << 9), 1, None)?,
            submesh: None,
        })
    }

    fn buffer(&self, buffer_type: BufferType, address: u64, requested: u64) -> Allocation {
        Allocation {
            pool: self.mesh,
            buffer_type,
            address,
            requested,
            per_bank: requested.next_multiple_of(32),
            banks: 12,
            id: address,
        }
    }

    fn dram(&self, address: u64, requested: u64) {
        let _ = alloc(&self.buffer(BufferType::Dram, address, requested));
    }

    /// Events enough to step over the border of a chunk from [`Self::walk_to_border`].
    fn over_a_border(&mut self) {
        for _ in 0..3 {
            self.dram(0xf000, 64);
            let _ = free(self.mesh, BufferType::Dram, 0xf000);
        }
    }

    /// Events until there are three records or fewer left in this thread's chunk.
    fn walk_to_border(&mut self) {
        while self.place_in_chunk() < CHUNK_RECORDS - 3 {
            self.dram(0xf000, 64);
            let _ = free(self.mesh, BufferType::Dram, 0xf000);
        }
    }

    /// Index of this thread's last record inside its chunk, as the segment tells.
    fn place_in_chunk(&self) -> u64 {
        let path = ttmem_producer::segment_path().unwrap_or_default();
        let newest = || {
            let segment = Segment::open(&path).ok()?;
            let mut cursor = segment.cursor(Start::Oldest).ok()?;
            let sweep = cursor.sweep(&segment).ok()?;
            sweep.events.iter().map(|event| event.sequence).max()
        };
        newest().map_or(0, |sequence| sequence % CHUNK_RECORDS)
    }
}

const fn event(
    name: &'static str,
    states: usize,
    before: fn(&mut Stage),
    report: fn(&mut Stage),
) -> Event {
    Event {
        name,
        before,
        report,
        states,
    }
}

fn nothing(_: &mut Stage) {}

/// In this order, each in the state the ones before have left.
pub const EVENTS: &[Event] = &[
    event("alloc", 2, nothing, |stage| stage.dram(0x1000, 100)),
    event("free", 2, nothing, |stage| {
        let _ = free(stage.mesh, BufferType::Dram, 0x1000);
    }),
    event("alloc in the slot of another life", 2, nothing, |stage| {
        stage.dram(0x1000, 300);
    }),
    event("replacement", 3, nothing, |stage| stage.dram(0x1000, 500)),
    event("a second replacement", 3, nothing, |stage| {
        stage.dram(0x1000, 700);
    }),
    event("reference", 2, nothing, |stage| stage.dram(0x1000, 700)),
    event("reference less", 2, nothing, |stage| {
        let _ = free(stage.mesh, BufferType::Dram, 0x1000);
    }),
    event(
        "replacement of what has references",
        3,
        |stage| stage.dram(0x1000, 700),
        |stage| stage.dram(0x1000, 900),
    ),
    event("last free", 2, nothing, |stage| {
        let _ = free(stage.mesh, BufferType::Dram, 0x1000);
    }),
    event("double free", 1, nothing, |stage| {
        let _ = free(stage.mesh, BufferType::Dram, 0x1000);
    }),
    event("unknown free", 1, nothing, |stage| {
        let _ = free(stage.mesh, BufferType::Trace, 0xdead_0000);
    }),
    event("circular buffers", 2, nothing, |stage| {
        let _ = cb_alloc(&stage.buffer(BufferType::Cb, 0x2000, 2048));
    }),
    event("circular buffers go", 2, nothing, |stage| {
        let _ = cb_free(stage.mesh, 0x2000);
    }),
    event("kernel", 2, nothing, |stage| {
        let _ = kernel_load(&stage.buffer(BufferType::Kernel, 0x3000, 512));
    }),
    event("kernel goes", 2, nothing, |stage| {
        let _ = kernel_unload(stage.mesh, 0x3000);
    }),
    event("mark", 1, nothing, |_| {
        let _ = mark("prefill");
    }),
    event("failure", 1, nothing, |stage| {
        let message = "out of memory: not enough space to allocate 123456789 B in DRAM";
        let _ = alloc_failed(stage.mesh, BufferType::Dram, 123_456_789, message);
    }),
    event("device", 1, nothing, |_| {
        let _ = report_device(&DeviceReport {
            chip: 3,
            unique_id: 0x1234,
            arch: "wormhole_b0",
            dram_capacity: 12 << 30,
            ..DeviceReport::default()
        });
    }),
    event(
        "a submesh splits the mesh's counters",
        1,
        |stage| {
            for address in [0x5000, 0x6000, 0x7000] {
                stage.dram(address, 4096);
                let l1 = stage.buffer(BufferType::L1, address, 1024);
                let _ = alloc(&l1);
            }
        },
        |stage| {
            stage.submesh = register_pool(PoolKind::Submesh, ChipSet(0x0f), 2, Some(stage.mesh));
        },
    ),
    event("alloc counted in two groups", 2, nothing, |stage| {
        stage.dram(0x8000, 100);
    }),
    event("free counted in two groups", 2, nothing, |stage| {
        let _ = free(stage.mesh, BufferType::Dram, 0x5000);
    }),
    event(
        "alloc at an address that is live in the parent",
        2,
        nothing,
        |stage| {
            if let Some(pool) = stage.submesh {
                let _ = alloc(&Allocation {
                    pool,
                    ..stage.buffer(BufferType::Dram, 0x6000, 64)
                });
            }
        },
    ),
    event(
        "over the border of a chunk",
        7,
        Stage::walk_to_border,
        Stage::over_a_border,
    ),
    event(
        "over the border of the ring",
        7,
        |stage| {
            for _ in 0..12 * CHUNK_RECORDS {
                stage.over_a_border();
            }
            stage.walk_to_border();
        },
        Stage::over_a_border,
    ),
    event("alloc on another chip", 2, nothing, |stage| {
        let _ = alloc(&Allocation {
            pool: stage.chip,
            ..stage.buffer(BufferType::L1, 0x40, 64)
        });
    }),
    event("clearing a pool of six", 7, nothing, |stage| {
        let _ = clear_pool(stage.mesh);
    }),
    event("a pool goes", 2, nothing, |stage| {
        let _ = retire_pool(stage.chip);
    }),
    event("detaching", 1, nothing, |_| ttmem_producer::detach()),
];
