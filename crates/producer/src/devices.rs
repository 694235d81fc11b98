//! Chips: who they are and how much memory they have.

use crate::attached::current;
use crate::events::{reject, write_plain};
use crate::outcome::Outcome;
use crate::texts::padded;
use std::sync::atomic::Ordering;
use ttmem_layout::{Banks, CB_STEPS, CbStep, ChipSet, Device, Gauge, Kind, MAX_CHIPS, Record};
use zerocopy::IntoBytes;

/// Identity and capacity of one chip; bytes, 0 (or empty) for what is not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DeviceReport<'a> {
    /// The runtime's device number, below 64.
    pub chip: u32,
    /// The chip's unique id.
    pub unique_id: u64,
    /// Architecture; at most 16 bytes are kept.
    pub arch: &'a str,
    /// PCI address; at most 16 bytes are kept.
    pub pci: &'a str,
    /// Cores whose L1 the capacity is made of.
    pub l1_cores: u32,
    /// All DRAM.
    pub dram_capacity: u64,
    /// All L1, over the cores.
    pub l1_capacity: u64,
    /// L1 of one core.
    pub l1_core_capacity: u64,
    /// What the runtime's allocator can hand out of DRAM, over all banks.
    pub dram_allocatable: u64,
    /// What the runtime's allocator can hand out of L1, over all banks.
    pub l1_allocatable: u64,
    /// What is set aside for `L1_SMALL`, over all banks.
    pub l1_small_allocatable: u64,
    /// What is set aside for `TRACE`, over all banks.
    pub trace_allocatable: u64,
    /// Where DRAM is handed out.
    pub dram_banks: Banks,
    /// Where L1 is.
    pub l1_banks: Banks,
    /// Where `L1_SMALL` is.
    pub l1_small_banks: Banks,
    /// Where `TRACE` is.
    pub trace_banks: Banks,
}

/// Reports a chip's identity and capacity. May be repeated as more becomes known.
pub fn report_device(report: &DeviceReport<'_>) -> Outcome {
    let Some(attached) = current() else {
        return Outcome::Off;
    };
    let index = report.chip as usize;
    if index >= MAX_CHIPS {
        return reject();
    }
    let slot = &attached.devices[index * Device::WORDS..][..Device::WORDS];
    let opened = match slot[Device::OPENED].load(Ordering::Relaxed) {
        0 => attached.clock.ticks(),
        opened => opened,
    };
    let device = Device {
        state: 1,
        l1_cores: report.l1_cores,
        unique_id: report.unique_id,
        arch: padded(report.arch),
        pci: padded(report.pci),
        dram_capacity: report.dram_capacity,
        l1_capacity: report.l1_capacity,
        l1_core_capacity: report.l1_core_capacity,
        dram_allocatable: report.dram_allocatable,
        l1_allocatable: report.l1_allocatable,
        l1_small_allocatable: report.l1_small_allocatable,
        trace_allocatable: report.trace_allocatable,
        opened_ticks: opened,
        reserved: [0; 2],
        dram_banks: report.dram_banks,
        l1_banks: report.l1_banks,
        l1_small_banks: report.l1_small_banks,
        trace_banks: report.trace_banks,
        reserved_banks: [0; 4],
    };
    for (word, bytes) in slot.iter().zip(device.as_bytes().chunks_exact(8)).skip(1) {
        word.store(word_of(bytes), Ordering::Relaxed);
    }
    // [device-publish] Release: whoever sees the state sees the rest.
    slot[Device::STATE].store(word_of(&device.as_bytes()[..8]), Ordering::Release);
    write_plain(
        attached,
        Record {
            address: u64::from(report.chip),
            requested: report.dram_capacity,
            per_bank: report.l1_core_capacity,
            banks: u16::try_from(report.l1_cores).unwrap_or(u16::MAX),
            id: report.unique_id,
            kind: Kind::Device as u8,
            ..Record::default()
        },
    );
    Outcome::Done
}

/// Sets the circular-buffer figures of each of `chips`: bytes of one core covered by the circular
/// buffers of any program alive, the largest per-core footprint of any program dispatched so far,
/// and how many programs are alive.
pub fn set_cb_gauge(chips: ChipSet, union_bytes: u64, core_peak: u64, programs: u64) {
    let Some(attached) = current() else {
        return;
    };
    for chip in chips.iter() {
        let slot = &attached.gauges[chip as usize * (size_of::<Gauge>() / 8)..];
        slot[Gauge::CB_UNION].store(union_bytes, Ordering::Relaxed);
        slot[Gauge::CB_CORE_PEAK].store(core_peak, Ordering::Relaxed);
        slot[Gauge::PROGRAMS].store(programs, Ordering::Relaxed);
    }
}

/// Sets how far the resident circular buffers of each of `chips` reach where cores differ, the highest
/// end first; none where they end at one address on all their cores. Of more than [`CB_STEPS`] the first
/// are kept.
pub fn set_cb_steps(chips: ChipSet, steps: &[CbStep]) {
    let Some(attached) = current() else {
        return;
    };
    for chip in chips.iter() {
        let slot = &attached.gauges[chip as usize * (size_of::<Gauge>() / 8)..];
        for (at, word) in slot[Gauge::CB_STEPS..][..CB_STEPS].iter().enumerate() {
            let step = steps.get(at).copied().unwrap_or_default();
            word.store(word_of(step.as_bytes()), Ordering::Relaxed);
        }
    }
}

fn word_of(bytes: &[u8]) -> u64 {
    let mut word = [0; 8];
    word.copy_from_slice(bytes);
    u64::from_ne_bytes(word)
}
