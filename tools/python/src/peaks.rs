//! The most that was held.

use crate::reporting::{known, ready};
use pyo3::{PyResult, pyclass, pyfunction};
use ttmem::in_process::{self, BufferType, PeakOf};

/// An observer of peaks.
#[pyclass(frozen, module = "ttmem._native")]
pub(crate) struct Peaks(in_process::Peaks);

/// Python's number for the L1 of one core, over all types; C's as well.
const L1_CORE: u8 = ttmem::TTMEM_L1_CORE as u8;

/// Devices of a host.
const CHIPS: u32 = u64::BITS;

#[pyfunction]
pub(crate) fn open_peaks() -> Option<Peaks> {
    ready().then(in_process::open_peaks).flatten().map(Peaks)
}

#[pyfunction]
pub(crate) fn close_peaks(window: &Peaks) {
    // One that is void already is closed.
    let _ = in_process::close_peaks(window.0);
}

/// Of one figure; without a window, the process's own.
#[pyfunction]
pub(crate) fn peak(
    window: Option<&Peaks>,
    device: u32,
    buffer_type: u8,
    reset: bool,
) -> PyResult<u64> {
    let of = match buffer_type {
        L1_CORE => PeakOf::L1Core,
        other => PeakOf::Type(known(other)?),
    };
    ready();
    let window = window.map_or(in_process::Peaks::PROCESS, |window| window.0);
    Ok(one(window, device, of, reset))
}

/// Of every figure that is not 0: device, type, bytes.
#[pyfunction]
pub(crate) fn peaks(window: &Peaks, reset: bool) -> Vec<(u32, u8, u64)> {
    let types = BufferType::ALL.map(|buffer_type| (buffer_type as u8, PeakOf::Type(buffer_type)));
    let all = types.into_iter().chain([(L1_CORE, PeakOf::L1Core)]);
    let all =
        (0..CHIPS).flat_map(|device| all.clone().map(move |(number, of)| (device, number, of)));
    let figures =
        all.map(|(device, number, of)| (device, number, one(window.0, device, of, reset)));
    figures.filter(|(.., bytes)| *bytes > 0).collect()
}

fn one(window: in_process::Peaks, device: u32, of: PeakOf, reset: bool) -> u64 {
    if reset {
        in_process::reset_peak(window, device, of)
    } else {
        in_process::peak(window, device, of)
    }
}
