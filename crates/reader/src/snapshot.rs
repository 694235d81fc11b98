//! One segment at one moment.

use crate::error::ReadError;
use crate::live::{self, Busy, Happened, LiveCopy};
use crate::model::{
    Anomalies, Buffer, DeviceInfo, DeviceTotals, Losses, PoolInfo, Snapshot, State,
};
use crate::ring;
use crate::segment::Segment;
use crate::texts::printable;
use crate::time_scale::TimeScale;
use crate::totals::{self, Counted, Summed};
use std::collections::BTreeMap;
use ttmem_layout::{
    BufferType, ChipSet, Chunk, Device, Gauge, Group, OPENING, Pool, PoolKind, Process, Record,
    SectionKind, anomaly, loss, trimmed,
};

/// Tries for a moment in which the producer completes no event. A producer at full speed gives
/// none; a model between two steps gives one at once.
const TRIES: usize = 8;
/// Damage is described so many times; more of it is only counted.
const DAMAGE_LINES: usize = 8;

/// What was copied between two looks at the ring.
struct Copied {
    state: State,
    headers: Vec<Chunk>,
    in_flight: Vec<Record>,
    process: Process,
    groups: Vec<Group>,
    live: LiveCopy,
    moving: bool,
}

pub(crate) fn take(segment: &Segment) -> Result<Snapshot, ReadError> {
    let mut copied = copy(segment)?;
    for _ in 1..TRIES {
        if !copied.moving {
            break;
        }
        copied = copy(segment)?;
    }
    assemble(segment, copied)
}

fn copy(segment: &Segment) -> Result<Copied, ReadError> {
    let bytes = segment.bytes();
    // Asked before anything is copied: a producer that dies meanwhile is looked at again.
    let state = segment.state()?;
    let headers = ring::headers(bytes)?;
    let in_flight = ring::in_flight(bytes, &headers)?;
    let busy = match state {
        State::Running => Busy::Moving,
        _ => Busy::Settled(Happened::of(&in_flight)),
    };
    let groups = bytes.all::<Group>(SectionKind::Groups)?;
    let live = live::copy(bytes, &busy)?;
    let process = bytes
        .one::<Process>(SectionKind::Process, 0)?
        .unwrap_or_default();
    let groups_after = bytes.all::<Group>(SectionKind::Groups)?;
    let headers_after = ring::headers(bytes)?;
    let changed = groups_after != groups
        || progress(&headers_after) != progress(&headers)
        || segment.state()? != state;
    let unsettled = state == State::Running && (live.busy > 0 || !in_flight.is_empty());
    let moving = changed || unsettled;
    Ok(Copied {
        state,
        headers,
        in_flight,
        process,
        groups,
        live,
        moving,
    })
}

/// Rises with every event completed.
fn progress(headers: &[Chunk]) -> (u64, u64) {
    headers.iter().fold((0, 0), |(completed, tickets), header| {
        (
            completed.wrapping_add(header.completed),
            tickets.wrapping_add(header.ticket),
        )
    })
}

fn assemble(segment: &Segment, copied: Copied) -> Result<Snapshot, ReadError> {
    let bytes = segment.bytes();
    let scale = segment.time_scale();
    let settled = copied.state != State::Running;
    let mut damage = Vec::new();
    let pools = pools(&bytes.all::<Pool>(SectionKind::Pools)?);
    let mut summed = BTreeMap::<u32, Summed>::new();
    let mut buffers = Vec::with_capacity(copied.live.entries.len());
    let mut homeless = 0_u64;
    for (record, refs) in &copied.live.entries {
        let chips = pools
            .get(&record.pool)
            .map_or(ChipSet::EMPTY, |pool| pool.chips);
        let Some(buffer) = buffer_of(record, *refs, chips, &scale) else {
            homeless += 1;
            continue;
        };
        for chip in chips.iter() {
            summed.entry(chip).or_default().add(
                buffer.buffer_type,
                buffer.occupied,
                buffer.per_bank,
                buffer.requested,
            );
        }
        buffers.push(buffer);
    }
    buffers.sort_by_key(|buffer| (buffer.sequence, buffer.address));
    describe_damage(
        &copied.live.senseless,
        homeless,
        &copied.headers,
        &mut damage,
    );
    let counted = totals::by_chip(&copied.groups);
    let devices = devices(segment, &counted, &summed, settled)?;
    // An event without a record leaves no trace by which a look could tell that it was under way,
    // now or when its producer was killed.
    let untraced = copied.process.losses[loss::RECORDS_DROPPED] > 0;
    let consistent = copied.moving || consistency(&copied, &counted, &summed) || untraced;
    let mark = copied.process.current_mark;
    Ok(Snapshot {
        state: copied.state,
        taken_ns: ttmem_region::realtime_ns() as i64,
        detached_ns: (copied.state == State::Exited)
            .then(|| scale.wall_ns(copied.process.detached_ticks)),
        devices,
        pools: pools.into_values().collect(),
        buffers,
        losses: losses(&copied),
        anomalies: anomalies(&copied.process),
        current_mark: segment.texts().get(bytes, mark)?,
        in_flight: copied.in_flight.len() as u64,
        consistent,
        moving: copied.moving,
        damage,
        scale,
    })
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

fn losses(copied: &Copied) -> Losses {
    let mut counts = [0; loss::NAMES.len()];
    counts.copy_from_slice(&copied.process.losses[..loss::NAMES.len()]);
    let overwritten = copied.headers.iter().fold(0_u64, |sum, header| {
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

fn anomalies(process: &Process) -> Anomalies {
    let mut counts = [0; anomaly::NAMES.len()];
    counts.copy_from_slice(&process.anomalies[..anomaly::NAMES.len()]);
    Anomalies { counts }
}

fn describe_damage(senseless: &[u64], homeless: u64, headers: &[Chunk], damage: &mut Vec<String>) {
    for slot in senseless.iter().take(DAMAGE_LINES) {
        damage.push(format!("slot {slot} of the live table holds no allocation"));
    }
    if senseless.len() > DAMAGE_LINES {
        damage.push(format!(
            "… and {} more slots",
            senseless.len() - DAMAGE_LINES
        ));
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
}

fn buffer_of(record: &Record, refs: u64, chips: ChipSet, scale: &TimeScale) -> Option<Buffer> {
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

/// The pools in use, by index ([pool-publish]: an unused one has no chips).
pub(crate) fn pools(entries: &[Pool]) -> BTreeMap<u16, PoolInfo> {
    (0..)
        .zip(entries)
        .filter(|(_, pool)| !pool.chips.is_empty())
        .map(|(index, pool)| {
            let info = PoolInfo {
                index,
                chips: pool.chips,
                kind: PoolKind::from_number(pool.kind),
                runtime_id: pool.runtime_id,
                parent: pool.parent.checked_sub(1),
                retired: pool.state == Pool::RETIRED,
            };
            (index, info)
        })
        .collect()
}

/// Every chip reported ([device-publish]) or allocated on.
fn devices(
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
    }
}
