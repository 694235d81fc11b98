//! The least an attacher does: open, map, read the header.
#![allow(unsafe_code)]

use anyhow::{Context, Result};
use memmap2::{MmapOptions, MmapRaw};
use std::fs::File;
use std::path::Path;
use ttmem_layout::HEADER_SIZE;

/// Words of a header.
const WORDS: usize = HEADER_SIZE / size_of::<u64>();

/// A mapped segment and its header. Gives back both when it is dropped.
pub(super) struct Mapped {
    _pages: MmapRaw,
    _header: [u64; WORDS],
}

impl Mapped {
    /// Opens `path`, maps all of it and copies its header.
    pub(super) fn open(path: &Path) -> Result<Self> {
        let file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
        let pages = MmapOptions::new()
            .map_raw_read_only(&file)
            .with_context(|| format!("cannot map {}", path.display()))?;
        anyhow::ensure!(pages.len() >= HEADER_SIZE, "a segment without a header");
        let start = pages.as_ptr().cast::<[u64; WORDS]>();
        // SAFETY: the mapping is page-aligned and at least as long as a header; the file is a segment
        // that a child of this process keeps at its full length. Any bytes are words.
        let header = unsafe { start.read_volatile() };
        Ok(Self {
            _pages: pages,
            _header: header,
        })
    }
}
