//! Chips.

use crate::boundary::event;
use crate::outcome::ttmem_outcome;
use crate::sized::{Sized32, read};
use crate::text::text;
use std::ffi::c_char;
use ttmem_producer::{Banks, DeviceReport};

/// Where a chip's allocator hands out memory of one buffer type: the same addresses in each bank.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct ttmem_banks {
    /// Lowest address that can be handed out.
    pub base: u64,
    /// Bytes of one bank that can be handed out.
    pub size: u64,
    /// Banks of the chip; 0 is "not known".
    pub count: u32,
    /// Addresses are multiples of it, and what an allocation takes of a bank is rounded up to it.
    pub alignment: u32,
}

impl From<ttmem_banks> for Banks {
    fn from(banks: ttmem_banks) -> Self {
        Self {
            base: banks.base,
            size: banks.size,
            count: banks.count,
            alignment: banks.alignment,
        }
    }
}

/// Identity and capacity of one chip. Zero (or NULL) is "not known".
#[derive(Clone, Copy)]
#[repr(C)]
pub struct ttmem_device {
    /// sizeof(ttmem_device)
    pub struct_size: u32,
    /// The runtime's device number, 0 to 63.
    pub chip: u32,
    /// The chip's own unique id.
    pub unique_id: u64,
    /// Architecture, e.g. "wormhole_b0"; at most 16 bytes are kept.
    pub arch: *const c_char,
    /// PCI address, e.g. "0000:01:00.0"; at most 16 bytes are kept.
    pub pci: *const c_char,
    /// Cores whose L1 the capacity is made of.
    pub l1_cores: u32,
    /// Zero.
    pub reserved: u32,
    /// All of the chip's DRAM.
    pub dram_capacity: u64,
    /// All of the chip's L1, over its cores.
    pub l1_capacity: u64,
    /// L1 of one core.
    pub l1_core_capacity: u64,
    /// What the runtime's allocator can hand out of DRAM, over all banks.
    pub dram_allocatable: u64,
    /// What the runtime's allocator can hand out of L1, over all banks.
    pub l1_allocatable: u64,
    /// What is set aside for `TTMEM_L1_SMALL`, over all banks.
    pub l1_small_allocatable: u64,
    /// What is set aside for `TTMEM_TRACE`, over all banks.
    pub trace_allocatable: u64,
    /// Where DRAM is handed out.
    pub dram_banks: ttmem_banks,
    /// Where L1 is.
    pub l1_banks: ttmem_banks,
    /// Where `TTMEM_L1_SMALL` is.
    pub l1_small_banks: ttmem_banks,
    /// Where `TTMEM_TRACE` is.
    pub trace_banks: ttmem_banks,
}

// Older programs pass these bytes; fields are only ever added at the end, without padding.
#[cfg(target_pointer_width = "64")]
const _: () = {
    assert!(size_of::<ttmem_device>() == 192);
    assert!(std::mem::offset_of!(ttmem_device, dram_banks) == 96);
};

// SAFETY: repr(C), starts with its size, integers and pointers only.
unsafe impl Sized32 for ttmem_device {
    // Before it told where its banks are.
    const EARLIER: &[usize] = &[std::mem::offset_of!(ttmem_device, dram_banks)];
}

/// Event `device`: says what a chip is. May be repeated as more becomes known: the last report stands.
///
/// Returns `TTMEM_DONE`, `TTMEM_OFF` while tracking is off, or `TTMEM_REJECTED` for NULL, for a chip beyond
/// 63 and for a structure that is none.
///
/// # Safety
/// `device` is NULL or points to a `ttmem_device` of the size it names, whose texts are NULL or
/// null-terminated.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ttmem_report_device(device: *const ttmem_device) -> ttmem_outcome {
    event(
        || {
            // SAFETY: passed on to the caller.
            let device = unsafe { read(device) }?;
            // SAFETY: passed on to the caller; used before this call returns.
            let (arch, pci) = unsafe { (text(device.arch), text(device.pci)) };
            Some(ttmem_producer::report_device(&DeviceReport {
                chip: device.chip,
                unique_id: device.unique_id,
                arch: arch.as_deref().unwrap_or_default(),
                pci: pci.as_deref().unwrap_or_default(),
                l1_cores: device.l1_cores,
                dram_capacity: device.dram_capacity,
                l1_capacity: device.l1_capacity,
                l1_core_capacity: device.l1_core_capacity,
                dram_allocatable: device.dram_allocatable,
                l1_allocatable: device.l1_allocatable,
                l1_small_allocatable: device.l1_small_allocatable,
                trace_allocatable: device.trace_allocatable,
                dram_banks: device.dram_banks.into(),
                l1_banks: device.l1_banks.into(),
                l1_small_banks: device.l1_small_banks.into(),
                trace_banks: device.trace_banks.into(),
            }))
        },
        // SAFETY: the caller's own argument.
        |other| Some(unsafe { (other.report_device?)(device) }),
    )
}
