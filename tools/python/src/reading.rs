//! Reading: with the code of the `ttmem` command, while Python's other threads go on.

use pyo3::exceptions::{PyOSError, PyValueError};
use pyo3::{PyErr, PyResult, Python, pyfunction};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use ttmem_tool::look::{self, LookError, Place, Since, Wanted};

#[pyfunction]
pub(crate) fn directory() -> OsString {
    look::directory().into_os_string()
}

#[pyfunction]
pub(crate) fn snapshot(
    py: Python<'_>,
    place: u8,
    path: PathBuf,
    pids: Vec<u32>,
    query: Option<&str>,
) -> PyResult<String> {
    let wanted = Wanted { pids: &pids, query };
    let place = place_of(place, &path)?;
    py.detach(|| look::snapshot(place, wanted)).map_err(raised)
}

#[pyfunction]
pub(crate) fn events(
    py: Python<'_>,
    place: u8,
    path: PathBuf,
    pids: Vec<u32>,
    query: Option<&str>,
    since_ns: Option<i64>,
    since_mark: Option<&str>,
) -> PyResult<String> {
    let wanted = Wanted { pids: &pids, query };
    let since = match (since_ns, since_mark) {
        (_, Some(name)) => Since::Mark(name),
        (Some(time_ns), None) => Since::Time(time_ns),
        (None, None) => Since::Oldest,
    };
    let place = place_of(place, &path)?;
    py.detach(|| look::events(place, wanted, since))
        .map_err(raised)
}

#[pyfunction]
pub(crate) fn failures(py: Python<'_>, segment: PathBuf, since_ns: i64) -> PyResult<Vec<String>> {
    py.detach(|| look::failures(&segment, since_ns))
        .map_err(raised)
}

#[pyfunction]
pub(crate) fn parse_size(text: &str) -> PyResult<u64> {
    look::size(text)
        .map_err(|advice| PyValueError::new_err(format!("{text:?} is no size: {advice}")))
}

/// The place with Python's number for it.
fn place_of(number: u8, path: &Path) -> PyResult<Place<'_>> {
    match number {
        0 => Ok(Place::Directory(path)),
        1 => Ok(Place::Segment(path)),
        2 => Ok(Place::Saved(path)),
        _ => Err(PyValueError::new_err(format!("{number} is no place"))),
    }
}

fn raised(error: LookError) -> PyErr {
    match error {
        LookError::Asked(sentence) => PyValueError::new_err(sentence),
        LookError::Unreadable(sentence) => PyOSError::new_err(sentence),
    }
}
