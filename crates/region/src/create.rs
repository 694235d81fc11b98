//! How a segment comes to be: nameless, reserved, mapped, filled, locked, and only then named.

use crate::Guard;
use crate::directory::PREFIX;
use crate::populate::{Missing, map_populated};
use memmap2::MmapRaw;
use nix::errno::Errno;
use nix::fcntl::{AT_FDCWD, AtFlags};
use nix::unistd::linkat;
use std::fs::{File, OpenOptions, Permissions};
use std::io;
use std::mem::ManuallyDrop;
use std::os::fd::AsRawFd;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicU64;
use ttmem_layout::{Header, Plan, SectionKind, checksum};
use zerocopy::IntoBytes;

/// Why there is no segment.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    /// The directory does not take a new file.
    #[error("cannot create a file in {}: {source}", directory.display())]
    Open {
        /// Where.
        directory: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// No room for so many bytes.
    #[error("{} has no room for {bytes} bytes", directory.display())]
    NoRoom {
        /// Where.
        directory: PathBuf,
        /// How many.
        bytes: u64,
    },
    /// The process is not allowed files of so many bytes (`ulimit -f`).
    #[error("this process may not make files of {bytes} bytes (ulimit -f is {limit})")]
    TooLarge {
        /// How many.
        bytes: u64,
        /// How many it may.
        limit: u64,
    },
    /// The file could not be reserved, mapped, locked or named.
    #[error("cannot {step} a segment in {}: {source}", directory.display())]
    Step {
        /// What was being done.
        step: &'static str,
        /// Where.
        directory: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// A segment in the making: reserved and mapped, without a name. Dropping it leaves nothing behind,
/// and neither does a kill.
#[derive(Debug)]
pub struct Draft {
    directory: PathBuf,
    file: File,
    map: MmapRaw,
    plan: Plan,
}

/// A published segment, mapped for writing by the one process that made it.
///
/// The mapping is also what holds the lock: the kernel keeps an open file, and its locks, as long as
/// it is mapped. There is no descriptor that a forked child could inherit or the program could close
/// with all others; a mapping is neither inherited (`MADV_DONTFORK`) nor survives exec.
///
/// The mapping is never taken down: a thread may be inside an event at any time, up to the last
/// instruction of the process.
#[derive(Debug)]
pub struct Region {
    path: PathBuf,
    map: ManuallyDrop<MmapRaw>,
    plan: Plan,
}

impl Draft {
    /// Reserves and maps the bytes of `plan` in `directory`, every page present and zero.
    ///
    /// # Errors
    /// [`CreateError::NoRoom`] when the file system is full: try a smaller plan or make room;
    /// [`CreateError::TooLarge`]: try a smaller plan.
    pub fn reserve(directory: &Path, plan: Plan) -> Result<Self, CreateError> {
        let bytes = plan.segment_size();
        // Reserving more than the process may is not an error but a deadly signal (SIGXFSZ).
        let limit = file_size_limit();
        if bytes > limit {
            return Err(CreateError::TooLarge { bytes, limit });
        }
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .mode(0o600)
            .custom_flags(libc::O_TMPFILE | libc::O_CLOEXEC)
            .open(directory)
            .map_err(|source| CreateError::Open {
                directory: directory.to_owned(),
                source,
            })?;
        let map = map_populated(&file, bytes).map_err(|missing| match missing {
            Missing::Room => CreateError::NoRoom {
                directory: directory.to_owned(),
                bytes,
            },
            Missing::Step(step, source) => CreateError::Step {
                step,
                directory: directory.to_owned(),
                source,
            },
        })?;
        // SAFETY: the range is the mapping just made. A forked child does not get it at all, so it
        // cannot write its parent's segment whatever it does.
        let kept_from_children =
            unsafe { libc::madvise(map.as_mut_ptr().cast(), map.len(), libc::MADV_DONTFORK) };
        if kept_from_children != 0 {
            return Err(CreateError::Step {
                step: "keep forked children out of",
                directory: directory.to_owned(),
                source: Errno::last().into(),
            });
        }
        Ok(Self {
            directory: directory.to_owned(),
            file,
            map,
            plan,
        })
    }

    /// The words of one section, to prepare before it is published.
    pub fn words(&self, kind: SectionKind) -> &[AtomicU64] {
        words(&self.map, self.plan, kind)
    }

    /// Completes `header` (sizes, sections, checksum), writes it, takes the producer's lock, gives
    /// the file its mode and, last of all, its name.
    ///
    /// # Errors
    /// When the lock or the name cannot be had; nothing is left behind.
    pub fn publish(self, mut header: Header, mode: u32) -> Result<Region, CreateError> {
        let failed = |step, source| CreateError::Step {
            step,
            directory: self.directory.clone(),
            source,
        };
        let table = self.plan.table();
        header.section_count = table.len() as u32;
        header.sections[..table.len()].copy_from_slice(&table);
        header.segment_size = self.plan.segment_size();
        header.checksum = checksum(header.as_bytes());
        let bytes = header.as_bytes();
        // SAFETY: the mapping is at least a header long (`Plan`), nobody else has the file yet, and
        // `bytes` lies elsewhere.
        unsafe {
            std::ptr::copy_nonoverlapping(bytes.as_ptr(), self.map.as_mut_ptr(), bytes.len())
        };
        if mode != 0o600 {
            self.file
                .set_permissions(Permissions::from_mode(mode))
                .map_err(|source| failed("set the mode of", source))?;
        }
        let guard = Guard::producer(self.file).map_err(|errno| CreateError::Step {
            step: "lock",
            directory: self.directory.clone(),
            source: errno.into(),
        })?;
        let path =
            name(&self.directory, &guard, header.pid).map_err(|errno| CreateError::Step {
                step: "name",
                directory: self.directory.clone(),
                source: errno.into(),
            })?;
        // The guard's descriptor is closed here; the mapping keeps the lock.
        Ok(Region {
            path,
            map: ManuallyDrop::new(self.map),
            plan: self.plan,
        })
    }
}

/// Most bytes a file of this process may have.
fn file_size_limit() -> u64 {
    let mut limit = libc::rlimit {
        rlim_cur: libc::RLIM_INFINITY,
        rlim_max: libc::RLIM_INFINITY,
    };
    // SAFETY: `limit` is a valid rlimit to write to; if the call fails it stays without limit.
    unsafe { libc::getrlimit(libc::RLIMIT_FSIZE, &raw mut limit) };
    limit.rlim_cur
}

/// Links the nameless file. An existing name is never replaced: another number is tried.
fn name(directory: &Path, guard: &Guard, pid: u32) -> Result<PathBuf, Errno> {
    let own = format!("/proc/self/fd/{}", guard.file().as_raw_fd());
    let seed = crate::realtime_ns() ^ u64::from(pid) << 32;
    let mut result = Err(Errno::EEXIST);
    for attempt in 0..16_u64 {
        let number = (seed.wrapping_add(attempt)).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
        let path = directory.join(format!("{PREFIX}{pid}.{number:08x}"));
        result = linkat(
            AT_FDCWD,
            own.as_str(),
            AT_FDCWD,
            &path,
            AtFlags::AT_SYMLINK_FOLLOW,
        )
        .map(|()| path);
        if result != Err(Errno::EEXIST) {
            break;
        }
    }
    result
}

impl Region {
    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What it holds.
    pub const fn plan(&self) -> Plan {
        self.plan
    }

    /// The words of one section, shared with every thread of this process and every reader.
    ///
    /// The words stay where they are for as long as the process runs, also after [`Self::withdraw`].
    pub fn words(&self, kind: SectionKind) -> &'static [AtomicU64] {
        // SAFETY: the mapping is never taken down: `ManuallyDrop` keeps it, and `withdraw` puts other
        // pages into the same range.
        unsafe { &*std::ptr::from_ref(words(&self.map, self.plan, kind)) }
    }

    /// Ends this process's part in the segment while it goes on running: the pages behind the
    /// mapping become private ones, so that a thread still inside an event writes where nobody
    /// reads, and with the last page of the file the lock goes.
    pub fn withdraw(self) -> io::Result<()> {
        // SAFETY: the range is exactly this mapping; MAP_FIXED replaces it in one step, so at every
        // moment some writable page is there for whoever still holds a reference to its words.
        let replaced = unsafe {
            libc::mmap(
                self.map.as_mut_ptr().cast(),
                self.map.len(),
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_FIXED | libc::MAP_NORESERVE,
                -1,
                0,
            )
        };
        if replaced == libc::MAP_FAILED {
            Err(io::Error::last_os_error())
        } else {
            Ok(())
        }
    }
}

/// The one cast from mapped bytes to words.
fn words(map: &MmapRaw, plan: Plan, kind: SectionKind) -> &[AtomicU64] {
    let sections = plan.sections();
    // `SectionKind` numbers start at 1 and `sections` is in their order.
    let section = sections[kind as usize - 1];
    debug_assert_eq!(section.kind, kind);
    let words = (section.count * u64::from(section.entry_size) / 8) as usize;
    let end = section.offset as usize + words * 8;
    assert!(end <= map.len(), "a plan's sections lie inside its segment");
    // SAFETY: in range by the assert above; aligned, because a mapping starts on a page and every
    // section on a multiple of 64 (`Plan`); AtomicU64 is a plain u64 in memory and any bits are a
    // value; the bytes are shared only as atomics from here on, and live as long as the borrow of
    // the mapping.
    unsafe {
        std::slice::from_raw_parts(
            map.as_mut_ptr()
                .add(section.offset as usize)
                .cast::<AtomicU64>(),
            words,
        )
    }
}
