//! What can be wrong, as sentences.

use std::io;
use std::path::PathBuf;
use ttmem_region::OutOfRange;

/// Why a file is not read as a segment.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// It could not be opened.
    #[error("it cannot be opened: {0}")]
    Open(io::Error),
    /// Not a regular file, or one with other names.
    #[error("it is {0}, not a segment")]
    NotAFile(&'static str),
    /// It does not begin like a segment.
    #[error("it is not a ttmem segment")]
    NotASegment,
    /// Made on a machine of other endianness.
    #[error("it was written on a machine of other byte order")]
    Endianness,
    /// Made by a version that this one does not understand.
    #[error(
        "it has layout version {major}.{minor}; this ttmem reads version {known}: use a ttmem of the same age as the program"
    )]
    Version {
        /// Major version found.
        major: u16,
        /// Minor version found.
        minor: u16,
        /// Major version known.
        known: u16,
    },
    /// The header contradicts itself or the file.
    #[error("its header is damaged: {0}")]
    Damaged(String),
    /// Reading failed or the file is too short.
    #[error(transparent)]
    Read(#[from] ReadError),
}

/// Why a part of a segment could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// Fewer bytes than the header speaks of, or a failed read.
    #[error(transparent)]
    Bytes(#[from] OutOfRange),
    /// Longer than a copy can be.
    #[error("it is {0} bytes long, more than any producer makes")]
    TooLong(u64),
    /// The kernel would not say whether the producer lives.
    #[error("whether its process is running cannot be told: {0}")]
    Liveness(io::Error),
}

/// Why a directory could not be searched.
#[derive(Debug, thiserror::Error)]
#[error("cannot read {}: {source}", directory.display())]
pub struct ScanError {
    /// Which.
    pub directory: PathBuf,
    /// Why.
    pub source: io::Error,
}
