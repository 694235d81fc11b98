//! Copying entries out of a section.

use crate::error::ReadError;
use crate::layout_check::Sections;
use std::sync::atomic::{Ordering, fence};
use ttmem_layout::{Section, SectionKind};
use ttmem_region::ByteSource;
use zerocopy::{FromBytes, IntoBytes};

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

    /// Where a section is.
    pub(crate) fn section(&self, kind: SectionKind) -> Section {
        self.sections.of(kind)
    }

    /// Copies bytes as they are, wherever they belong. What is copied by a later call is later.
    pub(crate) fn raw(&self, offset: u64, buffer: &mut [u8]) -> Result<(), ReadError> {
        self.source.read_at(offset, buffer)?;
        fence(Ordering::Acquire);
        Ok(())
    }

    /// Copies entries from index `from` on into `entries`; the part of it that was filled is shorter
    /// if the section ends before.
    ///
    /// All in one call, in ascending order. The fence keeps a later call's bytes later also where
    /// the processor may reorder loads.
    pub(crate) fn fill<'a, T: FromBytes + IntoBytes>(
        &self,
        kind: SectionKind,
        from: u64,
        entries: &'a mut [T],
    ) -> Result<&'a mut [T], ReadError> {
        let section: Section = self.sections.of(kind);
        let there = section.count.saturating_sub(from);
        let count = entries
            .len()
            .min(usize::try_from(there).unwrap_or(usize::MAX));
        let entries = &mut entries[..count];
        if entries.is_empty() {
            // Nothing to read, wherever it would be.
            return Ok(entries);
        }
        let stride = section.entry_size as usize;
        let offset = section.offset + from * stride as u64;
        if stride == size_of::<T>() {
            self.source.read_at(offset, entries.as_mut_bytes())?;
        } else {
            self.fill_known_parts(offset, stride, entries)?;
        }
        fence(Ordering::Acquire);
        Ok(entries)
    }

    /// Entries of a newer minor version may be longer: what is known of them is their beginning. Those
    /// of an older one may be shorter: the rest stays as it is in `entries`.
    fn fill_known_parts<T: FromBytes + IntoBytes>(
        &self,
        offset: u64,
        stride: usize,
        entries: &mut [T],
    ) -> Result<(), ReadError> {
        let mut buffer = vec![0; entries.len() * stride];
        self.source.read_at(offset, &mut buffer)?;
        let known = size_of::<T>().min(stride);
        for (entry, bytes) in entries.iter_mut().zip(buffer.chunks_exact(stride)) {
            entry.as_mut_bytes()[..known].copy_from_slice(&bytes[..known]);
        }
        Ok(())
    }

    /// Copies `count` entries from index `from`; fewer if the section ends before.
    pub(crate) fn entries<T: FromBytes + IntoBytes>(
        &self,
        kind: SectionKind,
        from: u64,
        count: u64,
    ) -> Result<Vec<T>, ReadError> {
        let count = count.min(self.count(kind).saturating_sub(from));
        let mut entries = Vec::new();
        entries.resize_with(count as usize, T::new_zeroed);
        self.fill(kind, from, &mut entries)?;
        Ok(entries)
    }

    /// Every entry of a section.
    pub(crate) fn all<T: FromBytes + IntoBytes>(
        &self,
        kind: SectionKind,
    ) -> Result<Vec<T>, ReadError> {
        self.entries(kind, 0, self.count(kind))
    }

    /// One entry; none if there is none with this index.
    pub(crate) fn one<T: FromBytes + IntoBytes>(
        &self,
        kind: SectionKind,
        index: u64,
    ) -> Result<Option<T>, ReadError> {
        let mut entry = [T::new_zeroed()];
        let filled = !self.fill(kind, index, &mut entry)?.is_empty();
        let [entry] = entry;
        Ok(filled.then_some(entry))
    }
}
