//! What chips are.

use crate::reporting::ready;
use pyo3::pyfunction;
use ttmem::in_process::{self, Banks, DeviceReport, Outcome};

/// Lowest address, bytes of one, how many, alignment.
type Spread = (u64, u64, u32, u32);

/// Sizes are those of DRAM, L1, and the L1 of one core, then what can be handed out of DRAM, L1, L1_SMALL
/// and TRACE; banks are those of the last four. Zero is "not known".
#[pyfunction]
pub(crate) fn report_device(
    chip: u32,
    unique_id: u64,
    arch: &str,
    pci: &str,
    l1_cores: u32,
    sizes: [u64; 7],
    banks: [Spread; 4],
) -> u32 {
    if !ready() {
        return Outcome::Off as u32;
    }
    let [dram, l1, l1_core, allocatable @ ..] = sizes;
    let [dram_banks, l1_banks, l1_small_banks, trace_banks] =
        banks.map(|(base, size, count, alignment)| Banks {
            base,
            size,
            count,
            alignment,
        });
    in_process::report_device(&DeviceReport {
        chip,
        unique_id,
        arch,
        pci,
        l1_cores,
        dram_capacity: dram,
        l1_capacity: l1,
        l1_core_capacity: l1_core,
        dram_allocatable: allocatable[0],
        l1_allocatable: allocatable[1],
        l1_small_allocatable: allocatable[2],
        trace_allocatable: allocatable[3],
        dram_banks,
        l1_banks,
        l1_small_banks,
        trace_banks,
    }) as u32
}
