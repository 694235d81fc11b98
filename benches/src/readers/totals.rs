//! What passed through a ring, per chip and type: the totals an onlooker would keep.

use ttmem_layout::{ChipSet, MAX_CHIPS, Record, TYPES, flags};

/// What passed of one type on one chip.
#[derive(Clone, Copy, Default)]
struct Passed {
    allocs: u64,
    frees: u64,
    allocated: u64,
    freed: u64,
}

/// Totals over records.
pub(super) struct Totals {
    passed: Box<[[Passed; TYPES]; MAX_CHIPS]>,
}

impl Default for Totals {
    fn default() -> Self {
        Self {
            passed: Box::new([[Passed::default(); TYPES]; MAX_CHIPS]),
        }
    }
}

impl Totals {
    /// Adds a record, on each of its chips.
    #[inline]
    pub(super) fn add(&mut self, record: &Record, chips: ChipSet) {
        let (Some(kind), Some(buffer_type)) = (record.kind(), record.buffer_type()) else {
            return;
        };
        if record.flags & flags::NO_EFFECT != 0 {
            return;
        }
        let bytes = record.occupied();
        for chip in chips.iter() {
            let passed = &mut self.passed[chip as usize][buffer_type as usize];
            if kind.is_alloc() {
                passed.allocs += 1;
                passed.allocated = passed.allocated.wrapping_add(bytes);
            } else if kind.is_free() {
                passed.frees += 1;
                passed.freed = passed.freed.wrapping_add(bytes);
            }
        }
    }

    /// Allocations and frees in all.
    pub(super) fn events(&self) -> u64 {
        let types = self.passed.iter().flatten();
        types.map(|passed| passed.allocs + passed.frees).sum()
    }
}
