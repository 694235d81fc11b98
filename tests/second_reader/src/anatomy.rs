//! The section table of `segment.md`: where everything lies, checked before a byte of it is read.

use crate::refusal::Refusal;
use crate::source::Source;
use crate::structs::{
    CHUNK_RECORDS, Chunk, Device, Gauge, Group, Header, Pool, Process, Record, Section, Text,
};
use bytemuck::Pod;
use std::marker::PhantomData;

/// A section known to lie inside the file, of entries that begin with a `T`, or are the beginning of one.
pub(crate) struct Place<T> {
    offset: u64,
    entry_words: usize,
    count: usize,
    entries: PhantomData<T>,
}

impl<T: Pod> Place<T> {
    /// Number of entries.
    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// Copies all entries.
    pub(crate) fn all(&self, source: &Source) -> Result<Vec<T>, Refusal> {
        self.some(source, 0, self.count)
    }

    /// Copies `count` entries from `first` on.
    pub(crate) fn some(
        &self,
        source: &Source,
        first: usize,
        count: usize,
    ) -> Result<Vec<T>, Refusal> {
        let offset = self.offset + (first * self.entry_words * 8) as u64;
        let words = source.copy(offset, count * self.entry_words)?;
        let whole = words.chunks_exact(self.entry_words);
        // What a later minor version appended to an entry is passed over; what an earlier one did not
        // have yet is zero.
        let known = (size_of::<T>() / 8).min(self.entry_words);
        Ok(whole
            .map(|entry| {
                let mut value = T::zeroed();
                let bytes: &[u8] = bytemuck::cast_slice(&entry[..known]);
                bytemuck::bytes_of_mut(&mut value)[..bytes.len()].copy_from_slice(bytes);
                value
            })
            .collect())
    }

    /// Copies the one word at the beginning of entry `index`.
    pub(crate) fn first_word(&self, source: &Source, index: usize) -> Result<u64, Refusal> {
        let offset = self.offset + (index * self.entry_words * 8) as u64;
        Ok(source.copy(offset, 1)?[0])
    }
}

/// The header and the ten sections.
pub(crate) struct Anatomy {
    pub(crate) header: Header,
    pub(crate) process: Place<Process>,
    pub(crate) devices: Place<Device>,
    pub(crate) pools: Place<Pool>,
    pub(crate) groups: Place<Group>,
    pub(crate) gauges: Place<Gauge>,
    pub(crate) controls: Place<u64>,
    pub(crate) entries: Place<Record>,
    pub(crate) chunks: Place<Chunk>,
    pub(crate) records: Place<Record>,
    pub(crate) texts: Place<Text>,
}

impl Anatomy {
    /// That of `source`, if it holds together.
    pub(crate) fn of(source: &Source) -> Result<Self, Refusal> {
        let header = Header::of(source)?;
        let anatomy = Self {
            header,
            process: place(source, &header, 1, "process")?,
            devices: grown(source, &header, 2, "devices", 128)?,
            pools: place(source, &header, 3, "pools")?,
            groups: place(source, &header, 4, "groups")?,
            gauges: place(source, &header, 5, "gauges")?,
            controls: place(source, &header, 6, "live controls")?,
            entries: place(source, &header, 7, "live entries")?,
            chunks: place(source, &header, 8, "chunks")?,
            records: place(source, &header, 9, "records")?,
            texts: place(source, &header, 10, "texts")?,
        };
        if anatomy.process.count() != 1 {
            return Err(source.unlike("it has not exactly one process"));
        }
        if anatomy.controls.count() != anatomy.entries.count() {
            return Err(source.unlike("its live table has not one control word per entry"));
        }
        let records = anatomy.records.count() as u64;
        if !anatomy.chunks.count().is_power_of_two()
            || anatomy.chunks.count() as u64 * CHUNK_RECORDS != records
        {
            return Err(source.unlike("its ring is not a power of two of whole chunks"));
        }
        Ok(anatomy)
    }
}

/// A section whose entries are as long as in version 1.0, or longer.
fn place<T: Pod>(
    source: &Source,
    header: &Header,
    kind: u32,
    name: &str,
) -> Result<Place<T>, Refusal> {
    grown(source, header, kind, name, size_of::<T>())
}

/// A section whose entries had `least` bytes in version 1.0.
fn grown<T: Pod>(
    source: &Source,
    header: &Header,
    kind: u32,
    name: &str,
    least: usize,
) -> Result<Place<T>, Refusal> {
    let used = header.sections.iter().take(header.section_count as usize);
    let section = used
        .clone()
        .find(|section| section.kind == kind)
        .ok_or_else(|| source.unlike(format!("its {name} section is missing")))?;
    if !inside(section, source.length().min(header.segment_size)) {
        return Err(source.unlike(format!("its {name} section lies beyond the end")));
    }
    let size = section.entry_size as usize;
    if size < least || !size.is_multiple_of(8) || !section.offset.is_multiple_of(8) {
        return Err(source.unlike(format!("its {name} section has entries of {size} bytes")));
    }
    let count = usize::try_from(section.count)
        .map_err(|_| source.unlike(format!("its {name} section is too large for this machine")))?;
    Ok(Place {
        offset: section.offset,
        entry_words: size / 8,
        count,
        entries: PhantomData,
    })
}

fn inside(section: &Section, length: u64) -> bool {
    u64::from(section.entry_size)
        .checked_mul(section.count)
        .and_then(|bytes| bytes.checked_add(section.offset))
        .is_some_and(|end| end <= length)
}
