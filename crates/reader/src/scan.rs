//! Every segment of a host.

use crate::error::{OpenError, ScanError};
use crate::segment::Segment;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use ttmem_region::entries;

/// What a directory holds.
#[derive(Debug)]
pub struct Scan {
    /// The segments that can be read, in order of name.
    pub segments: Vec<Segment>,
    /// What carries a segment's name and cannot be read. Never hides the others.
    pub unreadable: Vec<Unreadable>,
    /// What was passed over because it was known.
    pub known: Vec<PathBuf>,
}

/// A file that cannot be read as a segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// Where it is.
    pub path: PathBuf,
    /// Whose it is, if that can be told.
    pub uid: Option<u32>,
    /// Why, in one sentence.
    pub reason: String,
}

/// Opens every segment in `directory`.
///
/// # Errors
/// When the directory itself cannot be read.
pub fn scan(directory: &Path) -> Result<Scan, ScanError> {
    scan_unknown(directory, |_| false)
}

/// Opens every segment in `directory` that is not `known`: for those who look again, and have the
/// others open.
///
/// # Errors
/// When the directory itself cannot be read.
pub fn scan_unknown(directory: &Path, known: impl Fn(&Path) -> bool) -> Result<Scan, ScanError> {
    let paths = entries(directory).map_err(|source| ScanError {
        directory: directory.to_owned(),
        source,
    })?;
    Ok(open(paths, known))
}

/// Opens the segment at `path` unless it is `known`, whatever else its directory holds.
pub fn scan_one(path: &Path, known: impl Fn(&Path) -> bool) -> Scan {
    open([path.to_owned()], known)
}

fn open(paths: impl IntoIterator<Item = PathBuf>, known: impl Fn(&Path) -> bool) -> Scan {
    let mut scan = Scan {
        segments: Vec::new(),
        unreadable: Vec::new(),
        known: Vec::new(),
    };
    for path in paths {
        if known(&path) {
            scan.known.push(path);
            continue;
        }
        match Segment::open(&path) {
            Ok(segment) => scan.segments.push(segment),
            // Its producer ended between the listing and now.
            Err(OpenError::Open(error)) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => {
                let uid = std::fs::symlink_metadata(&path).ok().map(|meta| meta.uid());
                scan.unreadable.push(Unreadable {
                    path,
                    uid,
                    reason: error.to_string(),
                });
            }
        }
    }
    scan
}
