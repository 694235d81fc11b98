//! Chips, when they open and close.

use crate::errno::KeptErrno;
use crate::runtime::{Device, allocator, cluster, device};
use crate::symbols::Import;
use crate::{residency, session};
use ttmem_producer::{Banks, BufferType, ChipSet, DeviceReport, report_device};

/// `std::span<const uint32_t>`, passed by value: in memory, as no two registers are left for it.
#[repr(C)]
#[derive(Clone, Copy)]
struct Span {
    begin: *const u32,
    length: usize,
}

type Initialize =
    unsafe extern "C-unwind" fn(*mut Device, u8, usize, usize, usize, Span, bool) -> bool;

// SAFETY: `bool Device::initialize(uint8_t num_hw_cqs, size_t l1_small_size, size_t
// trace_region_size, size_t worker_l1_size, std::span<const uint32_t> l1_bank_remap, bool minimal)`.
static INITIALIZE: Import<Initialize> = unsafe {
    Import::new(c"_ZN2tt8tt_metal6Device10initializeEhmmmSt4spanIKjLm18446744073709551615EEb")
};
// SAFETY: `bool Device::close()`.
static CLOSE: Import<unsafe extern "C-unwind" fn(*mut Device) -> bool> =
    unsafe { Import::new(c"_ZN2tt8tt_metal6Device5closeEv") };

#[unsafe(export_name = "_ZN2tt8tt_metal6Device10initializeEhmmmSt4spanIKjLm18446744073709551615EEb")]
unsafe extern "C-unwind" fn initialize(
    this: *mut Device,
    queues: u8,
    l1_small: usize,
    trace_region: usize,
    worker_l1: usize,
    bank_remap: Span,
    minimal: bool,
) -> bool {
    let Some(real) = INITIALIZE.get() else {
        return crate::lost(&INITIALIZE);
    };
    // Before the runtime goes on: it may allocate while it initialises.
    let live = session::open();
    // SAFETY: the caller's own arguments.
    let done = unsafe {
        real(
            this,
            queues,
            l1_small,
            trace_region,
            worker_l1,
            bank_remap,
            minimal,
        )
    };
    if live && done {
        // SAFETY: the chip is alive and initialised.
        unsafe { report(this) };
    }
    done
}

#[unsafe(export_name = "_ZN2tt8tt_metal6Device5closeEv")]
unsafe extern "C-unwind" fn close(this: *mut Device) -> bool {
    let Some(real) = CLOSE.get() else {
        return crate::lost(&CLOSE);
    };
    if session::live() {
        // SAFETY: the caller passes a live chip.
        let chip = unsafe { device::chip_number(this) };
        if let Some(chips) = chip.and_then(ChipSet::of) {
            residency::leave(chips);
        }
    }
    // SAFETY: the caller's own arguments.
    unsafe { real(this) }
}

/// Reports a chip's identity and what it has.
unsafe fn report(chip: *const Device) -> Option<()> {
    let _errno = KeptErrno::new();
    // SAFETY: promised by the caller.
    unsafe {
        let number = device::chip_number(chip)?;
        let memory = device::memory(chip);
        let allocator = device::allocator(chip);
        let allocatable = |buffer_type| {
            allocator.map_or(0, |allocator| {
                allocator::allocatable(allocator, buffer_type)
            })
        };
        let places = |buffer_type| {
            allocator.map_or(Banks::default(), |allocator| {
                allocator::places(allocator, buffer_type)
            })
        };
        // The grid that the allocator has banks on: every core with L1 to hand out.
        let banks = allocator.map_or(0, |own| allocator::banks(own, BufferType::L1));
        let l1_cores = if banks == 0 { memory.grid_cores } else { banks };
        let _ = report_device(&DeviceReport {
            chip: number,
            unique_id: cluster::unique_id(number),
            arch: device::arch(chip),
            pci: "",
            l1_cores,
            dram_capacity: memory.dram,
            l1_capacity: memory.l1_core * u64::from(l1_cores),
            l1_core_capacity: memory.l1_core,
            dram_allocatable: allocatable(BufferType::Dram),
            l1_allocatable: allocatable(BufferType::L1),
            l1_small_allocatable: allocatable(BufferType::L1Small),
            trace_allocatable: allocatable(BufferType::Trace),
            dram_banks: places(BufferType::Dram),
            l1_banks: places(BufferType::L1),
            l1_small_banks: places(BufferType::L1Small),
            trace_banks: places(BufferType::Trace),
        });
    }
    Some(())
}
