//! A saved file, open for reading. Trusts nothing in it.

use super::inflate::inflate;
use super::manifest::{Entry, Manifest};
use super::memory::memory_left;
use super::{HEADER, LONGEST_MANIFEST, MAGIC, MAJOR, Unusable};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use ttmem_reader::{LONGEST, Preserved, Scan, Segment, Unreadable};

/// A saved file: segments that stay as they stood.
#[derive(Debug)]
pub(crate) struct Saved {
    /// Where it is.
    pub(crate) path: PathBuf,
    /// Name of the host that was saved.
    pub(crate) host: String,
    /// When, nanoseconds since 1970, UTC.
    pub(crate) time_ns: i64,
    segments: Vec<Held>,
    unreadable: Vec<Unreadable>,
}

/// One segment's bytes.
#[derive(Debug)]
struct Held {
    path: PathBuf,
    bytes: Arc<Vec<u8>>,
    preserved: Preserved,
}

impl Saved {
    /// Reads a saved file; `-` is standard input.
    pub(crate) fn open(path: &Path) -> Result<Self, Unusable> {
        if path == Path::new("-") {
            return Self::read(path, &mut io::stdin().lock());
        }
        let file = File::open(path)?;
        if file.metadata()?.is_dir() {
            return Err(io::Error::from(io::ErrorKind::IsADirectory).into());
        }
        Self::read(path, &mut io::BufReader::new(file))
    }

    /// Reads from front to back, so that it may come through a pipe.
    pub(super) fn read(path: &Path, from: &mut impl Read) -> Result<Self, Unusable> {
        let manifest = manifest(from)?;
        let mut names = BTreeSet::new();
        let mut wanted = 0_u64;
        for entry in &manifest.segments {
            if entry.bytes > LONGEST || entry.stored_bytes > LONGEST {
                return damaged(format!("{} is said to be too long", entry.name));
            }
            if !names.insert(&entry.name) {
                return damaged(format!("{} is in it twice", entry.name));
            }
            wanted = wanted.saturating_add(entry.bytes);
        }
        let left = memory_left();
        if wanted > left {
            return Err(Unusable::TooLarge { wanted, left });
        }
        let mut saved = Self {
            path: path.to_owned(),
            host: manifest.host,
            time_ns: manifest.time_ns,
            segments: Vec::new(),
            unreadable: Vec::new(),
        };
        for one in manifest.unreadable {
            saved.unreadable.push(Unreadable {
                path: one.path.into(),
                uid: one.uid,
                reason: one.reason,
            });
        }
        for entry in &manifest.segments {
            let frame = take(from, entry.stored_bytes, "a segment")?;
            saved.add(entry, &frame);
        }
        if from.read(&mut [0])? > 0 {
            return damaged("there is something behind its end".to_owned());
        }
        Ok(saved)
    }

    /// Takes in one segment. One that is damaged hides none of the others.
    fn add(&mut self, entry: &Entry, frame: &[u8]) {
        let path = self.path.join(&entry.name);
        let bytes = if crc32fast::hash(frame) == entry.stored_crc32 {
            inflate(frame, entry.bytes)
        } else {
            Err("its checksum does not match".to_owned())
        };
        match bytes {
            Ok(bytes) => self.segments.push(Held {
                path,
                bytes: Arc::new(bytes),
                preserved: entry.preserved(),
            }),
            Err(reason) => self.unreadable.push(Unreadable {
                path,
                uid: entry.uid,
                reason: format!("it is damaged in the saved file: {reason}"),
            }),
        }
    }

    /// The segments, but for those that are `known`, and what could not be read, now or then.
    pub(crate) fn scan(&self, known: impl Fn(&Path) -> bool) -> Scan {
        let mut scan = Scan {
            segments: Vec::new(),
            unreadable: self.unreadable.clone(),
            known: Vec::new(),
        };
        for held in &self.segments {
            if known(&held.path) {
                scan.known.push(held.path.clone());
                continue;
            }
            let preserved = held.preserved.clone();
            match Segment::preserved(&held.path, Arc::clone(&held.bytes), preserved) {
                Ok(segment) => scan.segments.push(segment),
                Err(error) => scan.unreadable.push(Unreadable {
                    path: held.path.clone(),
                    uid: held.preserved.owner,
                    reason: error.to_string(),
                }),
            }
        }
        scan
    }
}

/// Reads the header and what it speaks of.
fn manifest(from: &mut impl Read) -> Result<Manifest, Unusable> {
    let mut header = Vec::new();
    from.take(HEADER as u64).read_to_end(&mut header)?;
    if header.is_empty() {
        return Err(Unusable::Empty);
    }
    let begun = header.len().min(MAGIC.len());
    if header[..begun] != MAGIC[..begun] {
        return Err(match header.get(..MAGIC.len()) {
            Some(magic) if magic == ttmem_layout::MAGIC => Unusable::Segment,
            _ => Unusable::Foreign,
        });
    }
    if header.len() < HEADER {
        return Err(Unusable::Truncated("its header"));
    }
    let half = |at: usize| u16::from_le_bytes([header[at], header[at + 1]]);
    let word = |at: usize| u32::from(half(at)) | u32::from(half(at + 2)) << 16;
    let (major, minor, length) = (half(8), half(10), word(12));
    // Asked before anything else: a newer one may be made otherwise from here on.
    if major != MAJOR {
        return Err(Unusable::Version { major, minor });
    }
    if word(20) != crc32fast::hash(&header[..20]) {
        return damaged("the checksum of its header does not match".to_owned());
    }
    if length > LONGEST_MANIFEST {
        return damaged("its table of contents is said to be too long".to_owned());
    }
    let manifest = take(from, length.into(), "its table of contents")?;
    if word(16) != crc32fast::hash(&manifest) {
        return damaged("the checksum of its table of contents does not match".to_owned());
    }
    serde_json::from_slice(&manifest)
        .or_else(|error| damaged(format!("its table of contents makes no sense: {error}")))
}

/// Reads so many bytes. Memory grows with what is there, not with what is claimed.
fn take(from: &mut impl Read, length: u64, what: &'static str) -> Result<Vec<u8>, Unusable> {
    let mut bytes = Vec::new();
    from.take(length).read_to_end(&mut bytes)?;
    if (bytes.len() as u64) < length {
        return Err(Unusable::Truncated(what));
    }
    Ok(bytes)
}

fn damaged<T>(what: String) -> Result<T, Unusable> {
    Err(Unusable::Damaged(what))
}
