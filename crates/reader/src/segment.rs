//! One segment, open for reading.

use crate::copy::{self, WholeCopy};
use crate::cursor::{Cursor, Start};
use crate::error::{OpenError, ReadError};
use crate::glance::Glance;
use crate::identity::identity_of;
use crate::layout_check;
use crate::look::Look;
use crate::model::{Identity, Snapshot, State};
use crate::preserved::Preserved;
use crate::sections::Bytes;
use crate::texts::Texts;
use crate::time_scale::TimeScale;
use std::fs::File;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use ttmem_layout::{HEADER_SIZE, Header, Process, SectionKind};
use ttmem_region::{ByteSource, Clock, FileSource, is_alive, open_for_reading};
use zerocopy::FromBytes;

/// One segment, open for reading. Stays readable after its name is gone.
pub struct Segment {
    path: PathBuf,
    name: String,
    header: Header,
    identity: Identity,
    /// To ask the kernel about the lock; none for bytes that are not a live file.
    file: Option<Arc<File>>,
    /// What its bytes do not say, if they are a copy.
    preserved: Option<Preserved>,
    bytes: Bytes,
    texts: Texts,
}

impl std::fmt::Debug for Segment {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Segment")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

impl Segment {
    /// Opens a segment by its path.
    ///
    /// # Errors
    /// When it is no segment, not one this version reads, or damaged in its header.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        let file = open_for_reading(path).map_err(|error| {
            // It refuses links by itself; this is for the wording.
            match std::fs::symlink_metadata(path) {
                Ok(meta) if meta.is_symlink() => OpenError::NotAFile("a symbolic link"),
                _ => OpenError::Open(error),
            }
        })?;
        let meta = file.metadata().map_err(OpenError::Open)?;
        if !meta.is_file() {
            return Err(OpenError::NotAFile(if meta.is_dir() {
                "a directory"
            } else {
                "no file"
            }));
        }
        if meta.nlink() > 1 {
            return Err(OpenError::NotAFile("a file with several names"));
        }
        let file = Arc::new(file);
        Self::from_source(
            path,
            Box::new(FileSource::new(Arc::clone(&file))),
            Some(file),
            None,
            Some(meta.uid()),
        )
    }

    /// Takes the bytes of a copy for the segment they were copied from, at the moment of the copy: it
    /// stays in the state it had then, and nothing of it changes any more.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn preserved(
        path: &Path,
        bytes: Arc<Vec<u8>>,
        preserved: Preserved,
    ) -> Result<Self, OpenError> {
        let owner = preserved.owner;
        Self::from_source(path, Box::new(bytes), None, Some(preserved), owner)
    }

    /// Takes bytes for a segment whose producer is gone.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn from_bytes(name: &Path, bytes: Vec<u8>) -> Result<Self, OpenError> {
        Self::from_source(name, Box::new(bytes), None, None, None)
    }

    fn from_source(
        path: &Path,
        source: Box<dyn ByteSource + Send + Sync>,
        file: Option<Arc<File>>,
        preserved: Option<Preserved>,
        owner: Option<u32>,
    ) -> Result<Self, OpenError> {
        let length = source.length().map_err(ReadError::from)?;
        if length < HEADER_SIZE as u64 {
            return Err(OpenError::NotASegment);
        }
        let mut buffer = vec![0; HEADER_SIZE];
        source.read_at(0, &mut buffer).map_err(ReadError::from)?;
        let header = Header::read_from_bytes(&buffer).map_err(|_| OpenError::NotASegment)?;
        let sections = layout_check::check(&header, &buffer, length)?;
        Ok(Self {
            path: path.to_owned(),
            name: path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned(),
            identity: identity_of(&header, owner),
            header,
            file,
            preserved,
            bytes: Bytes::new(source, sections),
            texts: Texts::default(),
        })
    }

    /// Its file name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where it was opened.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Who its producer is.
    pub const fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Whether the name it was opened by is still its own, and its only one. A copy never goes.
    pub fn is_where_it_was(&self) -> bool {
        if self.is_preserved() {
            return true;
        }
        let Some(file) = &self.file else { return false };
        let (Ok(named), Ok(open)) = (std::fs::symlink_metadata(&self.path), file.metadata()) else {
            return false;
        };
        (named.dev(), named.ino(), named.nlink()) == (open.dev(), open.ino(), 1)
    }

    /// Whether its producer is there, asked anew; of a copy, whether it was.
    ///
    /// # Errors
    /// When the file cannot be read or the kernel would not say.
    pub fn state(&self) -> Result<State, ReadError> {
        if let Some(preserved) = &self.preserved {
            return Ok(preserved.state);
        }
        // [detach] Whoever sees the farewell sees its time too.
        let process = self.bytes.one::<Process>(SectionKind::Process, 0)?;
        if process.is_some_and(|process| process.state == Process::DETACHED) {
            return Ok(State::Exited);
        }
        Ok(if self.is_held()? {
            State::Running
        } else {
            State::Dead
        })
    }

    /// Whether somebody holds the lock: then it may still be written.
    pub(crate) fn is_held(&self) -> Result<bool, ReadError> {
        match &self.file {
            Some(file) => is_alive(file).map_err(|errno| ReadError::Liveness(errno.into())),
            None => Ok(false),
        }
    }

    /// What it holds at this moment.
    ///
    /// # Errors
    /// When the file is shorter than its header says or cannot be read.
    pub fn snapshot(&self) -> Result<Snapshot, ReadError> {
        let mut look = Look::default();
        let found = look.at(self, true)?;
        let mut snapshot = found.summary(self)?;
        snapshot.buffers = found.buffers(&snapshot.scale);
        Ok(snapshot)
    }

    /// What it holds at this moment, but for the single buffers: the same figures, sooner.
    ///
    /// # Errors
    /// As [`Self::snapshot`].
    pub fn summary(&self) -> Result<Snapshot, ReadError> {
        Look::default().at(self, false)?.summary(self)
    }

    /// What its counters say at this moment, at a glance: neither the live table nor the ring is read.
    ///
    /// # Errors
    /// As [`Self::snapshot`].
    pub fn glance(&self) -> Result<Glance, ReadError> {
        Glance::at(self)
    }

    /// All its bytes, in a state that can be judged like the segment's own, with what they do not say by
    /// themselves.
    ///
    /// # Errors
    /// As [`Self::snapshot`], and when it is longer than [`crate::LONGEST`].
    pub fn copy(&self) -> Result<WholeCopy, ReadError> {
        copy::of(self)
    }

    /// A cursor over its events.
    ///
    /// # Errors
    /// As [`Self::snapshot`].
    pub fn cursor(&self, start: Start) -> Result<Cursor, ReadError> {
        Cursor::new(self, start)
    }

    /// How many records its ring has room for.
    pub fn ring_records(&self) -> u64 {
        self.bytes.count(SectionKind::Records)
    }

    pub(crate) const fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    pub(crate) const fn texts(&self) -> &Texts {
        &self.texts
    }

    /// How many bytes a copy of it takes.
    #[must_use]
    pub const fn length(&self) -> u64 {
        self.header.segment_size
    }

    pub(crate) const fn header(&self) -> &Header {
        &self.header
    }

    /// What its bytes do not say, if they are a copy.
    pub(crate) const fn as_preserved(&self) -> Option<&Preserved> {
        self.preserved.as_ref()
    }

    /// Whether it is a copy, of which nothing changes.
    pub(crate) const fn is_preserved(&self) -> bool {
        self.preserved.is_some()
    }

    pub(crate) fn time_scale(&self) -> TimeScale {
        if let Some(preserved) = &self.preserved {
            TimeScale::with_rate(&self.header, preserved.tick_scale)
        } else if self.file.is_some() {
            TimeScale::refined(&self.header)
        } else {
            TimeScale::of(&self.header)
        }
    }

    /// Of a running producer, the moment before which no event is missing from what is read from now on;
    /// none if that cannot be told, or if nothing is.
    pub(crate) fn complete_before(&self) -> Option<u64> {
        match &self.preserved {
            Some(preserved) => preserved.complete_before,
            None => Clock::from_number(self.header.clock).map(Clock::ticks),
        }
    }

    /// The clock its ticks are of, if this version knows it.
    pub const fn clock(&self) -> Option<Clock> {
        Clock::from_number(self.header.clock)
    }

    /// Whether its producer may know kinds and types that this version does not.
    pub(crate) const fn is_newer(&self) -> bool {
        self.header.minor > ttmem_layout::MINOR
    }
}
