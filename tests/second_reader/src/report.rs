//! What was read, in the form the package documents.

use crate::anatomy::Anatomy;
use crate::counters::{self, CORE_LINE};
use crate::header::padded;
use crate::look::{Look, State};
use crate::names;
use crate::ring;
use crate::source::Source;
use crate::structs::{Banks, CbStep, Device, Gauge, Header, Pool, Record};
use crate::texts::text;
use serde_json::{Map, Value, json};

/// Everything a segment says.
#[derive(Debug)]
pub struct Report(Value);

impl Report {
    /// As JSON, in the form described at the top of this package.
    pub fn to_json(&self) -> &Value {
        &self.0
    }

    /// As JSON, to keep.
    pub fn into_json(self) -> Value {
        self.0
    }
}

/// The report of one look.
pub(crate) fn report(source: &Source, anatomy: &Anatomy, look: &Look) -> Report {
    let header = &anatomy.header;
    let devices = look
        .devices
        .iter()
        .zip(0_u32..)
        .filter(|(device, _)| device.state == 1);
    let pools = look
        .pools
        .iter()
        .enumerate()
        .filter(|(_, pool)| pool.chips != 0);
    let gauges = look
        .gauges
        .iter()
        .zip(0_u32..)
        .filter(|(gauge, _)| (gauge.cb_union, gauge.cb_core_peak, gauge.programs) != (0, 0, 0));
    Report(json!({
        "segment": identity(header, source),
        "state": look.state,
        "detached_ticks": look.process.detached_ticks,
        "mark": text(&look.texts, look.process.current_mark),
        "quiet": look.quiet,
        "damage": look.faults,
        "losses": named(&look.process.losses, &[
            "records_dropped", "live_overflow", "live_overflow_bytes", "overflow_frees", "texts",
            "pools", "rejected",
        ]),
        "anomalies": named(&look.process.anomalies, &[
            "unknown_free", "double_free", "replaced_without_free", "refs_saturated",
        ]),
        "devices": devices.map(|(it, number)| device(it, number)).collect::<Vec<_>>(),
        "pools": pools.map(|(number, it)| pool(it, number)).collect::<Vec<_>>(),
        "totals": look.chips().into_iter().map(|chip| totals(look, chip)).collect::<Vec<_>>(),
        "gauges": gauges.map(|(it, chip)| gauge(it, chip)).collect::<Vec<_>>(),
        "buffers": buffers(look, header),
        "overwritten": look.ring.iter().map(|content| content.overwritten).sum::<u64>(),
        "records": records(look, header),
    }))
}

fn identity(header: &Header, source: &Source) -> Value {
    let hex = |byte: &u8| format!("{byte:02x}");
    let mut said = json!({
        "major": header.major, "minor": header.minor, "segment_size": header.segment_size,
        "pid": header.pid, "uid": header.uid, "gid": header.gid, "owner": source.owner(),
        "clock": header.clock, "start_time": header.start_time,
        "pid_namespace": header.pid_namespace,
        "boot_id": header.boot_id.iter().map(hex).collect::<String>(),
        "anchor_ticks": header.anchor_ticks, "anchor_monotonic": header.anchor_monotonic,
        "anchor_realtime": header.anchor_realtime, "tick_scale": header.tick_scale,
        "run_id": header.run_id, "version": padded(&header.version),
        "host": padded(&header.host), "user": padded(&header.user),
        "command": padded(&header.command), "cgroup": padded(&header.cgroup),
    });
    // What came with version 1.2 is left out where it was not asked for, as it was before.
    let dump = padded(&header.dump_at_exit);
    if !dump.is_empty() {
        said["dump_at_exit"] = dump.into();
    }
    said
}

fn named(figures: &[u64], names: &[&str]) -> Value {
    let pairs = names.iter().zip(figures);
    Value::Object(
        pairs
            .map(|(name, figure)| ((*name).to_owned(), json!(figure)))
            .collect(),
    )
}

fn device(device: &Device, number: u32) -> Value {
    let mut said = json!({
        "device": number, "unique_id": device.unique_id, "arch": padded(&device.arch),
        "pci": padded(&device.pci), "l1_cores": device.l1_cores,
        "dram_capacity": device.dram_capacity, "l1_capacity": device.l1_capacity,
        "l1_core_capacity": device.l1_core_capacity,
        "dram_allocatable": device.dram_allocatable, "l1_allocatable": device.l1_allocatable,
        "l1_small_allocatable": device.l1_small_allocatable,
        "trace_allocatable": device.trace_allocatable, "opened_ticks": device.opened_ticks,
    });
    // What came with version 1.1 is left out where it is not known, as it was before.
    let banks = [
        ("dram_banks", device.dram_banks),
        ("l1_banks", device.l1_banks),
        ("l1_small_banks", device.l1_small_banks),
        ("trace_banks", device.trace_banks),
    ];
    for (name, banks) in banks.into_iter().filter(|(_, banks)| banks.count > 0) {
        said[name] = self::banks(banks);
    }
    said
}

fn banks(banks: Banks) -> Value {
    json!({
        "base": banks.base, "size": banks.size, "count": banks.count,
        "alignment": banks.alignment,
    })
}

fn gauge(gauge: &Gauge, chip: u32) -> Value {
    let mut said = json!({
        "chip": chip, "cb_union": gauge.cb_union, "cb_core_peak": gauge.cb_core_peak,
        "programs": gauge.programs,
    });
    let used = gauge.cb_steps.iter().filter(|step| step.end > 0);
    let steps: Vec<Value> = used.map(step).collect();
    if !steps.is_empty() {
        said["cb_steps"] = steps.into();
    }
    said
}

fn step(step: &CbStep) -> Value {
    json!({ "end": step.end, "cores": step.cores, "x": step.x, "y": step.y })
}

fn pool(pool: &Pool, number: usize) -> Value {
    json!({
        "pool": number, "chips": names::chips(pool.chips), "kind": names::pool_kind(pool.kind),
        "state": match pool.state { 1 => "in use".to_owned(), 2 => "retired".to_owned(),
            other => format!("number {other}") },
        "parent": pool.parent.checked_sub(1), "runtime_id": pool.runtime_id,
        "opened_ticks": pool.opened_ticks,
    })
}

fn totals(look: &Look, chip: u32) -> Value {
    let lines = counters::totals(&look.groups, &look.live, &look.pools, chip, look.running());
    let mut types = Map::new();
    for (line, name) in lines.iter().zip(names::TYPES) {
        if (line.allocs, line.buffers) == (0, 0) {
            continue;
        }
        let line = json!({
            "bytes": line.bytes, "requested_bytes": line.requested, "buffers": line.buffers,
            "peak_bytes": line.peak, "allocs": line.allocs, "frees": line.frees,
        });
        types.insert(name.to_owned(), line);
    }
    let core = lines[CORE_LINE];
    json!({
        "chip": chip, "types": types,
        "l1_core": { "bytes": core.bytes, "peak_bytes": core.peak },
    })
}

fn buffers(look: &Look, header: &Header) -> Vec<Value> {
    let mut live: Vec<_> = look.live.iter().collect();
    live.sort_by_key(|allocation| {
        let record = &allocation.record;
        (
            record.sequence,
            record.pool,
            record.buffer_type,
            record.address,
        )
    });
    let buffer = |allocation: &&crate::live_table::Allocation| {
        let record = &allocation.record;
        json!({
            "sequence": record.sequence, "ticks": record.ticks,
            "time_ns": header.wall_time(record.ticks), "pool": record.pool,
            "chips": names::chips(look.chips_of(record)),
            "type": names::buffer_type(record.buffer_type), "address": record.address,
            "requested": record.requested, "per_bank": record.per_bank, "banks": record.banks,
            "bytes": record.bytes(), "refs": allocation.refs, "thread": record.thread,
            "id": record.id,
        })
    };
    live.iter().map(buffer).collect()
}

fn records(look: &Look, header: &Header) -> Vec<Value> {
    let mut records: Vec<Record> = Vec::new();
    for content in &look.ring {
        records.extend_from_slice(&content.complete);
        // Nobody will complete it any more, but it has happened.
        if look.state != State::Running {
            records.extend(content.in_flight);
        }
    }
    let record = |record: &Record| {
        // Marks and devices concern no memory.
        let memory = !matches!(record.kind, 8 | 9);
        json!({
            "sequence": record.sequence, "ticks": record.ticks,
            "time_ns": header.wall_time(record.ticks), "kind": names::kind(record.kind),
            "type": memory.then(|| names::buffer_type(record.buffer_type)),
            "pool": memory.then_some(record.pool),
            "chips": memory.then(|| names::chips(look.chips_of(record))),
            "address": record.address, "requested": record.requested,
            "per_bank": record.per_bank, "banks": record.banks, "id": record.id,
            "flags": record.flags, "refs": record.refs, "thread": record.thread,
            "text": text(&look.texts, record.text),
        })
    };
    ring::in_order(records).iter().map(record).collect()
}
