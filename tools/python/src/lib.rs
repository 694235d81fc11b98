//! The native part of the Python module `ttmem`: numbers and text in and out. What each call means, and
//! what it refuses, is told by the modules in `python/ttmem`, which are the only callers.
#![forbid(unsafe_code)]

mod devices;
mod peaks;
mod reading;
mod reporting;

use pyo3::pymodule;

/// `ttmem._native`.
#[pymodule]
mod _native {
    #[pymodule_export]
    #[allow(non_upper_case_globals, reason = "Python's name for it")]
    const __version__: &str = env!("CARGO_PKG_VERSION");

    #[pymodule_export]
    use crate::devices::report_device;
    #[pymodule_export]
    use crate::peaks::{Peaks, close_peaks, open_peaks, peak, peaks};
    #[pymodule_export]
    use crate::reading::{directory, events, failures, parse_size, snapshot};
    #[pymodule_export]
    use crate::reporting::{
        Pool, alloc, alloc_failed, attach, attached, clear_pool, detach, free, mark, register_pool,
        retire_pool, segment, switched_on,
    };
}
