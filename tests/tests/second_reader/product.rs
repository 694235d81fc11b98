//! What the product's reader says, in the second reader's form.

use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use ttmem_reader::{
    BufferType, ChipSet, Cursor, DeviceInfo, DeviceTotals, Event, Segment, Snapshot, Start, Sweep,
    anomaly, loss,
};

/// Everything `ttmem-reader` says of a segment, or the sentence with which it refuses.
pub(crate) fn read(path: &Path) -> Result<Value, String> {
    let segment = Segment::open(path).map_err(|error| error.to_string())?;
    let snapshot = segment.snapshot().map_err(|error| error.to_string())?;
    let mut cursor: Cursor =
        { segment.cursor(Start::Oldest) }.map_err(|error| error.to_string())?;
    let sweep: Sweep = { cursor.sweep(&segment) }.map_err(|error| error.to_string())?;
    Ok(said(&segment, &snapshot, &sweep))
}

fn said(segment: &Segment, snapshot: &Snapshot, sweep: &Sweep) -> Value {
    let identity = segment.identity();
    let boot_id = identity.boot_id.iter().map(|byte| format!("{byte:02x}"));
    let reported = |info: &&DeviceInfo| {
        **info
            != DeviceInfo {
                chip: info.chip,
                ..DeviceInfo::default()
            }
    };
    let infos = snapshot
        .devices
        .iter()
        .map(|device| &device.info)
        .filter(reported);
    let gauges = snapshot
        .devices
        .iter()
        .filter(|device| (device.cb_union, device.cb_core_peak, device.programs) != (0, 0, 0));
    let pools = snapshot.pools.iter().map(|pool| json!({
        "pool": pool.index, "chips": chips(pool.chips), "kind": pool.kind.map(|kind| kind.name()),
        "state": if pool.retired { "retired" } else { "in use" }, "parent": pool.parent,
        "runtime_id": pool.runtime_id,
    }));
    let buffers = snapshot.buffers.iter().map(|buffer| json!({
        "sequence": buffer.sequence, "time_ns": buffer.allocated_ns, "pool": buffer.pool,
        "chips": chips(buffer.chips), "type": buffer.buffer_type.name(), "address": buffer.address,
        "requested": buffer.requested, "per_bank": buffer.per_bank, "banks": buffer.banks,
        "bytes": buffer.occupied, "refs": buffer.refs, "thread": buffer.thread, "id": buffer.id,
    }));
    let mut said = json!({
        "segment": {
            "pid": identity.pid, "uid": identity.uid, "gid": identity.gid,
            "start_time": identity.start_time, "pid_namespace": identity.pid_namespace,
            "boot_id": boot_id.collect::<String>(), "run_id": identity.run_id,
            "anchor_realtime": identity.attached_ns, "version": identity.version,
            "host": identity.host, "user": identity.user, "command": identity.command,
            "cgroup": identity.cgroup,
        },
        "state": snapshot.state.name(),
        "mark": snapshot.current_mark.as_deref(),
        "quiet": !snapshot.moving,
        "damage": snapshot.damage,
        "consistent": snapshot.consistent,
        "losses": named(loss::NAMES.iter().zip(snapshot.losses.counts)),
        "anomalies": named(anomaly::NAMES.iter().zip(snapshot.anomalies.counts)),
        "devices": infos.map(device).collect::<Vec<_>>(),
        "pools": pools.collect::<Vec<_>>(),
        "totals": snapshot.devices.iter().map(totals).collect::<Vec<_>>(),
        "gauges": gauges.map(gauge).collect::<Vec<_>>(),
        "buffers": buffers.collect::<Vec<_>>(),
        "overwritten": snapshot.losses.records_overwritten,
        "records": sweep.events.iter().map(event).collect::<Vec<_>>(),
    });
    if !identity.dump_at_exit.is_empty() {
        said["segment"]["dump_at_exit"] = String::from_utf8_lossy(&identity.dump_at_exit).into();
    }
    said
}

fn gauge(device: &DeviceTotals) -> Value {
    let mut said = json!({
        "chip": device.info.chip, "cb_union": device.cb_union,
        "cb_core_peak": device.cb_core_peak, "programs": device.programs,
    });
    let steps = device.cb_steps.iter().filter(|step| step.end > 0);
    let steps: Vec<Value> = steps
        .map(|step| json!({ "end": step.end, "cores": step.cores, "x": step.x, "y": step.y }))
        .collect();
    if !steps.is_empty() {
        said["cb_steps"] = steps.into();
    }
    said
}

fn device(info: &DeviceInfo) -> Value {
    let mut said = json!({
        "device": info.chip, "unique_id": info.unique_id, "arch": info.arch, "pci": info.pci,
        "l1_cores": info.l1_cores, "dram_capacity": info.dram_capacity,
        "l1_capacity": info.l1_capacity, "l1_core_capacity": info.l1_core_capacity,
        "dram_allocatable": info.dram_allocatable, "l1_allocatable": info.l1_allocatable,
        "l1_small_allocatable": info.l1_small_allocatable,
        "trace_allocatable": info.trace_allocatable,
    });
    let types = [
        ("dram_banks", BufferType::Dram),
        ("l1_banks", BufferType::L1),
        ("l1_small_banks", BufferType::L1Small),
        ("trace_banks", BufferType::Trace),
    ];
    for (name, banks) in types
        .into_iter()
        .filter_map(|(name, buffer_type)| Some((name, info.banks(buffer_type)?)))
    {
        said[name] = json!({
            "base": banks.base, "size": banks.size, "count": banks.count,
            "alignment": banks.alignment,
        });
    }
    said
}

fn totals(device: &DeviceTotals) -> Value {
    let mut types = Map::new();
    for buffer_type in BufferType::ALL {
        let line = device.of(buffer_type);
        if (line.allocs, line.buffers) != (0, 0) {
            types.insert(
                buffer_type.name().to_owned(),
                json!({
                    "bytes": line.bytes, "requested_bytes": line.requested_bytes,
                    "buffers": line.buffers, "peak_bytes": line.peak_bytes, "allocs": line.allocs,
                    "frees": line.frees,
                }),
            );
        }
    }
    json!({
        "chip": device.info.chip, "types": types,
        "l1_core": { "bytes": device.l1_core_bytes, "peak_bytes": device.l1_core_peak },
    })
}

fn event(event: &Event) -> Value {
    let memory = event.buffer_type.is_some();
    // The product tells apart what the spec keeps in one field.
    let id = if event.kind.is_free() {
        event.alloc_sequence
    } else {
        event.id
    };
    json!({
        "sequence": event.sequence, "ticks": event.ticks, "time_ns": event.time_ns,
        "kind": event.kind.name(), "type": event.buffer_type.map(|it| it.name()),
        "pool": memory.then_some(event.pool), "chips": memory.then(|| chips(event.chips)),
        "address": event.address, "requested": event.requested, "per_bank": event.per_bank,
        "banks": event.banks, "id": id, "flags": event.flags, "refs": event.refs,
        "thread": event.thread, "text": event.text.as_deref(),
    })
}

fn chips(set: ChipSet) -> Vec<u32> {
    set.iter().collect()
}

fn named<'a>(figures: impl Iterator<Item = (&'a &'static str, u64)>) -> BTreeMap<&'a str, u64> {
    figures.map(|(name, figure)| (*name, figure)).collect()
}
