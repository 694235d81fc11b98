//! One file with every segment as it stood (`spec/saved-file.md`): written by `ttmem save`, read by every
//! command in place of a live host.

mod black_box;
mod collected;
mod file_name;
#[cfg(test)]
mod hostile;
mod inflate;
mod manifest;
mod memory;
mod opened;
mod progress;
mod stoppable;
mod unfinished;
mod unusable;

pub(crate) use black_box::keep;
pub(crate) use collected::{Collected, may_write};
pub(crate) use file_name::file_name;
pub(crate) use opened::Saved;
pub(crate) use progress::Progress;
pub(crate) use unfinished::Unfinished;
pub(crate) use unusable::Unusable;

/// How a saved file begins.
const MAGIC: [u8; 8] = *b"TTMEMSAV";
/// Read this one only.
const MAJOR: u16 = 1;
/// Read any of these.
const MINOR: u16 = 0;
/// Bytes before the manifest.
const HEADER: usize = 24;
/// Bytes of the longest manifest: some ten thousand segments.
const LONGEST_MANIFEST: u32 = 16 << 20;
