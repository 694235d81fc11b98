//! Whether a header is one this version can follow, before anything it says is used.

use crate::error::OpenError;
use ttmem_layout::{
    CHUNK_RECORDS, Chunk, Device, ENDIAN_MARK, Gauge, Group, HEADER_SIZE, Header, MAGIC, MAJOR,
    MAX_CHIPS, MAX_GROUPS, MAX_POOLS, MAX_SECTIONS, Plan, Pool, Process, Record, Section,
    SectionKind, Text, checksum, stash_slots,
};

/// How many times its size in version 1.0 an entry may have; bounds what a forged header of a sparse
/// file can make us read.
const MAX_GROWTH: usize = 4;

/// Most slots of a live table, with its stash.
const MOST_SLOTS: u64 = Plan::MAX_LIVE_SLOTS + stash_slots(Plan::MAX_LIVE_SLOTS);

/// Where the sections of a checked header are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sections {
    table: [Section; SectionKind::ALL.len()],
}

impl Sections {
    /// One of them. All are there, in range, and their entries at least as large as in version 1.0.
    pub(crate) fn of(&self, kind: SectionKind) -> Section {
        self.table[kind as usize - 1]
    }
}

/// Checks a header against itself and the length of its file.
pub(crate) fn check(header: &Header, bytes: &[u8], length: u64) -> Result<Sections, OpenError> {
    let damaged = |what: String| Err(OpenError::Damaged(what));
    if header.magic != MAGIC {
        return Err(OpenError::NotASegment);
    }
    if header.endian == ENDIAN_MARK.swap_bytes() {
        return Err(OpenError::Endianness);
    }
    if header.major != MAJOR {
        let (major, minor) = (header.major, header.minor);
        return Err(OpenError::Version {
            major,
            minor,
            known: MAJOR,
        });
    }
    if header.endian != ENDIAN_MARK {
        return damaged("its byte-order mark is none".into());
    }
    if header.header_size as usize != HEADER_SIZE {
        return damaged(format!("it claims to be {} bytes long", header.header_size));
    }
    if header.checksum != checksum(bytes) {
        return damaged("its checksum does not match".into());
    }
    if header.segment_size > length {
        return damaged(format!(
            "it speaks of {} bytes, the file has {length}",
            header.segment_size
        ));
    }
    let count = header.section_count as usize;
    if count > MAX_SECTIONS {
        return damaged(format!("it claims {count} sections"));
    }
    let mut table = [Section::default(); SectionKind::ALL.len()];
    for (entry, kind) in table.iter_mut().zip(SectionKind::ALL) {
        *entry = find(&header.sections[..count], kind, header.segment_size)?;
    }
    let sections = Sections { table };
    let controls = sections.of(SectionKind::LiveControls).count;
    let entries = sections.of(SectionKind::LiveEntries).count;
    let chunks = sections.of(SectionKind::Chunks).count;
    let records = sections.of(SectionKind::Records).count;
    if controls != entries {
        return damaged(format!(
            "{controls} control words for {entries} live entries"
        ));
    }
    if !chunks.is_power_of_two() || chunks.checked_mul(CHUNK_RECORDS) != Some(records) {
        return damaged(format!("{chunks} chunks for {records} records"));
    }
    Ok(sections)
}

fn find(table: &[Section], kind: SectionKind, size: u64) -> Result<Section, OpenError> {
    let damaged = |what: String| OpenError::Damaged(what);
    let name = kind.name();
    let section = *table
        .iter()
        .find(|section| section.kind == kind as u32)
        .ok_or_else(|| damaged(format!("the section of {name} is missing")))?;
    let (least, most) = expected(kind);
    let stride = section.entry_size;
    let sizes = least..=least * MAX_GROWTH;
    if !sizes.contains(&(stride as usize)) || !stride.is_multiple_of(8) {
        return Err(damaged(format!("entries of {name} are {stride} bytes")));
    }
    if section.count == 0 || section.count > most {
        return Err(damaged(format!("{} entries of {name}", section.count)));
    }
    let end = section
        .count
        .checked_mul(u64::from(stride))
        .and_then(|bytes| bytes.checked_add(section.offset));
    if section.offset < HEADER_SIZE as u64
        || !section.offset.is_multiple_of(8)
        || end.is_none_or(|end| end > size)
    {
        return Err(damaged(format!(
            "the section of {name} does not lie in the segment"
        )));
    }
    Ok(section)
}

/// Bytes of an entry in version 1.0, and the most entries there can be.
fn expected(kind: SectionKind) -> (usize, u64) {
    match kind {
        SectionKind::Process => (size_of::<Process>(), 1),
        SectionKind::Devices => (Device::LEAST_SIZE, MAX_CHIPS as u64),
        SectionKind::Pools => (size_of::<Pool>(), MAX_POOLS as u64),
        SectionKind::Groups => (size_of::<Group>(), MAX_GROUPS as u64),
        SectionKind::Gauges => (size_of::<Gauge>(), MAX_CHIPS as u64),
        SectionKind::LiveControls => (8, MOST_SLOTS),
        SectionKind::LiveEntries => (size_of::<Record>(), MOST_SLOTS),
        SectionKind::Chunks => (size_of::<Chunk>(), Plan::MAX_RING_RECORDS / CHUNK_RECORDS),
        SectionKind::Records => (size_of::<Record>(), Plan::MAX_RING_RECORDS),
        SectionKind::Texts => (size_of::<Text>(), 1 << 16),
    }
}
