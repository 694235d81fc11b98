//! A segment directory on a file system of its own: small, full, or read-only.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// A tmpfs mounted in the mount namespace of a process that only keeps it. Everybody with the right
/// to look at that process reaches it through `/proc`.
#[derive(Debug)]
pub struct MountedDir {
    keeper: Child,
    path: PathBuf,
}

impl MountedDir {
    /// A tmpfs with these mount options, e.g. `size=1m`. None where this user may not mount one.
    ///
    /// # Panics
    /// If `sh` is missing.
    pub fn new(options: &str) -> Option<Self> {
        // As root the mount namespace alone will do; other users need one of users around it.
        [&["-m"][..], &["-U", "-r", "-m"]]
            .iter()
            .find_map(|flags| Self::with(flags, options))
    }

    fn with(flags: &[&str], options: &str) -> Option<Self> {
        let script = "mount -t tmpfs -o \"$0\" ttmem-test /mnt && echo mounted && exec cat";
        let mut command = Command::new("unshare");
        command
            .args(flags)
            .args(["--", "sh", "-c", script, options]);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut keeper = command.spawn().ok()?;
        let path = PathBuf::from(format!("/proc/{}/root/mnt", keeper.id()));
        let mut line = String::new();
        let output = keeper.stdout.as_mut().expect("stdout is a pipe");
        let told = BufReader::new(output).read_line(&mut line).is_ok() && line == "mounted\n";
        // Dropped where it did not work: that ends the keeper too.
        let dir = Self { keeper, path };
        (told && dir.path.read_dir().is_ok()).then_some(dir)
    }

    /// Where it can be reached.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Fills it up but for `rest` bytes.
    ///
    /// # Panics
    /// If it cannot be written.
    pub fn fill_but(&self, rest: u64) {
        let free = nix::sys::statvfs::statvfs(&self.path).expect("its size can be had");
        let free = free.blocks_available() * free.fragment_size();
        let filler = std::fs::File::create(self.path.join("filler")).expect("it takes a file");
        let length = free.saturating_sub(rest).try_into().expect("it is small");
        nix::fcntl::posix_fallocate(&filler, 0, length).expect("so much was free");
    }
}

impl Drop for MountedDir {
    fn drop(&mut self) {
        // Only a process that has been waited for cannot be killed.
        let _ = self.keeper.kill();
        let _ = self.keeper.wait();
    }
}
