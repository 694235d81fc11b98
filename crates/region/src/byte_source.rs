//! Where a reader's bytes come from.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

/// Bytes that were asked for and are not there: the file is shorter than its own header says, or
/// reading it failed.
#[derive(Debug, thiserror::Error)]
pub enum OutOfRange {
    /// The source ends before the range does.
    #[error("it ends at byte {length}, before bytes {offset} to {end} that its header speaks of")]
    Short {
        /// Bytes there are.
        length: u64,
        /// First byte wanted.
        offset: u64,
        /// One past the last byte wanted.
        end: u64,
    },
    /// The read failed.
    #[error("reading it failed: {0}")]
    Io(#[from] io::Error),
}

/// Random access to the bytes of a segment, live or saved.
///
/// Each call copies. Words a producer is writing meanwhile may be caught before or after, in any
/// mix: the protocol's control words tell which copies hold (`spec/protocol.md`).
pub trait ByteSource {
    /// Bytes there are now.
    fn length(&self) -> Result<u64, OutOfRange>;
    /// Fills `buffer` from `offset`.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<(), OutOfRange>;
}

/// A file, read with `pread`.
#[derive(Debug)]
pub struct FileSource {
    file: Arc<File>,
}

impl FileSource {
    /// Reads from `file`, which others may hold too.
    pub const fn new(file: Arc<File>) -> Self {
        Self { file }
    }

    /// The file.
    pub fn file(&self) -> &File {
        &self.file
    }
}

impl ByteSource for FileSource {
    fn length(&self) -> Result<u64, OutOfRange> {
        Ok(self.file.metadata()?.len())
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<(), OutOfRange> {
        match self.file.read_exact_at(buffer, offset) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Err(OutOfRange::Short {
                length: self.length()?,
                offset,
                end: offset.saturating_add(buffer.len() as u64),
            }),
            done => Ok(done?),
        }
    }
}

impl<S: ByteSource + ?Sized> ByteSource for Arc<S> {
    fn length(&self) -> Result<u64, OutOfRange> {
        (**self).length()
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<(), OutOfRange> {
        (**self).read_at(offset, buffer)
    }
}

impl ByteSource for Vec<u8> {
    fn length(&self) -> Result<u64, OutOfRange> {
        Ok(self.len() as u64)
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<(), OutOfRange> {
        let end = offset.saturating_add(buffer.len() as u64);
        let range = usize::try_from(offset)
            .ok()
            .zip(usize::try_from(end).ok())
            .and_then(|(from, to)| self.get(from..to))
            .ok_or(OutOfRange::Short {
                length: self.len() as u64,
                offset,
                end,
            })?;
        buffer.copy_from_slice(range);
        Ok(())
    }
}
