//! Segments in the system's own directory of shared memory, where a POSIX name finds them.

use second_reader::Source;
use std::path::{Path, PathBuf};
use support::{ProducerProcess, Starter};

/// Where `shm_open` looks.
pub(crate) const SHM: &str = "/dev/shm";

/// A producer whose segment can be attached by name. What it leaves is removed on drop.
pub(crate) struct Named {
    pub(crate) producer: ProducerProcess,
    path: PathBuf,
}

impl Named {
    /// A producer with these variables, attached.
    pub(crate) fn start(variables: &[(&str, &str)]) -> Self {
        let starter = Starter::new(Path::new(SHM));
        let start = variables
            .iter()
            .fold(starter, |start, (name, value)| start.env(name, value));
        let mut producer = start.start();
        producer.ok("attach");
        let prefix = format!("ttmem.{}.", producer.pid());
        let own = |path: &PathBuf| {
            path.file_name()
                .is_some_and(|name| name.to_string_lossy().starts_with(&prefix))
        };
        let paths = std::fs::read_dir(SHM).expect("shared memory can be listed");
        let mut paths = paths.map(|entry| entry.expect("it can be listed").path());
        let path = paths.find(own).expect("an attached producer has a segment");
        Self { producer, path }
    }

    /// Its segment's file.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Its segment, attached by name.
    pub(crate) fn source(&self) -> Source {
        by_name(&self.path)
    }
}

impl Drop for Named {
    fn drop(&mut self) {
        self.producer.kill();
        let _ = std::fs::remove_file(&self.path);
    }
}

/// A copy of some file as shared memory; removed on drop.
pub(crate) struct Copied(PathBuf);

impl Copied {
    /// Copies it under a name that no producer takes.
    pub(crate) fn of(path: &Path) -> Self {
        static NUMBER: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let name = format!("ttmem-second-reader.{}.{number}", std::process::id());
        let copy = Self(Path::new(SHM).join(name));
        std::fs::copy(path, &copy.0).expect("a segment can be copied");
        copy
    }

    /// The copy, attached by name.
    pub(crate) fn source(&self) -> Source {
        by_name(&self.0)
    }
}

impl Drop for Copied {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

fn by_name(path: &Path) -> Source {
    let name = path.file_name().and_then(|name| name.to_str());
    let source = Source::shared(name.expect("a segment has a name"));
    source.unwrap_or_else(|refusal| panic!("{refusal}"))
}
