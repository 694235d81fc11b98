//! What a reader gets to see of one segment: plain values, in bytes and nanoseconds.

use crate::TimeScale;
use std::sync::Arc;
use ttmem_layout::{
    Banks, BufferType, CB_STEPS, CbStep, ChipSet, Kind, PoolKind, TYPES, anomaly, flags, loss,
};

/// Who the producer is, as it said when it attached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Process id in the producer's own PID namespace.
    pub pid: u32,
    /// Effective user id.
    pub uid: u32,
    /// Effective group id.
    pub gid: u32,
    /// User name, or the number where it has none.
    pub user: String,
    /// Host name.
    pub host: String,
    /// Command line.
    pub command: String,
    /// Control group; names the container, empty if unknown.
    pub cgroup: String,
    /// Producer library and version.
    pub version: String,
    /// Start of the process in clock ticks since boot.
    pub start_time: u64,
    /// Inode of the PID namespace `pid` belongs to.
    pub pid_namespace: u64,
    /// Which boot of which host.
    pub boot_id: [u8; 16],
    /// What `ttmem run` told its children; 0 outside it.
    pub run_id: u64,
    /// When it attached, nanoseconds since 1970, UTC.
    pub attached_ns: i64,
    /// Where the dump at its end goes, as its header has it: nothing if none was asked for. Bytes, as a
    /// path need not be text.
    pub dump_at_exit: Vec<u8>,
}

/// Whether a segment's producer is still there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// The kernel lock is held.
    Running,
    /// The lock is gone and the producer never said goodbye: killed, crashed, or replaced by exec.
    Dead,
    /// The producer ended cleanly and was asked to leave its segment (`TTMEM_KEEP=1`).
    Exited,
}

impl State {
    /// The name in every output.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Dead => "dead",
            Self::Exited => "exited",
        }
    }
}

/// One chip, as one producer sees it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeviceInfo {
    /// The runtime's device number.
    pub chip: u32,
    /// The chip's unique id; 0 if not known.
    pub unique_id: u64,
    /// Architecture; empty if not known.
    pub arch: String,
    /// PCI address; empty if not known.
    pub pci: String,
    /// Cores whose L1 the capacity is made of; 0 if not known.
    pub l1_cores: u32,
    /// All DRAM in bytes; capacities are 0 if not known.
    pub dram_capacity: u64,
    /// All L1 in bytes, over the cores.
    pub l1_capacity: u64,
    /// L1 of one core in bytes.
    pub l1_core_capacity: u64,
    /// What the runtime's allocator can hand out of DRAM.
    pub dram_allocatable: u64,
    /// What the runtime's allocator can hand out of L1.
    pub l1_allocatable: u64,
    /// What is set aside for `L1_SMALL`.
    pub l1_small_allocatable: u64,
    /// What is set aside for `TRACE`.
    pub trace_allocatable: u64,
    /// Where DRAM is handed out; of banks that are not known, everything is 0.
    pub dram_banks: Banks,
    /// Where L1 is.
    pub l1_banks: Banks,
    /// Where `L1_SMALL` is.
    pub l1_small_banks: Banks,
    /// Where `TRACE` is.
    pub trace_banks: Banks,
}

impl DeviceInfo {
    /// The banks of a buffer type that an allocator hands out, if they are known.
    pub fn banks(&self, buffer_type: BufferType) -> Option<Banks> {
        let banks = match buffer_type {
            BufferType::Dram => self.dram_banks,
            BufferType::L1 => self.l1_banks,
            BufferType::L1Small => self.l1_small_banks,
            BufferType::Trace => self.trace_banks,
            BufferType::SystemMemory | BufferType::Cb | BufferType::Kernel => Banks::default(),
        };
        (banks.count > 0).then_some(banks)
    }
}

/// Totals of one buffer type on one chip.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TypeTotals {
    /// Bytes occupied now, aligned and over all banks.
    pub bytes: u64,
    /// Bytes asked for by what is live now.
    pub requested_bytes: u64,
    /// Allocations live now.
    pub buffers: u64,
    /// Most bytes ever occupied.
    pub peak_bytes: u64,
    /// Allocations that came to life.
    pub allocs: u64,
    /// Allocations that ended.
    pub frees: u64,
}

/// What one producer holds on one chip.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeviceTotals {
    /// Who and how large the chip is; only `chip` is set if the producer never reported it.
    pub info: DeviceInfo,
    /// By number of the buffer type.
    pub types: [TypeTotals; TYPES],
    /// Bytes of one core's L1 in use now: buffers, circular buffers and kernels.
    pub l1_core_bytes: u64,
    /// Most of those ever.
    pub l1_core_peak: u64,
    /// Bytes of one core covered by the circular buffers of any program alive.
    pub cb_union: u64,
    /// Largest per-core footprint of any program dispatched so far.
    pub cb_core_peak: u64,
    /// Programs alive that have circular buffers on this chip.
    pub programs: u64,
    /// How far the resident circular buffers reach where cores differ, the highest end first; all zero
    /// where they do not.
    pub cb_steps: [CbStep; CB_STEPS],
}

impl DeviceTotals {
    /// Totals of one type.
    pub fn of(&self, buffer_type: BufferType) -> &TypeTotals {
        &self.types[buffer_type as usize]
    }
}

/// One pool of a producer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoolInfo {
    /// Index in the segment; what records carry.
    pub index: u16,
    /// The chips it covers.
    pub chips: ChipSet,
    /// What sort of allocator it is; none if a newer producer knows more sorts.
    pub kind: Option<PoolKind>,
    /// The runtime's own number.
    pub runtime_id: u32,
    /// Index of the pool it was carved from.
    pub parent: Option<u16>,
    /// Whether its allocator is gone.
    pub retired: bool,
    /// Allocations live in it, by number of the buffer type.
    pub buffers: [u64; TYPES],
}

/// One allocation that exists (or existed when its process died).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Buffer {
    /// Sequence of its allocation: its generation.
    pub sequence: u64,
    /// When it was allocated, nanoseconds since 1970, UTC.
    pub allocated_ns: i64,
    /// Device address.
    pub address: u64,
    /// Bytes asked for, per chip.
    pub requested: u64,
    /// Bytes occupied on each bank or core.
    pub per_bank: u64,
    /// Banks or cores it lies on.
    pub banks: u16,
    /// Bytes occupied on each chip.
    pub occupied: u64,
    /// Kernel thread id of the allocating thread, in the producer's PID namespace.
    pub thread: u32,
    /// The runtime's id of the buffer; 0 if it has none.
    pub id: u64,
    /// Its memory.
    pub buffer_type: BufferType,
    /// Index of its pool.
    pub pool: u16,
    /// The chips it lies on.
    pub chips: ChipSet,
    /// References to it.
    pub refs: u64,
}

/// One event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Number of the record; rises within a thread.
    pub sequence: u64,
    /// When, in the segment's own ticks: orders events of one segment.
    pub ticks: u64,
    /// When, nanoseconds since 1970, UTC.
    pub time_ns: i64,
    /// Kernel thread id, in the producer's PID namespace.
    pub thread: u32,
    /// What happened.
    pub kind: Kind,
    /// The memory concerned; none for marks and devices.
    pub buffer_type: Option<BufferType>,
    /// Bits of [`ttmem_layout::flags`].
    pub flags: u8,
    /// Reference count afterwards, at most 255.
    pub refs: u8,
    /// Index of the pool.
    pub pool: u16,
    /// The chips concerned; empty for marks.
    pub chips: ChipSet,
    /// Device address.
    pub address: u64,
    /// Bytes asked for, per chip.
    pub requested: u64,
    /// Bytes on each bank or core.
    pub per_bank: u64,
    /// Banks or cores.
    pub banks: u16,
    /// The runtime's id of the buffer (allocations), the chip's unique id (devices).
    pub id: u64,
    /// For a free, the sequence of the allocation that ends; 0 if none is known.
    pub alloc_sequence: u64,
    /// Mark name or failure message.
    pub text: Option<Arc<str>>,
}

impl Event {
    /// Bytes on each chip: over all banks.
    pub const fn occupied(&self) -> u64 {
        self.per_bank.saturating_mul(self.banks as u64)
    }

    /// Whether the event changed what is allocated: not a reference, not a bad free, no overflow.
    pub const fn takes_effect(&self) -> bool {
        (self.kind.is_alloc() || self.kind.is_free()) && self.flags & flags::NO_EFFECT == 0
    }
}

/// What a complete picture would have had; names in [`ttmem_layout::loss::NAMES`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Losses {
    /// By index of [`ttmem_layout::loss`].
    pub counts: [u64; loss::NAMES.len()],
    /// Records that have been overwritten: normal for a ring, it bounds how far history reaches.
    pub records_overwritten: u64,
}

impl Losses {
    /// Whether totals and live table are complete.
    pub const fn state_is_exact(&self) -> bool {
        self.counts[loss::LIVE_OVERFLOW] == 0
            && self.counts[loss::OVERFLOW_FREES] == 0
            && self.counts[loss::POOLS] == 0
            && self.counts[loss::REJECTED] == 0
    }
}

/// What the program did that it should not have; names in [`ttmem_layout::anomaly::NAMES`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Anomalies {
    /// By index of [`ttmem_layout::anomaly`].
    pub counts: [u64; anomaly::NAMES.len()],
}

/// One segment at one moment.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// Whether the producer was there.
    pub state: State,
    /// When it was taken, nanoseconds since 1970, UTC.
    pub taken_ns: i64,
    /// When the producer ended cleanly, if it did.
    pub detached_ns: Option<i64>,
    /// Every chip the producer reported or allocated on, in ascending order.
    pub devices: Vec<DeviceTotals>,
    /// Every pool, in order of index.
    pub pools: Vec<PoolInfo>,
    /// Every live allocation, in order of sequence; none in a summary.
    pub buffers: Vec<Buffer>,
    /// What is missing.
    pub losses: Losses,
    /// What the program did wrong.
    pub anomalies: Anomalies,
    /// Name of the last mark.
    pub current_mark: Option<Arc<str>>,
    /// Events that were under way: never more than one per thread.
    pub in_flight: u64,
    /// Whether counters and live table agreed to the byte (for a dead producer: but for the events
    /// in flight). Not judged, and true, while `moving`, and where records were dropped: an event
    /// without one may be under way, or have been at death, unseen.
    pub consistent: bool,
    /// The producer completed events throughout, so the figures are of slightly different moments:
    /// each is one it really had, but they need not add up.
    pub moving: bool,
    /// What could not be made sense of, one sentence each: the segment is damaged.
    pub damage: Vec<String>,
    /// Converts ticks to wall time.
    pub scale: TimeScale,
}

impl Snapshot {
    /// Nothing is missing, nothing is damaged, and totals and live table agree.
    pub fn exact(&self) -> bool {
        self.losses.state_is_exact() && self.damage.is_empty() && self.consistent
    }
}
