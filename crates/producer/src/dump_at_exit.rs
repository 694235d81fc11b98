//! Where the dump of what a process still holds goes: `TTMEM_DUMP_AT_EXIT`.

use crate::notice::put;
use nix::errno::Errno;
use std::ffi::{CString, OsStr};
use std::os::unix::ffi::OsStrExt;
use ttmem_layout::{DUMP_TO_STDERR, Header};

/// Where the dump at a process's end goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DumpAtExit {
    /// To standard error.
    Stderr,
    /// To the end of the file with this absolute path.
    File(CString),
}

/// Why a dump went to standard error instead of its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.desc())]
pub struct NotWritten(Errno);

impl DumpAtExit {
    /// What `TTMEM_DUMP_AT_EXIT=value` asks of this process: nothing (empty, or `0`), standard error
    /// (`1`), or a file. `%p` in its name is the process id, `%%` a percent sign; a relative path starts
    /// where the process is now.
    ///
    /// # Errors
    /// For a path that is too long for a segment to tell.
    pub fn asked_by(value: &OsStr) -> Result<Option<Self>, TooLong> {
        match value.as_bytes() {
            b"" | b"0" => Ok(None),
            DUMP_TO_STDERR => Ok(Some(Self::Stderr)),
            path => {
                let path = expanded(path);
                let path = std::path::absolute(OsStr::from_bytes(&path)).map_err(|_| TooLong)?;
                Self::from_bytes(path.as_os_str().as_bytes())
                    .map(Some)
                    .ok_or(TooLong)
            }
        }
    }

    /// As a segment's header tells it ([`Header::dump_at_exit`]).
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        match bytes {
            DUMP_TO_STDERR => Some(Self::Stderr),
            // Shorter than the field, so that what is longer was not cut to another file's name.
            [b'/', ..] if bytes.len() < HEADER_BYTES => CString::new(bytes).ok().map(Self::File),
            _ => None,
        }
    }

    /// What a segment's header tells of it.
    pub fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Stderr => DUMP_TO_STDERR,
            Self::File(path) => path.as_bytes(),
        }
    }

    /// Gives `text` in one piece: to standard error, or to the end of the file, which is made with
    /// `mode` if it is not there. A file that does not take it at once is not waited for. Allocates
    /// nothing; changes `errno`.
    ///
    /// # Errors
    /// Why it went nowhere.
    pub fn give(&self, text: &[u8], mode: u32) -> Result<(), NotWritten> {
        let path = match self {
            Self::Stderr => return put(libc::STDERR_FILENO, text).map_err(NotWritten),
            Self::File(path) => path,
        };
        let flags = libc::O_WRONLY
            | libc::O_APPEND
            | libc::O_CREAT
            | libc::O_CLOEXEC
            | libc::O_NOCTTY
            // Or opening a pipe waits for its reader.
            | libc::O_NONBLOCK;
        // SAFETY: a null-terminated path, and the mode that O_CREAT asks for.
        let fd = unsafe { libc::open(path.as_ptr(), flags, mode) };
        if fd == -1 {
            return Err(NotWritten(Errno::last()));
        }
        let put = put(fd, text).map_err(NotWritten);
        // SAFETY: opened above, and nobody else's.
        unsafe { libc::close(fd) };
        put
    }
}

/// Bytes of the header's field.
const HEADER_BYTES: usize =
    std::mem::offset_of!(Header, reserved) - std::mem::offset_of!(Header, dump_at_exit);

/// A path that a segment has no room for, or that cannot be told from where the process is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("its path has to be shorter than {HEADER_BYTES} bytes")]
pub struct TooLong;

/// The path with `%p` and `%%` replaced.
fn expanded(path: &[u8]) -> Vec<u8> {
    let mut expanded = Vec::with_capacity(path.len());
    let mut rest = path.iter();
    while let Some(byte) = rest.next() {
        match (byte, rest.as_slice().first()) {
            (b'%', Some(b'p')) => expanded.extend(std::process::id().to_string().bytes()),
            (b'%', Some(b'%')) => expanded.push(b'%'),
            _ => {
                expanded.push(*byte);
                continue;
            }
        }
        rest.next();
    }
    expanded
}
