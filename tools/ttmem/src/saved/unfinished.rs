//! A file that is being written, and that nobody sees until it is whole.

use nix::fcntl::{AT_FDCWD, AtFlags};
use nix::libc::O_TMPFILE;
use nix::unistd::linkat;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::fd::AsRawFd;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use tempfile::NamedTempFile;

/// Readable by its owner alone, as segments are.
pub(crate) enum Unfinished {
    /// It has no name: whatever ends this process, nothing is left of it.
    Nameless(File),
    /// It has another name: the file system has no files without, or one is to be replaced, which only
    /// a file with a name can do.
    Named(NamedTempFile),
}

impl Unfinished {
    /// Begins a file in `directory`, which may be going to replace another one.
    ///
    /// # Errors
    /// When the directory takes no file.
    pub(crate) fn begin(directory: &Path, replaces: bool) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.write(true).mode(0o600).custom_flags(O_TMPFILE);
        match options.open(directory) {
            Ok(file) if !replaces && place(&file).exists() => Ok(Self::Nameless(file)),
            _ => tempfile::Builder::new()
                .prefix(".ttmem-save-")
                .tempfile_in(directory)
                .map(Self::Named),
        }
    }

    /// What is written to.
    pub(crate) fn file(&mut self) -> &mut File {
        match self {
            Self::Nameless(file) => file,
            Self::Named(file) => file.as_file_mut(),
        }
    }

    /// Gives it its name, once all of it is on the disk.
    ///
    /// # Errors
    /// When that fails, or something has the name already that is not to be replaced.
    pub(crate) fn finish(mut self, path: &Path, replaces: bool) -> io::Result<()> {
        self.file().flush()?;
        self.file().sync_all()?;
        match self {
            Self::Nameless(file) => {
                let follow = AtFlags::AT_SYMLINK_FOLLOW;
                Ok(linkat(AT_FDCWD, &place(&file), AT_FDCWD, path, follow)?)
            }
            Self::Named(file) if replaces => Ok(file.persist(path).map(drop)?),
            Self::Named(file) => Ok(file.persist_noclobber(path).map(drop)?),
        }
    }
}

/// Where the kernel shows a file that is open, whatever its name.
fn place(file: &File) -> std::path::PathBuf {
    format!("/proc/self/fd/{}", file.as_raw_fd()).into()
}
