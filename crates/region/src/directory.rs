//! The directory segments live in, and which of its names are segments.

use std::ffi::{OsStr, OsString};
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Where segments are unless `TTMEM_DIR` says otherwise.
pub const DEFAULT_DIRECTORY: &str = "/dev/shm";

/// What the names of segments begin with: `ttmem.<pid>.<8 hex digits>`.
pub const PREFIX: &str = "ttmem.";

/// The directory in use: `TTMEM_DIR` if set and not empty, else [`DEFAULT_DIRECTORY`].
pub fn directory() -> PathBuf {
    directory_named(std::env::var_os("TTMEM_DIR"))
}

/// The same for a given value of `TTMEM_DIR`.
pub fn directory_named(value: Option<OsString>) -> PathBuf {
    value
        .filter(|dir| !dir.is_empty())
        .map_or_else(|| PathBuf::from(DEFAULT_DIRECTORY), PathBuf::from)
}

/// Whether a file name begins like a segment's. All that do are looked at: one that cannot be read is
/// better named to the user than passed over.
pub fn is_segment_name(name: &OsStr) -> bool {
    name.as_bytes().starts_with(PREFIX.as_bytes())
}

/// The paths of all files in `directory` that are named like segments, in order of name.
///
/// # Errors
/// When the directory cannot be read.
pub fn entries(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(directory)? {
        let entry = entry?;
        if is_segment_name(&entry.file_name()) {
            paths.push(entry.path());
        }
    }
    paths.sort();
    Ok(paths)
}

/// Opens a file for reading only, without following a link, blocking on a pipe, or passing it on.
///
/// # Errors
/// As the file system gives them; a symbolic link is refused.
pub fn open_for_reading(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .read(true)
        .custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK | libc::O_CLOEXEC)
        .open(path)
}
