//! Whether a segment's producer is alive: a kernel lock, never a process id.
//!
//! The producer holds an open-file-description write lock on byte 0 of its segment from before the
//! segment has a name until the process ends, however it ends. A reaper takes byte 1 while it
//! removes an abandoned segment, so that it is not itself taken for the producer.

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, fcntl};
use std::fs::File;
use std::os::fd::AsFd;

/// Byte locked by the producer.
const PRODUCER_BYTE: libc::off_t = 0;
/// Byte locked by whoever removes the segment.
const REAPER_BYTE: libc::off_t = 1;

/// A lock on one byte, held as long as the file it was taken through is open or mapped anywhere.
#[derive(Debug)]
pub struct Guard {
    file: File,
}

impl Guard {
    /// Takes the producer's lock.
    ///
    /// # Errors
    /// [`Errno::EAGAIN`] if somebody holds it; others as the file system gives them.
    pub fn producer(file: File) -> Result<Self, Errno> {
        Self::take(file, PRODUCER_BYTE)
    }

    /// Takes the reaper's lock.
    ///
    /// # Errors
    /// [`Errno::EAGAIN`] if another reaper is at work; others as the file system gives them.
    pub fn reaper(file: File) -> Result<Self, Errno> {
        Self::take(file, REAPER_BYTE)
    }

    fn take(file: File, byte: libc::off_t) -> Result<Self, Errno> {
        fcntl(
            file.as_fd(),
            FcntlArg::F_OFD_SETLK(&byte_lock(libc::F_WRLCK, byte)),
        )?;
        Ok(Self { file })
    }

    /// The locked file.
    pub const fn file(&self) -> &File {
        &self.file
    }
}

/// Whether the producer of the segment behind `file` holds its lock.
///
/// # Errors
/// When the file system cannot say.
pub fn is_alive(file: &File) -> Result<bool, Errno> {
    // A read lock conflicts with the producer's write lock and can be asked for on a file that was
    // opened for reading only.
    let mut probe = byte_lock(libc::F_RDLCK, PRODUCER_BYTE);
    fcntl(file.as_fd(), FcntlArg::F_OFD_GETLK(&mut probe))?;
    Ok(i32::from(probe.l_type) != libc::F_UNLCK)
}

fn byte_lock(kind: libc::c_int, byte: libc::off_t) -> libc::flock {
    libc::flock {
        l_type: kind as libc::c_short,
        l_whence: libc::SEEK_SET as libc::c_short,
        l_start: byte,
        l_len: 1,
        // An open-file-description lock wants 0 here; the kernel refuses anything else.
        l_pid: 0,
    }
}
