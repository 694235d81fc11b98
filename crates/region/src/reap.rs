//! How an abandoned segment goes.

use crate::{ByteSource, FileSource, Guard, entries, is_alive, open_for_reading};
use nix::errno::Errno;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use ttmem_layout::{HEADER_SIZE, Header, MAGIC};
use zerocopy::FromBytes;

/// Why a segment was left where it is.
#[derive(Debug, thiserror::Error)]
pub enum ReapError {
    /// Its producer lives.
    #[error("{}: its process is running", .0.display())]
    Running(PathBuf),
    /// Another reaper is at it.
    #[error("{}: another process is removing it", .0.display())]
    Contended(PathBuf),
    /// The name now belongs to another file, or to none.
    #[error("{}: it has been replaced or removed meanwhile", .0.display())]
    Replaced(PathBuf),
    /// It could not be opened, locked or removed.
    #[error("cannot remove {}: {source}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// A segment that was removed to make room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reaped {
    /// What it was called.
    pub path: PathBuf,
    /// Bytes given back.
    pub bytes: u64,
    /// Its process.
    pub pid: u32,
}

/// Removes the segment at `path` if its producer is gone.
///
/// # Errors
/// When it is alive, not the caller's to remove, or no longer the same file.
pub fn reap(path: &Path) -> Result<(), ReapError> {
    let io_error = |source: io::Error| ReapError::Io {
        path: path.to_owned(),
        source,
    };
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK | libc::O_CLOEXEC)
        .open(path)
        .map_err(io_error)?;
    let opened = file.metadata().map_err(io_error)?;
    // Two reapers must not both pass the check below and then remove one file each: the second
    // would remove whatever had taken the name meanwhile.
    let guard = Guard::reaper(file).map_err(|errno| match errno {
        Errno::EAGAIN | Errno::EACCES => ReapError::Contended(path.to_owned()),
        errno => io_error(errno.into()),
    })?;
    if is_alive(guard.file()).map_err(|errno| io_error(errno.into()))? {
        return Err(ReapError::Running(path.to_owned()));
    }
    let named =
        std::fs::symlink_metadata(path).map_err(|_| ReapError::Replaced(path.to_owned()))?;
    if (named.dev(), named.ino()) != (opened.dev(), opened.ino()) {
        return Err(ReapError::Replaced(path.to_owned()));
    }
    std::fs::remove_file(path).map_err(io_error)
}

/// Removes the oldest abandoned segment of user `uid` in `directory`, if there is one, to make room
/// for a new one.
pub fn make_room(directory: &Path, uid: u32) -> Option<Reaped> {
    let mut abandoned: Vec<_> = entries(directory)
        .ok()?
        .into_iter()
        .filter_map(|path| {
            let file = open_for_reading(&path).ok()?;
            let meta = file.metadata().ok()?;
            let candidate = meta.is_file() && meta.uid() == uid && !is_alive(&file).ok()?;
            let pid = candidate.then(|| pid_of(file))??;
            Some((meta.mtime(), meta.mtime_nsec(), path, meta.len(), pid))
        })
        .collect();
    abandoned.sort();
    abandoned
        .into_iter()
        .find_map(|(_, _, path, bytes, pid)| reap(&path).ok().map(|()| Reaped { path, bytes, pid }))
}

/// The process id in the header, if the file is a segment at all: what merely carries the name is
/// not ours to remove.
fn pid_of(file: File) -> Option<u32> {
    let mut bytes = [0; HEADER_SIZE];
    FileSource::new(file.into()).read_at(0, &mut bytes).ok()?;
    let header = Header::read_from_bytes(&bytes).ok()?;
    (header.magic == MAGIC).then_some(header.pid)
}
