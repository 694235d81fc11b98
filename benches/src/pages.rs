//! Memory of the same sort as a segment's: a mapped file in the same directory, every page present.

use anyhow::{Context, Result};
use memmap2::{MmapOptions, MmapRaw};
use std::path::Path;

/// Creates a nameless file of `bytes` in `directory` and maps it with every page present: what a
/// segment cannot do without.
pub(crate) fn create_and_populate(directory: &Path, bytes: u64) -> Result<MmapRaw> {
    let file = tempfile::tempfile_in(directory)
        .with_context(|| format!("cannot create a file in {}", directory.display()))?;
    file.set_len(bytes).context("cannot size a file")?;
    let pages = MmapOptions::new().populate().map_raw(&file);
    pages.with_context(|| format!("cannot map {bytes} bytes in {}", directory.display()))
}
