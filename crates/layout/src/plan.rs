//! How large a segment is and where each of its parts goes.

use crate::{
    BUCKET_SLOTS, CHUNK_RECORDS, Chunk, Device, Gauge, Group, HEADER_SIZE, MAX_CHIPS, MAX_GROUPS,
    MAX_POOLS, Pool, Process, Record, Section, SectionKind, Text, stash_slots,
};
use core::mem::size_of;

/// Sizes chosen for one segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Chunks of the ring; a power of two.
    chunks: u64,
    /// Slots of the live table; a power of two.
    live_slots: u64,
    /// Slots of the text table; a power of two.
    texts: u64,
}

/// A size that cannot be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlanError {
    /// Fewer or more ring records than a segment can have.
    RingRecords(u64),
    /// Fewer or more live slots than a segment can have.
    LiveSlots(u64),
}

/// One section of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SectionSpec {
    /// What it holds.
    pub kind: SectionKind,
    /// Bytes of an entry.
    pub entry_size: u32,
    /// Entries.
    pub count: u64,
    /// Bytes from the start of the segment.
    pub offset: u64,
}

impl Plan {
    /// Ring records unless told otherwise: 2 MiB of history.
    pub const DEFAULT_RING_RECORDS: u64 = 32_768;
    /// Live slots unless told otherwise: a model's few thousand buffers at a low load.
    pub const DEFAULT_LIVE_SLOTS: u64 = 32_768;
    /// Fewest ring records: eight chunks, so that a few threads can report at once.
    pub const MIN_RING_RECORDS: u64 = 8 * CHUNK_RECORDS;
    /// Most ring records: 4 GiB of history.
    pub const MAX_RING_RECORDS: u64 = 1 << 26;
    /// Fewest live slots.
    pub const MIN_LIVE_SLOTS: u64 = 512;
    /// Most live slots: as many as two bucket numbers of 24 bits can tell apart.
    pub const MAX_LIVE_SLOTS: u64 = 1 << 24;

    /// A plan with at least so many ring records and live slots, rounded up to powers of two.
    pub const fn new(ring_records: u64, live_slots: u64) -> Result<Self, PlanError> {
        if ring_records < 1 || ring_records > Self::MAX_RING_RECORDS {
            return Err(PlanError::RingRecords(ring_records));
        }
        if live_slots < 1 || live_slots > Self::MAX_LIVE_SLOTS {
            return Err(PlanError::LiveSlots(live_slots));
        }
        let records = at_least(ring_records.next_power_of_two(), Self::MIN_RING_RECORDS);
        let live_slots = at_least(live_slots.next_power_of_two(), Self::MIN_LIVE_SLOTS);
        // One text per 16 records, 2,048 by default; a mark is rarer than an allocation.
        let texts = at_least(records / 16, 256);
        let texts = if texts > 4096 { 4096 } else { texts };
        Ok(Self {
            chunks: records / CHUNK_RECORDS,
            live_slots,
            texts,
        })
    }

    /// The next smaller plan to try where space is short, if there is one.
    pub const fn smaller(self) -> Option<Self> {
        let records = self.ring_records();
        if records == Self::MIN_RING_RECORDS && self.live_slots == Self::MIN_LIVE_SLOTS {
            return None;
        }
        let records = at_least(records / 4, Self::MIN_RING_RECORDS);
        let slots = at_least(self.live_slots / 4, Self::MIN_LIVE_SLOTS);
        match Self::new(records, slots) {
            Ok(plan) => Some(plan),
            Err(_) => None,
        }
    }

    /// Records the ring holds.
    pub const fn ring_records(self) -> u64 {
        self.chunks * CHUNK_RECORDS
    }

    /// Chunks of the ring.
    pub const fn chunks(self) -> u64 {
        self.chunks
    }

    /// Slots of the live table, without its stash.
    pub const fn live_slots(self) -> u64 {
        self.live_slots
    }

    /// Slots of the text table.
    pub const fn texts(self) -> u64 {
        self.texts
    }

    /// The sections in the order in which they lie.
    pub fn sections(self) -> [SectionSpec; SectionKind::ALL.len()] {
        let mut offset = HEADER_SIZE as u64;
        let slots = self.live_slots + stash_slots(self.live_slots);
        SectionKind::ALL.map(|kind| {
            let (entry_size, count) = match kind {
                SectionKind::Process => (size_of::<Process>(), 1),
                SectionKind::Devices => (size_of::<Device>(), MAX_CHIPS as u64),
                SectionKind::Pools => (size_of::<Pool>(), MAX_POOLS as u64),
                SectionKind::Groups => (size_of::<Group>(), MAX_GROUPS as u64),
                SectionKind::Gauges => (size_of::<Gauge>(), MAX_CHIPS as u64),
                SectionKind::LiveControls => (size_of::<u64>(), slots),
                SectionKind::LiveEntries => (size_of::<Record>(), slots),
                SectionKind::Chunks => (size_of::<Chunk>(), self.chunks),
                SectionKind::Records => (size_of::<Record>(), self.ring_records()),
                SectionKind::Texts => (size_of::<Text>(), self.texts),
            };
            let spec = SectionSpec {
                kind,
                entry_size: entry_size as u32,
                count,
                offset,
            };
            // Every section's bytes are a multiple of a cache line, so the next one is aligned.
            offset += entry_size as u64 * count;
            spec
        })
    }

    /// The entries of the header's section table.
    pub fn table(self) -> [Section; SectionKind::ALL.len()] {
        self.sections().map(|spec| Section {
            kind: spec.kind as u32,
            entry_size: spec.entry_size,
            offset: spec.offset,
            count: spec.count,
            reserved: 0,
        })
    }

    /// Bytes of the whole segment, in whole pages.
    pub fn segment_size(self) -> u64 {
        let last = self.sections()[SectionKind::ALL.len() - 1];
        (last.offset + u64::from(last.entry_size) * last.count).next_multiple_of(4096)
    }
}

const fn at_least(value: u64, least: u64) -> u64 {
    if value < least { least } else { value }
}

// A bucket of control words is one cache line only if the section starts on one and is whole.
const _: () = assert!(Plan::MIN_LIVE_SLOTS.is_multiple_of(BUCKET_SLOTS as u64));
