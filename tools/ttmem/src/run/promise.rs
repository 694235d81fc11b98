//! What tells whether a `run` still owes the dumps at exit of those it started: a file that is locked while
//! the `run` lives and removed once it has given them. One that nobody holds is of a `run` that was killed.

use crate::saved::Unfinished;
use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Its name begins with a dot, so that nobody takes it for a segment.
const PREFIX: &str = ".ttmem-run.";

/// The promise of this process, as long as it is neither kept nor broken by its death.
#[derive(Debug)]
pub(crate) struct Promise {
    path: PathBuf,
    _locked: File,
}

impl Promise {
    /// Makes it, beside the segments.
    ///
    /// # Errors
    /// When the directory takes no file, or the file no lock.
    pub(crate) fn make(directory: &Path, run_id: u64) -> io::Result<Self> {
        let path = path(directory, run_id);
        let mut file = Unfinished::begin(directory, false)?;
        // Before it has its name: whoever saw it without a lock would take it for broken.
        let locked = file.file().try_clone()?;
        locked.try_lock()?;
        file.finish(&path, false)?;
        Ok(Self {
            path,
            _locked: locked,
        })
    }

    /// The dumps are given.
    pub(crate) fn keep(self) {
        // Left there, it would be taken for broken: a dump given twice is better than none.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Whether that `run` has not given the dumps yet: it is at work, or it was killed before it could.
pub(crate) fn is_there(directory: &Path, run_id: u64) -> bool {
    path(directory, run_id).symlink_metadata().is_ok()
}

/// Whether that `run` was killed before it gave the dumps.
pub(crate) fn is_broken(directory: &Path, run_id: u64) -> bool {
    is_abandoned(&path(directory, run_id))
}

/// Removes the broken promises of which nothing is left to give, for `is_left` tells which run has left
/// segments.
pub(crate) fn forget(directory: &Path, is_left: impl Fn(u64) -> bool) {
    let Ok(entries) = std::fs::read_dir(directory) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let number = name.to_str().and_then(|name| name.strip_prefix(PREFIX));
        let run_id = number.and_then(|number| u64::from_str_radix(number, 16).ok());
        if run_id.is_some_and(|run_id| !is_left(run_id)) && is_abandoned(&entry.path()) {
            // Another user's stays, for that user's own reap.
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

fn is_abandoned(path: &Path) -> bool {
    let flags = nix::libc::O_NOFOLLOW | nix::libc::O_NONBLOCK;
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path);
    let is_free = |file: File| match file.try_lock_shared() {
        Ok(()) => true,
        Err(TryLockError::WouldBlock | TryLockError::Error(_)) => false,
    };
    file.is_ok_and(is_free)
}

fn path(directory: &Path, run_id: u64) -> PathBuf {
    directory.join(format!("{PREFIX}{run_id:016x}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicBool, Ordering};

    #[test]
    fn it_is_broken_by_death_alone_and_forgotten_when_nothing_is_left() {
        let dir = tempfile::tempdir().unwrap();
        let files = || std::fs::read_dir(dir.path()).unwrap().count();
        let promise = Promise::make(dir.path(), 7).unwrap();
        assert!(!is_broken(dir.path(), 7), "it is locked");
        assert!(is_there(dir.path(), 7));
        forget(dir.path(), |_| false);
        promise.keep();
        assert_eq!((is_broken(dir.path(), 7), files()), (false, 0));
        assert!(!is_there(dir.path(), 7));

        drop(Promise::make(dir.path(), 8).unwrap());
        assert!(is_broken(dir.path(), 8));
        forget(dir.path(), |run_id| run_id == 8);
        assert_eq!(files(), 1, "a segment of that run is still there");
        forget(dir.path(), |_| false);
        assert_eq!(files(), 0);
    }

    #[test]
    fn nobody_sees_it_without_its_lock() {
        let dir = tempfile::tempdir().unwrap();
        let made = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !made.load(Ordering::Relaxed) {
                    forget(dir.path(), |_| false);
                }
            });
            let made_by_all = (1..=500).all(|run_id| {
                let promise = Promise::make(dir.path(), run_id);
                let is_there = path(dir.path(), run_id).exists();
                promise.map(Promise::keep).is_ok() && is_there
            });
            made.store(true, Ordering::Relaxed);
            assert!(made_by_all);
        });
    }
}
