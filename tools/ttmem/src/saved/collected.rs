//! Copies of segments, and the file they go into.

use super::manifest::{Entry, Manifest, Missing};
use super::memory::memory_left;
use super::stoppable::Stoppable;
use super::unfinished::Unfinished;
use super::{HEADER, LONGEST_MANIFEST, MAGIC, MAJOR, MINOR};
use crate::quantity::size;
use crate::select::Select;
use crate::source::{host_name, may_be_wanted, now_ns};
use anyhow::{Context, bail, ensure};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;
use tempfile::SpooledTempFile;
use ttmem_layout::ChipSet;
use ttmem_reader::{ReadError, Segment, State, Unreadable};

/// Compression that costs less time than copying: most of a segment is empty or repeats itself.
const LEVEL: i32 = 3;

/// Bytes of compressed segments that are kept in memory until the file is written; more of them go to a
/// temporary file, for what tells of them stands before them.
const IN_MEMORY: usize = 32 << 20;

/// Segments that were copied, compressed.
pub(crate) struct Collected {
    manifest: Manifest,
    frames: SpooledTempFile,
    /// Bytes of those that are whole.
    stored: u64,
    /// Processes that are in it.
    pub(crate) pids: Vec<u32>,
    /// Devices that were asked for and that somebody uses.
    pub(crate) chips: ChipSet,
}

impl Collected {
    /// Nothing yet, of what is in `directory`.
    pub(crate) fn new(directory: &Path) -> Self {
        Self {
            manifest: Manifest {
                host: host_name(),
                time_ns: now_ns(),
                ttmem: env!("CARGO_PKG_VERSION").to_owned(),
                directory: directory.to_string_lossy().into_owned(),
                segments: Vec::new(),
                unreadable: Vec::new(),
            },
            frames: tempfile::spooled_tempfile(IN_MEMORY),
            stored: 0,
            pids: Vec::new(),
            chips: ChipSet::EMPTY,
        }
    }

    /// Copies all that `select` asks for in `directory`, and tells the `progress`: how many segments have
    /// been seen to, of how many.
    pub(crate) fn gather(
        directory: &Path,
        select: &Select,
        progress: impl Fn(usize, usize),
    ) -> anyhow::Result<Self> {
        // The error's own sentence names the directory and the reason; its chain would repeat it.
        let scan = ttmem_reader::scan(directory).map_err(|error| anyhow::anyhow!("{error}"))?;
        let mut collected = Self::new(directory);
        let asked = scan.unreadable.iter();
        for one in asked.filter(|one| may_be_wanted(one, select)) {
            collected.note_unreadable(one);
        }
        let of = scan.segments.len();
        for (done, segment) in (1..).zip(scan.segments) {
            progress(done, of);
            let taken = match collected.wants(select, &segment) {
                Ok(true) => collected.add(&segment),
                Ok(false) => Ok(()),
                Err(error) => Err(error.into()),
            };
            if let Err(error) = taken {
                collected.note_unreadable(&Unreadable {
                    path: segment.path().to_owned(),
                    uid: Some(segment.identity().uid),
                    reason: error.to_string(),
                });
            }
        }
        collected.manifest.time_ns = now_ns();
        Ok(collected)
    }

    /// Copies one segment.
    pub(crate) fn add(&mut self, segment: &Segment) -> anyhow::Result<()> {
        self.add_within(segment, memory_left())
    }

    /// Copies one segment if so much memory has room for it: a file with holes claims any length for
    /// nothing.
    fn add_within(&mut self, segment: &Segment, left: u64) -> anyhow::Result<()> {
        let length = segment.length();
        ensure!(
            length <= left,
            "it is {} long, and there are {} of memory left to copy it",
            size(length),
            size(left)
        );
        let copy = segment.copy()?;
        let frame = compress(&copy.bytes)?;
        // Where one was cut off, as on a full disk, the next takes its place.
        self.frames
            .seek(SeekFrom::Start(self.stored))
            .and_then(|_| self.frames.write_all(&frame))
            .context("its copy cannot be kept")?;
        self.stored += frame.len() as u64;
        let preserved = copy.preserved;
        self.manifest.segments.push(Entry {
            name: segment.name().to_owned(),
            state: preserved.state.into(),
            uid: preserved.owner,
            moving: preserved.moving,
            copied_ns: preserved.copied_ns,
            tick_scale: preserved.tick_scale,
            complete_before: preserved.complete_before,
            bytes: copy.bytes.len() as u64,
            stored_bytes: frame.len() as u64,
            stored_crc32: crc32fast::hash(&frame),
        });
        self.pids.push(segment.identity().pid);
        Ok(())
    }

    /// Whether a segment is asked for. Which devices it has is in its counters.
    fn wants(&mut self, select: &Select, segment: &Segment) -> Result<bool, ReadError> {
        let wanted = select.wants_process(segment.identity());
        if select.devices.is_empty() {
            return Ok(wanted);
        }
        let devices = match segment.glance() {
            Ok(glance) => glance.devices,
            Err(_) if !wanted => return Ok(false),
            Err(error) => return Err(error),
        };
        let chips = devices.iter().filter_map(|one| ChipSet::of(one.info.chip));
        let asked = chips.fold(ChipSet::EMPTY, ChipSet::or).and(select.chips());
        self.chips = self.chips.or(asked);
        Ok(wanted && !asked.is_empty())
    }

    fn note_unreadable(&mut self, one: &Unreadable) {
        self.manifest.unreadable.push(Missing {
            path: one.path.to_string_lossy().into_owned(),
            uid: one.uid,
            reason: one.reason.clone(),
        });
    }

    /// When it was saved, nanoseconds since 1970.
    pub(crate) const fn time_ns(&self) -> i64 {
        self.manifest.time_ns
    }

    /// What could not be read, as sentences.
    pub(crate) fn complaints(&self) -> impl Iterator<Item = String> {
        let unreadable = self.manifest.unreadable.iter();
        unreadable.map(|one| format!("cannot read {}: {}", one.path, one.reason))
    }

    /// How many segments there are of a state.
    pub(crate) fn count(&self, state: State) -> u64 {
        let segments = self.manifest.segments.iter();
        segments.filter(|one| one.state == state.into()).count() as u64
    }

    /// How many segments went on changing while they were copied.
    pub(crate) fn moving(&self) -> u64 {
        let segments = self.manifest.segments.iter();
        segments.filter(|one| one.moving).count() as u64
    }

    /// Bytes of all segments.
    pub(crate) fn bytes(&self) -> u64 {
        self.manifest.segments.iter().map(|one| one.bytes).sum()
    }

    /// Writes the file, so that it is there as a whole or not at all, and tells how long it is. One that is
    /// there already is replaced with `force` only. Once it is told to `stop`, nothing is left of it.
    pub(crate) fn write_file(
        &mut self,
        path: &Path,
        force: bool,
        stop: &dyn Fn() -> bool,
    ) -> anyhow::Result<u64> {
        let cannot = || format!("cannot write {}", path.display());
        may_write(path, force)?;
        let directory = match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        let mut file = Unfinished::begin(directory, force).with_context(cannot)?;
        let mut out = Stoppable {
            out: file.file(),
            stop,
        };
        let length = self.write(&mut out).with_context(cannot)?;
        file.finish(path, force).with_context(cannot)?;
        Ok(length)
    }

    /// Writes the same to a stream.
    pub(crate) fn write(&mut self, out: &mut impl Write) -> io::Result<u64> {
        let manifest = serde_json::to_vec(&self.manifest)?;
        let length = u32::try_from(manifest.len())
            .ok()
            .filter(|length| *length <= LONGEST_MANIFEST)
            .ok_or_else(|| io::Error::other("there are too many segments for one file"))?;
        let mut header = Vec::with_capacity(HEADER);
        header.extend(MAGIC);
        header.extend(MAJOR.to_le_bytes());
        header.extend(MINOR.to_le_bytes());
        header.extend(length.to_le_bytes());
        header.extend(crc32fast::hash(&manifest).to_le_bytes());
        header.extend(crc32fast::hash(&header).to_le_bytes());
        out.write_all(&header)?;
        out.write_all(&manifest)?;
        self.frames.rewind()?;
        io::copy(&mut (&mut self.frames).take(self.stored), out)?;
        out.flush()?;
        Ok((header.len() + manifest.len()) as u64 + self.stored)
    }
}

/// Refuses to replace what is there, but for a regular file with `force`.
pub(crate) fn may_write(path: &Path, force: bool) -> anyhow::Result<()> {
    match std::fs::symlink_metadata(path) {
        Err(_) => Ok(()),
        Ok(_) if !force => bail!("{} is there already", path.display()),
        Ok(there) if !there.is_file() => {
            bail!("{} is no regular file, and is left alone", path.display())
        }
        Ok(_) => Ok(()),
    }
}

fn compress(bytes: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut compressor = zstd::bulk::Compressor::new(LEVEL)?;
    compressor.include_checksum(true)?;
    compressor
        .compress(bytes)
        .with_context(|| format!("cannot compress {}", size(bytes.len() as u64)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::sample;
    use std::cell::Cell;

    #[test]
    fn a_segment_that_memory_has_no_room_for_is_not_copied() {
        let segment = sample::segment();
        let mut collected = Collected::new(Path::new("/dev/shm"));
        let error = collected.add_within(&segment, segment.length() - 1);
        let error = error.unwrap_err().to_string();
        assert!(error.contains("of memory left to copy it"), "{error}");
        assert_eq!(collected.bytes(), 0);
        collected.add_within(&segment, segment.length()).unwrap();
        assert_eq!(collected.bytes(), segment.length());
    }

    #[test]
    fn interrupted_it_leaves_nothing() {
        let mut collected = Collected::new(Path::new("/dev/shm"));
        collected.add(&sample::segment()).unwrap();
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("all.ttmem");
        let files = || std::fs::read_dir(dir.path()).unwrap().count();
        // The first part of it is written.
        let parts = Cell::new(0);
        let stop = || parts.replace(parts.get() + 1) > 0;
        let error = collected.write_file(&path, false, &stop).unwrap_err();
        assert!(format!("{error:#}").ends_with("interrupted"), "{error:#}");
        assert_eq!(files(), 0);
        // Nor does a death that nobody is told of: until it is whole there is no file.
        let at_work = || files() > 0;
        collected.write_file(&path, false, &at_work).unwrap();
        assert_eq!(files(), 1);
        assert!(collected.write_file(&path, false, &|| false).is_err());
        collected.write_file(&path, true, &|| false).unwrap();
        assert_eq!(files(), 1);
    }

    #[test]
    fn what_no_longer_fits_into_memory_is_written_all_the_same() {
        let mut collected = Collected::new(Path::new("/dev/shm"));
        collected.add(&sample::segment()).unwrap();
        let mut small = Vec::new();
        collected.write(&mut small).unwrap();
        collected.frames.roll().unwrap();
        let mut rolled = Vec::new();
        collected.write(&mut rolled).unwrap();
        assert!(rolled == small);
    }
}
