//! Made-up hosts.

use super::MIB;
use crate::view::sample::{self, Sample};
use std::ops::Range;
use ttmem_layout::{BufferType, ChipSet, TYPES};
use ttmem_reader::{Banks, Buffer, PoolInfo, PoolKind, State, TypeTotals};

fn totals(bytes: u64, buffers: u64) -> TypeTotals {
    TypeTotals {
        bytes,
        requested_bytes: bytes,
        buffers,
        peak_bytes: bytes + bytes / 4,
        allocs: 1_000 + buffers,
        frees: 1_000,
    }
}

/// A process that holds so much DRAM on each of `chips`, and in L1 buffers, circular buffers and kernels.
pub(super) fn process(pid: u32, chips: Range<u32>, dram: u64, l1: u64) -> Sample {
    let on: Vec<_> = chips
        .clone()
        .map(|chip| (chip, 0x100 + u64::from(chip), dram))
        .collect();
    let mut sample = sample::seen(pid, State::Running, &on);
    let all = chips
        .clone()
        .filter_map(ChipSet::of)
        .fold(ChipSet::EMPTY, ChipSet::or);
    let pool = |index, kind| PoolInfo {
        index,
        chips: all,
        kind: Some(kind),
        runtime_id: 0,
        parent: None,
        retired: false,
        buffers: [0; TYPES],
    };
    sample.snapshot.pools = vec![pool(0, PoolKind::Mesh), pool(1, PoolKind::Programs)];
    sample.snapshot.buffers = Vec::new();
    let parts = [
        (BufferType::Dram, dram, 12, 4, 0x10_0000),
        (BufferType::L1, l1, 72, 3, 0x2_0000),
        (BufferType::Cb, l1 / 2, 72, 1, 0x1_0000),
        (BufferType::Kernel, l1 / 8, 72, 1, 0x4000),
    ];
    let banks = |count, size| Banks {
        base: 0,
        size,
        count,
        alignment: 32,
    };
    for device in &mut sample.snapshot.devices {
        device.info.dram_banks = banks(12, 1 << 30);
        device.info.l1_banks = banks(72, device.info.l1_core_capacity);
    }
    for (buffer_type, bytes, banks, count, address) in parts {
        for device in &mut sample.snapshot.devices {
            device.types[buffer_type as usize] = totals(bytes, count);
            (device.l1_core_bytes, device.l1_core_peak) = (l1 / 72, l1 / 64);
        }
        let per_bank = bytes / count / u64::from(banks);
        for at in 0..count {
            let number = sample.snapshot.buffers.len() as u64;
            sample.snapshot.buffers.push(Buffer {
                buffer_type,
                banks,
                per_bank,
                occupied: per_bank * u64::from(banks),
                id: 100 + number,
                ..sample::buffer(
                    128 + number,
                    all,
                    address + 2 * at * per_bank,
                    bytes / count,
                )
            });
        }
        let pool = usize::from(matches!(buffer_type, BufferType::Cb | BufferType::Kernel));
        sample.snapshot.pools[pool].buffers[buffer_type as usize] = count;
    }
    sample
}

pub(super) fn dead(pid: u32, chips: Range<u32>, dram: u64, l1: u64) -> Sample {
    let mut sample = process(pid, chips, dram, l1);
    sample.snapshot.state = State::Dead;
    sample.identity.user = "ci".into();
    sample.identity.command = "vllm serve a-model --port 8000".into();
    sample
}

/// One chip, one process.
pub(super) fn one() -> Vec<Sample> {
    vec![process(4242, 0..1, 8_000 * MIB, 40 * MIB)]
}

/// Eight chips: a mesh, a process on one of them, one that died, and losses.
pub(super) fn eight() -> Vec<Sample> {
    let mut small = process(777, 2..3, 300 * MIB, 20 * MIB);
    small.identity.command = "python small.py --batch 32".into();
    small.snapshot.current_mark = Some("prefill".into());
    small.snapshot.losses.counts[ttmem_layout::loss::LIVE_OVERFLOW] = 1_204;
    small.snapshot.anomalies.counts[0] = 3;
    vec![
        process(4242, 0..8, 6_000 * MIB, 40 * MIB),
        small,
        dead(9921, 3..5, 1_000 * MIB, 10 * MIB),
    ]
}

/// Two containers that each have a chip of their own, which both call 0.
pub(super) fn containers() -> Vec<Sample> {
    let mut other = process(777, 0..1, 3_000 * MIB, 20 * MIB);
    other.identity.command = "python other.py".into();
    other.snapshot.devices[0].info.unique_id = 0x900;
    vec![process(4242, 0..1, 8_000 * MIB, 40 * MIB), other]
}

/// A Galaxy in lock step but for one chip.
pub(super) fn galaxy() -> Vec<Sample> {
    let mut small = process(777, 11..12, 370 * MIB, 8 * MIB);
    small.identity.command = "python stray.py".into();
    vec![process(4242, 0..32, 8_000 * MIB, 60 * MIB), small]
}
