//! A process with a segment to look at: so many buffers, a full ring, and nothing going on until it is
//! told to change something.

use super::child::child;
use crate::child::Child;
use anyhow::{Context, Result, ensure};
use clap::Args;
use std::io::{Write, stdin, stdout};
use std::path::{Path, PathBuf};
use ttmem_layout::Plan;
use ttmem_producer::{
    Allocation, BufferType, ChipSet, Options, Pool, PoolKind, alloc, free, register_pool,
};

/// Chips it allocates on, in turn.
const CHIPS: u32 = 4;
/// Types it allocates of, in turn.
const TYPES: [BufferType; 2] = [BufferType::Dram, BufferType::L1];
/// Between two addresses.
const STEP: u64 = 4096;
/// Where buffers come and go that are in the ring only.
const ELSEWHERE: u64 = 1 << 40;

/// What a segment shall hold.
#[derive(Args, Clone, Copy)]
pub(crate) struct Holding {
    pub(super) ring_records: u64,
    pub(super) live_slots: u64,
    pub(super) buffers: u64,
}

impl Holding {
    /// A segment as large as they are unless told otherwise, with a small model's buffers.
    pub(super) const DEFAULT: Self = Self {
        ring_records: Plan::DEFAULT_RING_RECORDS,
        live_slots: Plan::DEFAULT_LIVE_SLOTS,
        buffers: 1000,
    };

    /// Where each part of the segment lies.
    pub(super) fn plan(self) -> Result<Plan> {
        Plan::new(self.ring_records, self.live_slots)
            .map_err(|_| anyhow::anyhow!("no segment can be of that size"))
    }
}

/// The role on the command line.
#[derive(Args)]
pub(crate) struct Flags {
    directory: PathBuf,
    #[command(flatten)]
    holding: Holding,
}

/// The other process, as this one sees it.
pub(super) struct Holder {
    child: Child,
    path: PathBuf,
}

impl Holder {
    /// A process with a segment in `directory`, which is made if it is not there.
    pub(super) fn new(directory: &Path, holding: Holding) -> Result<Self> {
        let mut holders = Self::several(directory, holding, 1)?;
        holders.pop().context("one process, and yet none")
    }

    /// So many of them. They get ready at the same time.
    pub(super) fn several(directory: &Path, holding: Holding, count: usize) -> Result<Vec<Self>> {
        std::fs::create_dir_all(directory)
            .with_context(|| format!("cannot make {}", directory.display()))?;
        let start = || {
            let numbers = [holding.ring_records, holding.live_slots, holding.buffers];
            let numbers = numbers.map(|number| number.to_string().into());
            child(
                ["holder".into(), directory.as_os_str().to_owned()]
                    .into_iter()
                    .chain(numbers),
            )
        };
        let children: Vec<Child> = (0..count).map(|_| start()).collect::<Result<_>>()?;
        children
            .into_iter()
            .map(|mut child| {
                let path = PathBuf::from(child.answer()?);
                let bytes = std::fs::metadata(&path)
                    .with_context(|| format!("cannot see {}", path.display()))?
                    .len();
                let planned = holding.plan()?.segment_size();
                ensure!(
                    bytes == planned,
                    "there was no room for a segment of {planned} bytes"
                );
                Ok(Self { child, path })
            })
            .collect()
    }

    /// Its segment.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Has it free so many buffers and allocate them anew, each time others.
    pub(super) fn change(&mut self, buffers: u64) -> Result<()> {
        self.child.order(buffers).map(drop)
    }
}

/// The other process itself.
pub(super) fn serve(flags: &Flags) -> Result<()> {
    let holding = flags.holding;
    let options = Options {
        dir: flags.directory.clone(),
        ring_records: holding.ring_records,
        live_slots: holding.live_slots,
        ..Options::default()
    };
    ttmem_producer::attach(&options).context("cannot attach")?;
    let pools = pools()?;
    for number in 0..holding.buffers {
        // Where there is no slot for one, the segment is smaller than planned: whoever started this
        // process says so.
        let _ = alloc(&buffer(&pools, number));
    }
    // Whatever came before, the ring is full of this.
    for number in 0..2 * holding.ring_records {
        let passing = Allocation {
            address: ELSEWHERE + number % 256 * STEP,
            ..buffer(&pools, number % 8)
        };
        let _ = alloc(&passing);
        let _ = free(passing.pool, passing.buffer_type, passing.address);
    }
    let path = ttmem_producer::segment_path().context("attached, and yet no segment")?;
    writeln!(stdout(), "{}", path.display())?;
    let mut next = 0;
    for order in stdin().lines() {
        let changes: u64 = order?.trim().parse().context("no number of buffers")?;
        for _ in 0..changes {
            let one = buffer(&pools, next);
            let _ = free(one.pool, one.buffer_type, one.address);
            let _ = alloc(&one);
            next = (next + 1) % holding.buffers.max(1);
        }
        writeln!(stdout(), "done")?;
    }
    Ok(())
}

fn pools() -> Result<Vec<Pool>> {
    (0..CHIPS)
        .map(|chip| {
            let chips = ChipSet::of(chip).context("no such chip")?;
            register_pool(PoolKind::Chip, chips, chip, None).context("no pool could be registered")
        })
        .collect()
}

fn buffer(pools: &[Pool], number: u64) -> Allocation {
    let turn = number as usize % (pools.len() * TYPES.len());
    Allocation {
        pool: pools[turn % pools.len()],
        buffer_type: TYPES[turn / pools.len()],
        address: number / (pools.len() * TYPES.len()) as u64 * STEP,
        requested: 24_000,
        per_bank: 2048,
        banks: 12,
        id: number,
    }
}
