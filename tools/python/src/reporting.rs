//! Reporting: into the copy of the library that reports for this process, whichever that is.

use pyo3::exceptions::PyValueError;
use pyo3::{PyResult, Python, pyclass, pyfunction};
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use ttmem::in_process::{
    self, Allocation, Attach, AttachOptions, BufferType, ChipSet, Outcome, PoolKind,
};

/// A registered allocator.
#[pyclass(frozen, module = "ttmem._native")]
pub(crate) struct Pool(in_process::Pool);

/// The process that has been attached by itself once, or ended it: its later calls do not begin anew.
static SETTLED: AtomicU32 = AtomicU32::new(0);

/// Whether this process is attached, after an attempt where the environment switches tracking on.
pub(crate) fn ready() -> bool {
    if in_process::attached() {
        return true;
    }
    if !in_process::switched_on() || SETTLED.load(Ordering::Relaxed) == std::process::id() {
        return false;
    }
    let outcome = in_process::attach(&AttachOptions::default());
    // Off: another thread is at it. It will be there the next time.
    if outcome != Attach::Off {
        settle();
    }
    outcome == Attach::Attached
}

fn settle() {
    SETTLED.store(std::process::id(), Ordering::Relaxed);
}

#[pyfunction]
pub(crate) fn switched_on() -> bool {
    in_process::switched_on()
}

#[pyfunction]
pub(crate) fn attached() -> bool {
    in_process::attached()
}

#[pyfunction]
pub(crate) fn attach(py: Python<'_>, always: bool, dir: Option<OsString>, keep: bool) -> bool {
    let options = AttachOptions {
        dir: dir.map(PathBuf::from),
        keep,
        always,
    };
    let outcome = py.detach(|| in_process::attach(&options));
    if outcome != Attach::Off {
        settle();
    }
    outcome == Attach::Attached
}

#[pyfunction]
pub(crate) fn detach(py: Python<'_>) {
    settle();
    py.detach(in_process::detach);
}

#[pyfunction]
pub(crate) fn segment() -> OsString {
    let path = ready().then(in_process::segment).flatten();
    path.unwrap_or_default().into_os_string()
}

#[pyfunction]
pub(crate) fn mark(name: &str) -> bool {
    ready() && in_process::mark(name) == Outcome::Done
}

#[pyfunction]
pub(crate) fn register_pool(
    kind: u8,
    chips: u64,
    runtime_id: u32,
    parent: Option<&Pool>,
) -> Option<Pool> {
    let kind = PoolKind::from_number(kind)?;
    let parent = parent.map(|parent| parent.0);
    let pool = in_process::register_pool(kind, ChipSet(chips), runtime_id, parent);
    pool.map(Pool)
}

#[pyfunction]
pub(crate) fn retire_pool(pool: &Pool) -> u32 {
    in_process::retire_pool(pool.0) as u32
}

#[pyfunction]
pub(crate) fn clear_pool(pool: &Pool) -> u32 {
    in_process::clear_pool(pool.0) as u32
}

#[pyfunction]
pub(crate) fn alloc(
    pool: &Pool,
    buffer_type: u8,
    address: u64,
    requested: u64,
    per_bank: u64,
    banks: u32,
    id: u64,
) -> PyResult<u32> {
    let allocation = Allocation {
        pool: pool.0,
        buffer_type: known(buffer_type)?,
        address,
        requested,
        per_bank,
        banks,
        id,
    };
    let outcome = match allocation.buffer_type {
        BufferType::Cb => in_process::cb_alloc(&allocation),
        BufferType::Kernel => in_process::kernel_load(&allocation),
        _ => in_process::alloc(&allocation),
    };
    Ok(outcome as u32)
}

#[pyfunction]
pub(crate) fn free(pool: &Pool, buffer_type: u8, address: u64) -> PyResult<u32> {
    let outcome = match known(buffer_type)? {
        BufferType::Cb => in_process::cb_free(pool.0, address),
        BufferType::Kernel => in_process::kernel_unload(pool.0, address),
        other => in_process::free(pool.0, other, address),
    };
    Ok(outcome as u32)
}

#[pyfunction]
pub(crate) fn alloc_failed(
    pool: &Pool,
    buffer_type: u8,
    requested: u64,
    message: &str,
) -> PyResult<u32> {
    let buffer_type = known(buffer_type)?;
    Ok(in_process::alloc_failed(pool.0, buffer_type, requested, message) as u32)
}

/// The buffer type with this number.
pub(crate) fn known(number: u8) -> PyResult<BufferType> {
    let found = BufferType::from_number(number);
    found.ok_or_else(|| PyValueError::new_err(format!("{number} is no buffer type")))
}
