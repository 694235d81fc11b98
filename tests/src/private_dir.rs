//! A segment directory that no other test sees.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A directory on the host's tmpfs that holds the segments of one test; removed on drop.
#[derive(Debug)]
pub struct PrivateDir(TempDir);

impl PrivateDir {
    /// A new, empty one.
    ///
    /// # Panics
    /// If `/dev/shm` cannot be written.
    pub fn new() -> Self {
        let mut builder = tempfile::Builder::new();
        builder
            .prefix("ttmem-test.")
            .permissions(std::fs::Permissions::from_mode(0o700));
        Self(
            builder
                .tempdir_in("/dev/shm")
                .expect("a directory in /dev/shm"),
        )
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// The segments in it, by name.
    ///
    /// # Panics
    /// If the directory cannot be read.
    pub fn segments(&self) -> Vec<PathBuf> {
        let mut found: Vec<PathBuf> = std::fs::read_dir(self.path())
            .expect("the directory can be listed")
            .map(|entry| entry.expect("the directory can be listed").path())
            .filter(|path| {
                path.file_name()
                    .is_some_and(|name| name.as_encoded_bytes().starts_with(b"ttmem."))
            })
            .collect();
        found.sort();
        found
    }
}

impl Default for PrivateDir {
    fn default() -> Self {
        Self::new()
    }
}
