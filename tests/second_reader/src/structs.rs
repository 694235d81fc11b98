//! The structs of `segment.md`, field by field as they lie in the file.

use bytemuck::{Pod, Zeroable};

/// Places in the section table.
pub(crate) const SECTIONS: usize = 32;
/// Records of a chunk.
pub(crate) const CHUNK_RECORDS: u64 = 128;
/// Counter lines of a group.
pub(crate) const LINES: usize = 8;

#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct Header {
    pub(crate) magic: [u8; 8],
    pub(crate) major: u16,
    pub(crate) minor: u16,
    pub(crate) endian: u32,
    pub(crate) header_size: u32,
    pub(crate) section_count: u32,
    pub(crate) segment_size: u64,
    pub(crate) checksum: u64,
    pub(crate) pid: u32,
    pub(crate) uid: u32,
    pub(crate) gid: u32,
    pub(crate) clock: u32,
    pub(crate) start_time: u64,
    pub(crate) pid_namespace: u64,
    pub(crate) boot_id: [u8; 16],
    pub(crate) anchor_ticks: u64,
    pub(crate) anchor_monotonic: u64,
    pub(crate) anchor_realtime: u64,
    pub(crate) tick_scale: u64,
    pub(crate) run_id: u64,
    pub(crate) version: [u8; 32],
    pub(crate) host: [u8; 64],
    pub(crate) user: [u8; 32],
    pub(crate) command: [u8; 512],
    pub(crate) cgroup: [u8; 256],
    pub(crate) sections: [Section; SECTIONS],
    pub(crate) dump_at_exit: [u8; 1024],
    pub(crate) reserved: [u8; 1024],
}

#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct Section {
    pub(crate) kind: u32,
    pub(crate) entry_size: u32,
    pub(crate) offset: u64,
    pub(crate) count: u64,
    pub(crate) reserved: u64,
}

#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct Process {
    pub(crate) state: u32,
    pub(crate) current_mark: u32,
    pub(crate) detached_ticks: u64,
    pub(crate) reserved: [u8; 48],
    pub(crate) losses: [u64; 8],
    pub(crate) anomalies: [u64; 8],
    pub(crate) next_ticket: u64,
    pub(crate) reserved_ticket: [u8; 56],
}

#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct Device {
    pub(crate) state: u32,
    pub(crate) l1_cores: u32,
    pub(crate) unique_id: u64,
    pub(crate) arch: [u8; 16],
    pub(crate) pci: [u8; 16],
    pub(crate) dram_capacity: u64,
    pub(crate) l1_capacity: u64,
    pub(crate) l1_core_capacity: u64,
    pub(crate) dram_allocatable: u64,
    pub(crate) l1_allocatable: u64,
    pub(crate) l1_small_allocatable: u64,
    pub(crate) trace_allocatable: u64,
    pub(crate) opened_ticks: u64,
    pub(crate) reserved: [u8; 16],
    pub(crate) dram_banks: Banks,
    pub(crate) l1_banks: Banks,
    pub(crate) l1_small_banks: Banks,
    pub(crate) trace_banks: Banks,
    pub(crate) reserved_banks: [u8; 32],
}

#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct Banks {
    pub(crate) base: u64,
    pub(crate) size: u64,
    pub(crate) count: u32,
    pub(crate) alignment: u32,
}

#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct Pool {
    pub(crate) chips: u64,
    pub(crate) kind: u8,
    pub(crate) state: u8,
    pub(crate) parent: u16,
    pub(crate) runtime_id: u32,
    pub(crate) opened_ticks: u64,
    pub(crate) reserved: u64,
}

#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct Group {
    pub(crate) chips: u64,
    pub(crate) parent: u32,
    pub(crate) split: u32,
    pub(crate) reserved: [u8; 48],
    pub(crate) counters: [Counter; LINES],
}

#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct Counter {
    pub(crate) bytes: i64,
    pub(crate) allocs: u64,
    pub(crate) frees: u64,
    pub(crate) peak: u64,
    pub(crate) earlier_peak: u64,
    pub(crate) reserved: [u8; 24],
}

#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct Gauge {
    pub(crate) cb_union: u64,
    pub(crate) cb_core_peak: u64,
    pub(crate) programs: u64,
    pub(crate) cb_steps: [CbStep; 4],
    pub(crate) reserved: [u8; 8],
}

#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct CbStep {
    pub(crate) end: u32,
    pub(crate) cores: u16,
    pub(crate) x: u8,
    pub(crate) y: u8,
}

#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct Record {
    pub(crate) sequence: u64,
    pub(crate) ticks: u64,
    pub(crate) address: u64,
    pub(crate) requested: u64,
    pub(crate) per_bank: u64,
    pub(crate) thread: u32,
    pub(crate) text: u32,
    pub(crate) id: u64,
    pub(crate) kind: u8,
    pub(crate) buffer_type: u8,
    pub(crate) flags: u8,
    pub(crate) refs: u8,
    pub(crate) pool: u16,
    pub(crate) banks: u16,
}

#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct Chunk {
    pub(crate) ticket: u64,
    pub(crate) first: u64,
    pub(crate) completed: u64,
    pub(crate) thread: u32,
    pub(crate) owner: u32,
    pub(crate) reserved: [u8; 32],
}

#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct Text {
    pub(crate) hash: u64,
    pub(crate) ready: u32,
    pub(crate) length: u32,
    pub(crate) bytes: [u8; 112],
}

const _: () = {
    assert!(size_of::<Header>() == 4096);
    assert!(size_of::<Process>() == 256);
    assert!(size_of::<Device>() == 256);
    assert!(size_of::<Pool>() == 32);
    assert!(size_of::<Group>() == 576);
    assert!(size_of::<Gauge>() == 64);
    assert!(size_of::<Record>() == 64);
    assert!(size_of::<Chunk>() == 64);
    assert!(size_of::<Text>() == 128);
};
