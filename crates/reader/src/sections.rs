//! Copying entries out of a section.

use crate::error::ReadError;
use crate::layout_check::Sections;
use ttmem_layout::{Section, SectionKind};
use ttmem_region::ByteSource;
use zerocopy::FromBytes;

/// A checked segment's bytes, by section and entry.
pub(crate) struct Bytes {
    source: Box<dyn ByteSource + Send + Sync>,
    sections: Sections,
}

impl Bytes {
    pub(crate) fn new(source: Box<dyn ByteSource + Send + Sync>, sections: Sections) -> Self {
        Self { source, sections }
    }

    pub(crate) fn count(&self, kind: SectionKind) -> u64 {
        self.sections.of(kind).count
    }

    /// Copies `count` entries from index `from`; fewer if the section ends before.
    ///
    /// All in one call, in ascending order. The fence keeps a later call's bytes later also where
    /// the processor may reorder loads.
    pub(crate) fn entries<T: FromBytes>(
        &self,
        kind: SectionKind,
        from: u64,
        count: u64,
    ) -> Result<Vec<T>, ReadError> {
        let section: Section = self.sections.of(kind);
        let count = count.min(section.count.saturating_sub(from));
        if count == 0 {
            // Nothing to read, wherever it would be.
            return Ok(Vec::new());
        }
        let stride = section.entry_size as usize;
        let mut buffer = vec![0; count as usize * stride];
        self.source
            .read_at(section.offset + from * stride as u64, &mut buffer)?;
        std::sync::atomic::fence(std::sync::atomic::Ordering::Acquire);
        let known = size_of::<T>().min(stride);
        Ok(buffer
            .chunks_exact(stride)
            .filter_map(|entry| T::read_from_bytes(&entry[..known]).ok())
            .collect())
    }

    /// Every entry of a section.
    pub(crate) fn all<T: FromBytes>(&self, kind: SectionKind) -> Result<Vec<T>, ReadError> {
        self.entries(kind, 0, self.count(kind))
    }

    /// One entry; none if there is none with this index.
    pub(crate) fn one<T: FromBytes>(
        &self,
        kind: SectionKind,
        index: u64,
    ) -> Result<Option<T>, ReadError> {
        Ok(self.entries(kind, index, 1)?.into_iter().next())
    }
}
