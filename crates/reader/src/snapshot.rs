//! One segment at one moment: what was copied, as figures.

use crate::error::ReadError;
use crate::live::Live;
use crate::look::{Copied, Found};
use crate::model::{
    Anomalies, Buffer, DeviceInfo, DeviceTotals, Losses, PoolInfo, Snapshot, State,
};
use crate::segment::Segment;
use crate::sums::Sums;
use crate::texts::printable;
use crate::time_scale::TimeScale;
use crate::totals::{self, Counted, Summed};
use std::collections::BTreeMap;
use ttmem_layout::{
    BufferType, ChipSet, Chunk, Device, Gauge, OPENING, Pool, PoolKind, Process, Record,
    SectionKind, anomaly, loss, trimmed,
};

impl Found<'_> {
    /// The figures, without the buffers.
    pub(crate) fn summary(&self, segment: &Segment) -> Result<Snapshot, ReadError> {
        let (copied, live) = (self.copied, self.live);
        let scale = segment.time_scale();
        let settled = copied.state != State::Running;
        let (summed, homeless) = live.sums.by_chip(|pool| self.chips_of(pool));
        let counted = totals::by_chip(&copied.groups);
        let devices = devices(segment, &counted, &summed, settled)?;
        // An event without a record leaves no trace by which a look could tell that it was under
        // way, now or when its producer was killed.
        let untraced = copied.process.losses[loss::RECORDS_DROPPED] > 0;
        let consistent = copied.moving || consistency(copied, &counted, &summed) || untraced;
        let mark = copied.process.current_mark;
        Ok(Snapshot {
            state: copied.state,
            taken_ns: match segment.as_preserved() {
                Some(preserved) => preserved.copied_ns,
                None => ttmem_region::realtime_ns() as i64,
            },
            detached_ns: (copied.state == State::Exited)
                .then(|| scale.wall_ns(copied.process.detached_ticks)),
            devices,
            pools: pools(&copied.pools, &live.sums),
            buffers: Vec::new(),
            losses: losses(&copied.process, &copied.headers),
            anomalies: anomalies(&copied.process),
            current_mark: segment.texts().get(segment.bytes(), mark)?,
            in_flight: copied.in_flight.len() as u64,
            consistent,
            moving: copied.moving,
            damage: damage(live, homeless, &copied.headers),
            scale,
        })
    }

    /// The allocations, in order of sequence.
    pub(crate) fn buffers(&self, scale: &TimeScale) -> Vec<Buffer> {
        // What is sorted is small; a buffer is not.
        let mut order: Vec<(u64, u32)> = (self.live.iter().zip(0..))
            .map(|((record, _), at)| (record.sequence, at))
            .collect();
        order.sort_unstable();
        // Several have the same only where records were dropped: then all of those have none.
        let address = |at: u32| self.live.nth(at).map(|(record, _)| record.address);
        for same in order.chunk_by_mut(|a, b| a.0 == b.0) {
            same.sort_unstable_by_key(|(_, at)| address(*at));
        }
        let mut buffers = Vec::with_capacity(order.len());
        buffers.extend(order.iter().filter_map(|(_, at)| {
            let (record, refs) = self.live.nth(*at)?;
            buffer_of(record, refs, self.chips_of(record.pool), scale)
        }));
        buffers
    }

    fn chips_of(&self, pool: u16) -> ChipSet {
        let pool = self.copied.pools.get(usize::from(pool));
        pool.map_or(ChipSet::EMPTY, |pool| pool.chips)
    }
}

fn consistency(
    copied: &Copied,
    counted: &BTreeMap<u32, Counted>,
    summed: &BTreeMap<u32, Summed>,
) -> bool {
    let under_way = copied.in_flight.len() as u64;
    let bytes = copied
        .in_flight
        .iter()
        .fold(0_u64, |sum, r| sum.saturating_add(r.occupied()));
    let chips = counted.keys().chain(summed.keys());
    chips.into_iter().all(|chip| {
        let counted = counted.get(chip).copied().unwrap_or_default();
        let summed = summed.get(chip).copied().unwrap_or_default();
        if under_way == 0 {
            totals::agree(&counted, &summed)
        } else {
            totals::agree_within(&counted, &summed, bytes, under_way)
        }
    })
}

pub(crate) fn losses(process: &Process, headers: &[Chunk]) -> Losses {
    let mut counts = [0; loss::NAMES.len()];
    counts.copy_from_slice(&process.losses[..loss::NAMES.len()]);
    let overwritten = headers.iter().fold(0_u64, |sum, header| {
        // A chunk whose producer was killed while opening it has given up its old records.
        let gone = if header.ticket & OPENING == 0 {
            header.first
        } else {
            header.completed
        };
        sum.saturating_add(gone)
    });
    Losses {
        counts,
        records_overwritten: overwritten,
    }
}

pub(crate) fn anomalies(process: &Process) -> Anomalies {
    let mut counts = [0; anomaly::NAMES.len()];
    counts.copy_from_slice(&process.anomalies[..anomaly::NAMES.len()]);
    Anomalies { counts }
}

fn damage(live: &Live, homeless: u64, headers: &[Chunk]) -> Vec<String> {
    let mut damage = Vec::new();
    for slot in &live.senseless {
        damage.push(format!("slot {slot} of the live table holds no allocation"));
    }
    match live.senseless_count - live.senseless.len() as u64 {
        0 => {}
        more => damage.push(format!("… and {more} more slots")),
    }
    if homeless > 0 {
        damage.push(format!(
            "{homeless} allocations name a pool that does not exist"
        ));
    }
    let broken = headers.iter().filter(|header| {
        header.completed.wrapping_sub(header.first) > ttmem_layout::CHUNK_RECORDS
            && header.ticket & OPENING == 0
    });
    match broken.count() {
        0 => {}
        count => damage.push(format!(
            "{count} chunks of the ring count more than they hold"
        )),
    }
    damage
}

/// What a record of the live table says; none if it names no type or no chip.
pub(crate) fn buffer_of(
    record: &Record,
    refs: u64,
    chips: ChipSet,
    scale: &TimeScale,
) -> Option<Buffer> {
    Some(Buffer {
        sequence: record.sequence,
        allocated_ns: scale.wall_ns(record.ticks),
        address: record.address,
        requested: record.requested,
        per_bank: record.per_bank,
        banks: record.banks,
        occupied: record.occupied(),
        thread: record.thread,
        id: record.id,
        buffer_type: BufferType::from_number(record.buffer_type)?,
        pool: record.pool,
        chips: Some(chips).filter(|chips| !chips.is_empty())?,
        refs,
    })
}

/// The pools in use, by index.
fn pools(entries: &[Pool], sums: &Sums) -> Vec<PoolInfo> {
    (0..)
        .zip(entries)
        .filter(|(_, pool)| !pool.chips.is_empty())
        .map(|(index, pool)| PoolInfo {
            index,
            chips: pool.chips,
            kind: PoolKind::from_number(pool.kind),
            runtime_id: pool.runtime_id,
            parent: pool.parent.checked_sub(1),
            retired: pool.state == Pool::RETIRED,
            buffers: sums.buffers(index),
        })
        .collect()
}

/// Every chip reported ([device-publish]) or allocated on.
pub(crate) fn devices(
    segment: &Segment,
    counted: &BTreeMap<u32, Counted>,
    summed: &BTreeMap<u32, Summed>,
    settled: bool,
) -> Result<Vec<DeviceTotals>, ReadError> {
    let bytes = segment.bytes();
    let reported = bytes.all::<Device>(SectionKind::Devices)?;
    let gauges = bytes.all::<Gauge>(SectionKind::Gauges)?;
    let mut devices = BTreeMap::<u32, DeviceTotals>::new();
    for (chip, device) in (0..).zip(&reported).filter(|(_, device)| device.state == 1) {
        devices.entry(chip).or_default().info = info_of(device);
    }
    for chip in counted.keys().chain(summed.keys()) {
        let device = devices.entry(*chip).or_default();
        let counted = counted.get(chip).copied().unwrap_or_default();
        let summed = summed.get(chip).copied().unwrap_or_default();
        totals::fill(device, &counted, &summed, settled);
    }
    for (chip, device) in &mut devices {
        device.info.chip = *chip;
        if let Some(gauge) = gauges.get(*chip as usize) {
            device.cb_union = gauge.cb_union;
            device.cb_core_peak = gauge.cb_core_peak;
            device.programs = gauge.programs;
            device.cb_steps = gauge.cb_steps;
        }
    }
    Ok(devices.into_values().collect())
}

fn info_of(device: &Device) -> DeviceInfo {
    DeviceInfo {
        chip: 0,
        unique_id: device.unique_id,
        arch: printable(trimmed(&device.arch)),
        pci: printable(trimmed(&device.pci)),
        l1_cores: device.l1_cores,
        dram_capacity: device.dram_capacity,
        l1_capacity: device.l1_capacity,
        l1_core_capacity: device.l1_core_capacity,
        dram_allocatable: device.dram_allocatable,
        l1_allocatable: device.l1_allocatable,
        l1_small_allocatable: device.l1_small_allocatable,
        trace_allocatable: device.trace_allocatable,
        dram_banks: device.dram_banks,
        l1_banks: device.l1_banks,
        l1_small_banks: device.l1_small_banks,
        trace_banks: device.trace_banks,
    }
}
