//! Why a file is not read as a saved one.

use std::io;

/// Why a file is not read as a saved one.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unusable {
    /// It could not be opened or read.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// There is nothing in it.
    #[error("it is empty")]
    Empty,
    /// Made by something else.
    #[error("it was not made by 'ttmem save'")]
    Foreign,
    /// One segment, as it lies under the directory of segments.
    #[error("it is a single segment, not a file of 'ttmem save': name its directory with --dir")]
    Segment,
    /// Made by a version that this one does not understand.
    #[error(
        "it has format version {major}.{minor}; this ttmem reads version {}: use a ttmem of the same age \
         as the one that saved it",
        super::MAJOR
    )]
    Version {
        /// Major version found.
        major: u16,
        /// Minor version found.
        minor: u16,
    },
    /// It ends too early.
    #[error("it is cut short: it ends in the middle of {0}")]
    Truncated(&'static str),
    /// It contradicts itself.
    #[error("it is damaged: {0}")]
    Damaged(String),
    /// It would not fit.
    #[error("its segments take {} of memory, and {} is left", crate::quantity::size(*wanted), crate::quantity::size(*left))]
    TooLarge {
        /// Bytes of all segments.
        wanted: u64,
        /// Bytes of memory to be had.
        left: u64,
    },
}
