//! Where the bytes come from (`life-cycle.md`): shared memory by name, or a file.

use crate::mapping::Mapping;
use crate::refusal::Refusal;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use std::fs::{File, OpenOptions};
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{Ordering, fence};

/// A segment somebody else wrote, or is writing.
pub struct Source {
    path: PathBuf,
    file: File,
    owner: u32,
    length: u64,
    mapping: Option<Mapping>,
}

impl Source {
    /// The segment of this name among POSIX shared memory, mapped.
    ///
    /// # Errors
    /// If it cannot be attached.
    pub fn shared(name: &str) -> Result<Self, Refusal> {
        let mapping = Mapping::open(name)?;
        // The crate keeps its descriptor to itself, and the lock has to be asked about through one.
        let mut source = Self::file(&Path::new("/dev/shm").join(name))?;
        source.length = source.length.min(mapping.len() as u64);
        source.mapping = Some(mapping);
        Ok(source)
    }

    /// A segment as a plain file, copied range by range.
    ///
    /// # Errors
    /// If it cannot be opened, or is no regular file with one name.
    pub fn file(path: &Path) -> Result<Self, Refusal> {
        let refused = |error| Refusal::Io {
            path: path.to_owned(),
            error,
        };
        let file = OpenOptions::new()
            .read(true)
            .custom_flags((OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK).bits())
            .open(path)
            .map_err(refused)?;
        let metadata = file.metadata().map_err(refused)?;
        let source = Self {
            path: path.to_owned(),
            file,
            owner: metadata.uid(),
            length: metadata.len(),
            mapping: None,
        };
        if !metadata.is_file() || metadata.nlink() > 1 {
            return Err(source.unlike("it is no regular file with one name only"));
        }
        Ok(source)
    }

    /// The owner of the file, by the kernel.
    pub(crate) fn owner(&self) -> u32 {
        self.owner
    }

    /// Bytes that are there.
    pub(crate) fn length(&self) -> u64 {
        self.length
    }

    /// Copies `words` words from byte `offset` on. What is copied later is seen later.
    pub(crate) fn copy(&self, offset: u64, words: usize) -> Result<Vec<u64>, Refusal> {
        let mut copied = vec![0; words];
        match &self.mapping {
            Some(mapping) => {
                let inside =
                    usize::try_from(offset).is_ok_and(|offset| mapping.copy(offset, &mut copied));
                if !inside {
                    return Err(self.unlike("it ends before what its sections name"));
                }
            }
            None => self
                .file
                .read_exact_at(bytemuck::cast_slice_mut(&mut copied), offset)
                .map_err(|error| Refusal::Io {
                    path: self.path.clone(),
                    error,
                })?,
        }
        fence(Ordering::Acquire);
        Ok(copied)
    }

    /// Whether somebody holds the lock on byte 0.
    pub(crate) fn locked(&self) -> Result<bool, Refusal> {
        let mut question = nix::libc::flock {
            l_type: nix::libc::F_WRLCK as i16,
            l_whence: nix::libc::SEEK_SET as i16,
            l_start: 0,
            l_len: 1,
            l_pid: 0,
        };
        let asked = fcntl(&self.file, FcntlArg::F_OFD_GETLK(&mut question));
        asked.map_err(|errno| Refusal::Io {
            path: self.path.clone(),
            error: errno.into(),
        })?;
        Ok(question.l_type != nix::libc::F_UNLCK as i16)
    }

    /// A refusal that names this source.
    pub(crate) fn unlike(&self, what: impl Into<String>) -> Refusal {
        Refusal::Unlike {
            name: self.path.display().to_string(),
            what: what.into(),
        }
    }
}
