//! One producer of the demo, in a process of its own: does on each line of its input what the script
//! says, and answers when it is done.

use super::script::{self, ALIGNMENT, DRAM, DRAM_BASE, L1, L1_BASE, L1_SMALL, Op, Range, Role};
use anyhow::{Context, bail};
use signal_hook::consts::SIGINT;
use std::io::{self, BufRead, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use ttmem_layout::{BufferType, ChipSet, PoolKind};
use ttmem_producer::{Allocation, Banks, DeviceReport, Options, Outcome, Pool};

/// The word that asks for the next step; any other ends the work.
pub(super) const STEP: &str = "step";
/// The word that asks for a clean end.
pub(super) const END: &str = "end";

/// Reports until told to end. If whoever started it goes away, it leaves nothing behind.
pub(crate) fn produce(dir: &Path, role: Role) -> anyhow::Result<()> {
    // Ctrl-C is for whoever started it, who then ends it properly.
    signal_hook::flag::register(SIGINT, Arc::new(AtomicBool::new(false)))?;
    let keep = role == Role::Embed;
    // The other TTMEM_ variables (mode, sizes) are the user's to choose; place and fate are not.
    let options = Options {
        dir: dir.to_owned(),
        keep,
        ..Options::from_environment()
    };
    ttmem_producer::attach(&options).context("the demo cannot report")?;
    let segment = ttmem_producer::segment_path().context("the demo has no segment")?;
    let pools = open(role)?;

    let mut answer = io::stdout().lock();
    let mut tell = |word: &str| writeln!(answer, "{word}").and_then(|()| answer.flush());
    perform(&pools, &script::setup(role))?;
    tell(&segment.display().to_string())?;
    let mut steps = 0;
    for line in io::stdin().lock().lines() {
        match line?.as_str() {
            STEP => {
                perform(&pools, &script::step(role, steps))?;
                steps += 1;
                tell(STEP)?;
            }
            END => {
                ttmem_producer::detach();
                return Ok(());
            }
            other => bail!("the demo's producer does not know '{other}'"),
        }
    }
    let _ = std::fs::remove_file(segment);
    Ok(())
}

struct Pools {
    memory: Pool,
    programs: Pool,
    chips: ChipSet,
}

fn open(role: Role) -> anyhow::Result<Pools> {
    for chip in role.chips().iter() {
        let banks = |base, end, count: u16| Banks {
            base,
            size: end - base,
            count: count.into(),
            alignment: ALIGNMENT,
        };
        let dram = banks(DRAM_BASE, DRAM.1, DRAM.0);
        let l1 = banks(L1_BASE, L1.1 - L1_SMALL, L1.0);
        let l1_small = banks(L1.1 - L1_SMALL, L1.1, L1.0);
        let over_all = |banks: Banks| banks.size * u64::from(banks.count);
        let (dram_capacity, l1_capacity) = (u64::from(DRAM.0) * DRAM.1, u64::from(L1.0) * L1.1);
        let _ = ttmem_producer::report_device(&DeviceReport {
            chip,
            unique_id: 0xde30_0000_0000_0000 | u64::from(chip),
            arch: "demo",
            l1_cores: L1.0.into(),
            dram_capacity,
            l1_capacity,
            l1_core_capacity: L1.1,
            dram_allocatable: over_all(dram),
            l1_allocatable: over_all(l1),
            l1_small_allocatable: over_all(l1_small),
            dram_banks: dram,
            l1_banks: l1,
            l1_small_banks: l1_small,
            ..DeviceReport::default()
        });
    }
    let kind = if role.chips().len() > 1 {
        PoolKind::Mesh
    } else {
        PoolKind::Chip
    };
    let register = |kind| {
        ttmem_producer::register_pool(kind, role.chips(), 0, None)
            .context("the demo's pools found no place")
    };
    Ok(Pools {
        memory: register(kind)?,
        programs: register(PoolKind::Programs)?,
        chips: role.chips(),
    })
}

fn perform(pools: &Pools, ops: &[Op]) -> anyhow::Result<()> {
    for op in ops {
        let outcome = match op {
            Op::Mark(name) => ttmem_producer::mark(name),
            Op::Begin(range) => begin(pools, range),
            Op::Replace(range) => begin(pools, range),
            Op::End(range) | Op::UnknownFree(range) | Op::DoubleFree(range) => end(pools, range),
            Op::Fail(range) => ttmem_producer::alloc_failed(
                pools.memory,
                range.buffer_type,
                range.requested,
                "the demo asked for too much",
            ),
        };
        let understood = match op {
            Op::Replace(_) => outcome == Outcome::Replaced,
            Op::UnknownFree(_) => outcome == Outcome::UnknownFree,
            Op::DoubleFree(_) => outcome == Outcome::DoubleFree,
            _ => matches!(outcome, Outcome::Done | Outcome::Referenced),
        };
        if !understood {
            bail!("the demo's report of {op:?} was answered with {outcome:?}");
        }
    }
    Ok(())
}

fn end(pools: &Pools, range: &Range) -> Outcome {
    match range.buffer_type {
        BufferType::Cb => ttmem_producer::cb_free(pools.programs, range.address),
        BufferType::Kernel => ttmem_producer::kernel_unload(pools.programs, range.address),
        other => ttmem_producer::free(pools.memory, other, range.address),
    }
}

fn begin(pools: &Pools, range: &Range) -> Outcome {
    let programs = matches!(range.buffer_type, BufferType::Cb | BufferType::Kernel);
    let allocation = Allocation {
        pool: if programs {
            pools.programs
        } else {
            pools.memory
        },
        buffer_type: range.buffer_type,
        address: range.address,
        requested: range.requested,
        per_bank: range.per_bank,
        banks: range.banks,
        id: 0,
    };
    match range.buffer_type {
        BufferType::Cb => {
            ttmem_producer::set_cb_steps(pools.chips, &script::reach(range));
            ttmem_producer::cb_alloc(&allocation)
        }
        BufferType::Kernel => ttmem_producer::kernel_load(&allocation),
        _ => ttmem_producer::alloc(&allocation),
    }
}
