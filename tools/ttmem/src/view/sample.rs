//! Made-up producers for tests of views and screens.

use super::{Host, Process, Seen};
use crate::select::Select;
use crate::source::Depth;
use std::sync::{Arc, OnceLock};
use ttmem_layout::{BufferType, ChipSet, TYPES};
use ttmem_reader::{
    Anomalies, Buffer, DeviceInfo, DeviceTotals, Identity, Losses, PoolInfo, PoolKind, Segment,
    Snapshot, State, TimeScale, TypeTotals, WholeCopy,
};

/// The moment of every sample: 2026-11-20, noon.
pub(crate) const NOW: i64 = 1_795_176_000_000_000_000;

/// One segment as it might be seen.
#[derive(Clone, Debug)]
pub(crate) struct Sample {
    pub(crate) segment: String,
    pub(crate) identity: Identity,
    pub(crate) snapshot: Snapshot,
}

impl Sample {
    /// As the views take it.
    pub(crate) fn seen(&self) -> Seen<'_> {
        Seen {
            segment: &self.segment,
            identity: &self.identity,
            snapshot: &self.snapshot,
        }
    }
}

/// A producer holding so many DRAM bytes, in one buffer, on each (chip, unique id).
pub(crate) fn seen(pid: u32, state: State, chips: &[(u32, u64, u64)]) -> Sample {
    let mut snapshot = Snapshot {
        state,
        taken_ns: NOW,
        detached_ns: (state == State::Exited).then_some(NOW - 1_000_000_000),
        devices: Vec::new(),
        pools: Vec::new(),
        buffers: Vec::new(),
        losses: Losses::default(),
        anomalies: Anomalies::default(),
        current_mark: Some(Arc::from("decode")),
        in_flight: 0,
        consistent: true,
        moving: false,
        damage: Vec::new(),
        scale: scale(),
    };
    for (at, &(chip, unique_id, bytes)) in chips.iter().enumerate() {
        let mut device = DeviceTotals {
            info: info(chip, unique_id),
            ..DeviceTotals::default()
        };
        device.types[BufferType::Dram as usize] = TypeTotals {
            bytes,
            requested_bytes: bytes,
            buffers: 1,
            peak_bytes: bytes,
            allocs: 1,
            frees: 0,
        };
        snapshot.devices.push(device);
        if let Some(set) = ChipSet::of(chip) {
            let mut buffers = [0; TYPES];
            buffers[BufferType::Dram as usize] = 1;
            snapshot.pools.push(PoolInfo {
                index: at as u16,
                chips: set,
                kind: Some(PoolKind::Chip),
                runtime_id: chip,
                parent: None,
                retired: false,
                buffers,
            });
            snapshot.buffers.push(Buffer {
                pool: at as u16,
                ..buffer(at as u64 + 1, set, 0x1000, bytes)
            });
        }
    }
    Sample {
        segment: format!("ttmem.{pid}.0000abcd"),
        identity: identity(pid),
        snapshot,
    }
}

/// The same, as a view of everything it holds.
pub(crate) fn process(pid: u32, state: State, chips: &[(u32, u64, u64)]) -> Process {
    Process::new(seen(pid, state, chips).seen(), &Select::default())
}

/// A host at that moment, with everything these hold.
pub(crate) fn host(seen: &[Sample]) -> Host {
    let seen = seen.iter().map(Sample::seen).collect();
    let select = Select::default();
    Host::new("tt01".into(), NOW, 0, seen, Depth::Buffers, &select)
}

/// A host on which nobody is seen, so many seconds after noon.
pub(crate) fn empty_host(seconds: i64) -> Host {
    let time_ns = NOW + seconds * 1_000_000_000;
    let select = Select::default();
    Host::new(
        "tt01".into(),
        time_ns,
        0,
        Vec::new(),
        Depth::Totals,
        &select,
    )
}

/// A DRAM buffer in one bank, allocated 90 seconds ago.
pub(crate) fn buffer(sequence: u64, chips: ChipSet, address: u64, bytes: u64) -> Buffer {
    Buffer {
        sequence,
        allocated_ns: NOW - 90_000_000_000,
        address,
        requested: bytes,
        per_bank: bytes,
        banks: 1,
        occupied: bytes,
        thread: 4242,
        id: 0,
        buffer_type: BufferType::Dram,
        pool: 0,
        chips,
        refs: 1,
    }
}

/// A Wormhole chip.
pub(crate) fn info(chip: u32, unique_id: u64) -> DeviceInfo {
    DeviceInfo {
        chip,
        unique_id,
        arch: "wormhole_b0".into(),
        pci: format!("0000:{:02x}:00.0", chip + 1),
        l1_cores: 72,
        dram_capacity: 12 << 30,
        l1_capacity: 72 * 1_499_136,
        l1_core_capacity: 1_499_136,
        ..DeviceInfo::default()
    }
}

/// A Python program of user dev.
pub(crate) fn identity(pid: u32) -> Identity {
    Identity {
        pid,
        uid: 1000,
        gid: 1000,
        user: "dev".into(),
        host: "tt01".into(),
        command: "python demo.py".into(),
        cgroup: String::new(),
        version: "ttmem 0.1.0".into(),
        start_time: 1,
        pid_namespace: 1,
        boot_id: [0; 16],
        run_id: 0,
        attached_ns: NOW - 3_600_000_000_000,
        dump_at_exit: Vec::new(),
    }
}

/// Time scales come from segments only.
fn scale() -> TimeScale {
    static SCALE: OnceLock<TimeScale> = OnceLock::new();
    *SCALE.get_or_init(|| segment().snapshot().unwrap().scale)
}

/// A copy of a segment of this very process, the smallest there is.
pub(crate) fn segment() -> Segment {
    static COPY: OnceLock<WholeCopy> = OnceLock::new();
    let copy = COPY.get_or_init(|| {
        let directory = tempfile::tempdir().unwrap();
        let dir = directory.path().to_owned();
        let small = ttmem_producer::Options {
            dir,
            ring_records: 1,
            live_slots: 1,
            ..Default::default()
        };
        ttmem_producer::attach(&small).unwrap();
        let segment = Segment::open(&ttmem_producer::segment_path().unwrap()).unwrap();
        segment.copy().unwrap()
    });
    let name = std::path::Path::new("ttmem.4242.0000abcd");
    Segment::preserved(name, Arc::new(copy.bytes.clone()), copy.preserved.clone()).unwrap()
}
