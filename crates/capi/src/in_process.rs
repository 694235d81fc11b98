//! The C interface for Rust code in the same process, without its pointers: what each call does and
//! returns while tracking is off is told in `ttmem.h` under its name.
//!
//! For libraries that may share their process with other copies of ttmem, such as Python's module. Every
//! call finds its way as the C functions do: to the copy that reports for this process.

use crate::attach::{ttmem_attach, ttmem_attached, ttmem_detach, ttmem_options, ttmem_segment};
use crate::device::{ttmem_banks, ttmem_device, ttmem_report_device};
use crate::elsewhere;
use crate::event::{
    ttmem_alloc, ttmem_alloc_failed, ttmem_allocation, ttmem_cb_alloc, ttmem_cb_free, ttmem_free,
    ttmem_free_any, ttmem_kernel_load, ttmem_kernel_unload, ttmem_mark,
};
use crate::outcome::{
    TTMEM_DONE, TTMEM_DOUBLE_FREE, TTMEM_LIVE_OVERFLOW, TTMEM_OFF, TTMEM_REFERENCED,
    TTMEM_REPLACED, TTMEM_UNKNOWN_FREE, ttmem_outcome,
};
use crate::peak::{
    TTMEM_NO_PEAKS, TTMEM_PROCESS_PEAKS, ttmem_close_peaks, ttmem_open_peaks, ttmem_peak,
    ttmem_peaks, ttmem_reset_peak,
};
use crate::pool::{
    TTMEM_NO_POOL, ttmem_clear_pool, ttmem_pool, ttmem_register_pool, ttmem_retire_pool,
};
use crate::types::TTMEM_L1_CORE;
use std::ffi::{CStr, CString, OsStr};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
pub use ttmem_producer::{Banks, BufferType, ChipSet, DeviceReport, Outcome, PoolKind};

/// How to attach; what is not given is taken from the environment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AttachOptions {
    /// Directory of the segment.
    pub dir: Option<PathBuf>,
    /// Leave the segment behind after a clean end.
    pub keep: bool,
    /// Attach even if the environment does not switch tracking on.
    pub always: bool,
}

/// What became of an attach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attach {
    /// The process reports, from now on or since before.
    Attached,
    /// Tracking is not switched on, or another thread is attaching at this moment.
    Off,
    /// There can be no segment; one line on stderr has said why.
    Failed,
}

/// A registered allocator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Pool(ttmem_pool);

/// One allocation, the same on every chip of its pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allocation {
    /// The allocator it comes from.
    pub pool: Pool,
    /// Its memory. Circular buffers and kernels are reported by functions of their own.
    pub buffer_type: BufferType,
    /// Device address; 0 is a valid one.
    pub address: u64,
    /// Bytes asked for, on each chip.
    pub requested: u64,
    /// Bytes occupied on each bank (core, for circular buffers and kernels), aligned.
    pub per_bank: u64,
    /// Banks or cores the bytes lie on, 1 to 65535.
    pub banks: u32,
    /// The runtime's own id of the buffer; 0 if it has none.
    pub id: u64,
}

/// An observer of peaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Peaks(ttmem_peaks);

impl Peaks {
    /// The process's own, which is always open and begins with the segment.
    pub const PROCESS: Self = Self(TTMEM_PROCESS_PEAKS);
}

/// What a peak is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PeakOf {
    /// A buffer type, over all banks of a chip.
    Type(BufferType),
    /// The L1 of one core, over everything that lies there.
    L1Core,
}

impl PeakOf {
    const fn number(self) -> u32 {
        match self {
            Self::Type(buffer_type) => buffer_type as u32,
            Self::L1Core => TTMEM_L1_CORE,
        }
    }
}

/// `ttmem_attach`. Where no other copy reports for the process, this one does, and lets those that are
/// loaded later find it.
pub fn attach(options: &AttachOptions) -> Attach {
    let dir = options.dir.as_ref();
    let dir = dir.map(|dir| text(dir.as_os_str().as_bytes()));
    let given = ttmem_options {
        struct_size: size_of::<ttmem_options>() as u32,
        mode: 0,
        dir: dir.as_ref().map_or(std::ptr::null(), |dir| dir.as_ptr()),
        ring_records: 0,
        live_slots: 0,
        run_id: 0,
        keep: options.keep.into(),
        always: options.always.into(),
    };
    // SAFETY: the options are whole, and their text lives until the call returns.
    match unsafe { ttmem_attach(&raw const given) } {
        TTMEM_DONE => {
            if ttmem_producer::attached() {
                elsewhere::come_forward();
            }
            Attach::Attached
        }
        TTMEM_OFF => Attach::Off,
        _ => Attach::Failed,
    }
}

/// `ttmem_detach`.
pub fn detach() {
    ttmem_detach();
}

/// `ttmem_attached`.
pub fn attached() -> bool {
    ttmem_attached()
}

/// `ttmem_switched_on`.
pub fn switched_on() -> bool {
    ttmem_producer::switched_on()
}

/// `ttmem_segment`: where the segment of this process is; none while nothing is attached.
pub fn segment() -> Option<PathBuf> {
    // SAFETY: a null-terminated text that stays until the process ends.
    let path = unsafe { CStr::from_ptr(ttmem_segment()) }.to_bytes();
    (!path.is_empty()).then(|| OsStr::from_bytes(path).into())
}

/// `ttmem_report_device`.
pub fn report_device(report: &DeviceReport<'_>) -> Outcome {
    let (arch, pci) = (text(report.arch.as_bytes()), text(report.pci.as_bytes()));
    let device = ttmem_device {
        struct_size: size_of::<ttmem_device>() as u32,
        chip: report.chip,
        unique_id: report.unique_id,
        arch: arch.as_ptr(),
        pci: pci.as_ptr(),
        l1_cores: report.l1_cores,
        reserved: 0,
        dram_capacity: report.dram_capacity,
        l1_capacity: report.l1_capacity,
        l1_core_capacity: report.l1_core_capacity,
        dram_allocatable: report.dram_allocatable,
        l1_allocatable: report.l1_allocatable,
        l1_small_allocatable: report.l1_small_allocatable,
        trace_allocatable: report.trace_allocatable,
        dram_banks: banks(report.dram_banks),
        l1_banks: banks(report.l1_banks),
        l1_small_banks: banks(report.l1_small_banks),
        trace_banks: banks(report.trace_banks),
    };
    // SAFETY: the device is whole, and its texts live until the call returns.
    outcome(unsafe { ttmem_report_device(&raw const device) })
}

/// `ttmem_register_pool`.
pub fn register_pool(
    kind: PoolKind,
    chips: ChipSet,
    runtime_id: u32,
    parent: Option<Pool>,
) -> Option<Pool> {
    let parent = parent.map_or(TTMEM_NO_POOL, |parent| parent.0);
    let pool = ttmem_register_pool(kind as u32, chips.0, runtime_id, parent);
    (pool != TTMEM_NO_POOL).then_some(Pool(pool))
}

/// `ttmem_retire_pool`.
pub fn retire_pool(pool: Pool) -> Outcome {
    outcome(ttmem_retire_pool(pool.0))
}

/// `ttmem_clear_pool`.
pub fn clear_pool(pool: Pool) -> Outcome {
    outcome(ttmem_clear_pool(pool.0))
}

/// `ttmem_alloc`.
pub fn alloc(allocation: &Allocation) -> Outcome {
    // SAFETY: the allocation is whole.
    outcome(unsafe { ttmem_alloc(&allocation.into()) })
}

/// `ttmem_free`.
pub fn free(pool: Pool, buffer_type: BufferType, address: u64) -> Outcome {
    outcome(ttmem_free(pool.0, buffer_type as u32, address))
}

/// `ttmem_free_any`.
pub fn free_any(pool: Pool, address: u64) -> Outcome {
    outcome(ttmem_free_any(pool.0, address))
}

/// `ttmem_cb_alloc`.
pub fn cb_alloc(allocation: &Allocation) -> Outcome {
    // SAFETY: the allocation is whole.
    outcome(unsafe { ttmem_cb_alloc(&allocation.into()) })
}

/// `ttmem_cb_free`.
pub fn cb_free(pool: Pool, address: u64) -> Outcome {
    outcome(ttmem_cb_free(pool.0, address))
}

/// `ttmem_kernel_load`.
pub fn kernel_load(allocation: &Allocation) -> Outcome {
    // SAFETY: the allocation is whole.
    outcome(unsafe { ttmem_kernel_load(&allocation.into()) })
}

/// `ttmem_kernel_unload`.
pub fn kernel_unload(pool: Pool, address: u64) -> Outcome {
    outcome(ttmem_kernel_unload(pool.0, address))
}

/// `ttmem_alloc_failed`.
pub fn alloc_failed(pool: Pool, buffer_type: BufferType, requested: u64, message: &str) -> Outcome {
    let message = text(message.as_bytes());
    // SAFETY: the text lives until the call returns.
    outcome(unsafe { ttmem_alloc_failed(pool.0, buffer_type as u32, requested, message.as_ptr()) })
}

/// `ttmem_mark`.
pub fn mark(name: &str) -> Outcome {
    let name = text(name.as_bytes());
    // SAFETY: the text lives until the call returns.
    outcome(unsafe { ttmem_mark(name.as_ptr()) })
}

/// `ttmem_open_peaks`; none while nothing is attached, and when too many are open.
pub fn open_peaks() -> Option<Peaks> {
    let peaks = ttmem_open_peaks();
    (peaks != TTMEM_NO_PEAKS).then_some(Peaks(peaks))
}

/// `ttmem_peak`.
pub fn peak(peaks: Peaks, chip: u32, of: PeakOf) -> u64 {
    ttmem_peak(peaks.0, chip, of.number())
}

/// `ttmem_reset_peak`.
pub fn reset_peak(peaks: Peaks, chip: u32, of: PeakOf) -> u64 {
    ttmem_reset_peak(peaks.0, chip, of.number())
}

/// `ttmem_close_peaks`.
pub fn close_peaks(peaks: Peaks) -> Outcome {
    outcome(ttmem_close_peaks(peaks.0))
}

impl From<&Allocation> for ttmem_allocation {
    fn from(allocation: &Allocation) -> Self {
        Self {
            struct_size: size_of::<Self>() as u32,
            pool: allocation.pool.0,
            buffer_type: allocation.buffer_type as u32,
            banks: allocation.banks,
            address: allocation.address,
            requested: allocation.requested,
            per_bank: allocation.per_bank,
            id: allocation.id,
        }
    }
}

fn banks(banks: Banks) -> ttmem_banks {
    ttmem_banks {
        base: banks.base,
        size: banks.size,
        count: banks.count,
        alignment: banks.alignment,
    }
}

/// For C, up to a zero in it if there is one.
fn text(bytes: &[u8]) -> CString {
    let end = bytes.iter().position(|byte| *byte == 0);
    CString::new(&bytes[..end.unwrap_or(bytes.len())]).unwrap_or_default()
}

fn outcome(number: ttmem_outcome) -> Outcome {
    match number {
        TTMEM_OFF => Outcome::Off,
        TTMEM_DONE => Outcome::Done,
        TTMEM_REFERENCED => Outcome::Referenced,
        TTMEM_REPLACED => Outcome::Replaced,
        TTMEM_UNKNOWN_FREE => Outcome::UnknownFree,
        TTMEM_DOUBLE_FREE => Outcome::DoubleFree,
        TTMEM_LIVE_OVERFLOW => Outcome::LiveOverflow,
        _ => Outcome::Rejected,
    }
}
