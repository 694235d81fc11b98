//! Two live ranges of one buffer type that lie on one another. Within a pool the live table cannot
//! hold them, so they are always of two pools: a mesh and a submesh that both believe an address free.

use super::Seen;
use crate::select::Select;
use std::collections::BTreeMap;
use ttmem_layout::{BufferType, ChipSet, PoolKind};
use ttmem_reader::{Buffer, PoolInfo, Snapshot};

/// Two allocations of one process that share addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Overlap {
    /// The process.
    pub(crate) pid: u32,
    /// The chips on which they do.
    pub(crate) chips: ChipSet,
    /// Their buffer type.
    pub(crate) buffer_type: BufferType,
    /// Address and sequence of the one that begins first.
    pub(crate) first: (u64, u64),
    /// Address and sequence of the other.
    pub(crate) second: (u64, u64),
    /// Bytes they share on each bank or core.
    pub(crate) bytes: u64,
}

impl Overlap {
    /// For people.
    pub(crate) fn sentence(&self) -> String {
        format!(
            "pid {}: two live {} ranges of different pools overlap by {} on device {}: {:#x} \
             (sequence {}) and {:#x} (sequence {})",
            self.pid,
            self.buffer_type.name(),
            crate::quantity::size(self.bytes),
            crate::value::ranges(self.chips),
            self.first.0,
            self.first.1,
            self.second.0,
            self.second.1
        )
    }
}

/// Whether there may be overlaps at all: two pools with allocations of one type on one chip. Tells
/// from the totals alone whether it is worth looking at each allocation.
pub(crate) fn is_possible(summary: &Snapshot, select: &Select) -> bool {
    let wanted = |one: &BufferType| select.wants_type(*one);
    BufferType::ALL
        .into_iter()
        .filter(wanted)
        .any(|buffer_type| {
            let mut covered = ChipSet::EMPTY;
            let pools = summary.pools.iter().filter(|pool| is_allocator(pool));
            pools
                .filter(|pool| pool.buffers[buffer_type as usize] > 0)
                .any(|pool| {
                    let chips = pool.chips.and(select.chips());
                    let meets = !covered.and(chips).is_empty();
                    covered = covered.or(chips);
                    meets
                })
        })
}

/// Programs take turns on the same addresses: that is what their pools are for.
fn is_allocator(pool: &PoolInfo) -> bool {
    pool.kind != Some(PoolKind::Programs)
}

/// The overlaps of one process. For each range the one that reaches furthest into it is named: that
/// finds every range concerned in n log n, however hostile the segment.
pub(super) fn find(seen: &Seen<'_>, chips: ChipSet, select: &Select) -> Vec<Overlap> {
    let programs: Vec<u16> = seen
        .snapshot
        .pools
        .iter()
        .filter(|pool| !is_allocator(pool))
        .map(|pool| pool.index)
        .collect();
    let mut ranges: Vec<&Buffer> = seen
        .snapshot
        .buffers
        .iter()
        .filter(|one| select.wants_type(one.buffer_type) && !programs.contains(&one.pool))
        .filter(|one| one.per_bank > 0 && !one.chips.and(chips).is_empty())
        .collect();
    if ranges.windows(2).all(|pair| pair[0].pool == pair[1].pool) {
        return Vec::new();
    }
    ranges.sort_by_key(|one| (one.buffer_type, one.address, one.sequence));

    let mut found: BTreeMap<(u64, u64), Overlap> = BTreeMap::new();
    for chip in chips.iter() {
        let mut reach = Reach::default();
        for range in ranges
            .iter()
            .copied()
            .filter(|one| one.chips.contains(chip))
        {
            if let Some(under) = reach.of_another_pool(range) {
                let bytes = end(under).min(end(range)) - range.address;
                let overlap = found
                    .entry((under.sequence, range.sequence))
                    .or_insert_with(|| Overlap {
                        pid: seen.identity.pid,
                        chips: ChipSet::EMPTY,
                        buffer_type: range.buffer_type,
                        first: (under.address, under.sequence),
                        second: (range.address, range.sequence),
                        bytes,
                    });
                overlap.chips.0 |= 1 << chip;
            }
            reach.note(range);
        }
    }
    found.into_values().collect()
}

const fn end(range: &Buffer) -> u64 {
    range.address.saturating_add(range.per_bank)
}

/// The two ranges so far that reach furthest, of different pools.
#[derive(Default)]
struct Reach<'a> {
    furthest: Option<&'a Buffer>,
    next: Option<&'a Buffer>,
}

impl<'a> Reach<'a> {
    /// The range of another pool that reaches furthest into this one.
    fn of_another_pool(&self, range: &Buffer) -> Option<&'a Buffer> {
        [self.furthest, self.next]
            .into_iter()
            .flatten()
            .find(|one| {
                one.pool != range.pool
                    && one.buffer_type == range.buffer_type
                    && end(one) > range.address
            })
    }

    fn note(&mut self, range: &'a Buffer) {
        if self
            .furthest
            .is_some_and(|one| one.buffer_type != range.buffer_type)
        {
            *self = Self::default();
        }
        let reaches = |one: Option<&Buffer>| one.is_none_or(|one| end(range) > end(one));
        if reaches(self.furthest) {
            if self.furthest.is_some_and(|one| one.pool != range.pool) {
                self.next = self.furthest;
            }
            self.furthest = Some(range);
        } else if self.furthest.is_some_and(|one| one.pool != range.pool) && reaches(self.next) {
            self.next = Some(range);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::sample;
    use ttmem_reader::State;

    /// Ranges as (pool, chips, address, bytes per bank).
    fn overlaps(ranges: &[(u16, u64, u64, u64)]) -> Vec<(u64, u64, u64, u64)> {
        let mut seen = sample::seen(1, State::Running, &[]);
        for (at, &(pool, chips, address, per_bank)) in ranges.iter().enumerate() {
            let buffer = sample::buffer(at as u64 + 1, ChipSet(chips), address, per_bank);
            seen.snapshot.buffers.push(Buffer { pool, ..buffer });
        }
        find(&seen.seen(), ChipSet(u64::MAX), &Select::default())
            .into_iter()
            .map(|one| (one.first.0, one.second.0, one.chips.0, one.bytes))
            .collect()
    }

    #[test]
    fn a_submesh_on_its_parents_range_is_found_once_for_all_chips() {
        assert_eq!(
            overlaps(&[(0, 0b1111, 0x1000, 0x100), (1, 0b0110, 0x1080, 0x100)]),
            [(0x1000, 0x1080, 0b0110, 0x80)]
        );
    }

    #[test]
    fn neighbours_other_chips_and_one_pool_are_fine() {
        assert!(overlaps(&[(0, 1, 0x1000, 0x100), (1, 1, 0x1100, 0x100)]).is_empty());
        assert!(overlaps(&[(0, 1, 0x1000, 0x100), (1, 2, 0x1000, 0x100)]).is_empty());
        assert!(overlaps(&[(0, 1, 0x1000, 0x100), (0, 1, 0x1080, 0x100)]).is_empty());
    }

    #[test]
    fn a_long_range_is_remembered_behind_a_longer_one_of_the_same_pool() {
        let ranges = [
            (1, 1, 0x1000, 0x1000),
            (0, 1, 0x1800, 0x9000),
            (0, 1, 0x1900, 0x10),
            (0, 1, 0x3000, 0x10),
        ];
        let found = overlaps(&ranges);
        assert_eq!(
            found,
            [(0x1000, 0x1800, 1, 0x800), (0x1000, 0x1900, 1, 0x10)]
        );
    }

    #[test]
    fn ranges_at_the_end_of_the_address_space_do_no_harm() {
        assert_eq!(
            overlaps(&[(0, 1, u64::MAX - 1, 9), (1, 1, u64::MAX - 1, 9)]).len(),
            1
        );
    }
}
