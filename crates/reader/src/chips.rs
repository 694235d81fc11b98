//! Which chips a record's pool covers.

use crate::error::ReadError;
use crate::segment::Segment;
use ttmem_layout::{ChipSet, Pool, Record, SectionKind};

/// The chips of each pool seen so far. Those of a pool never change ([pool-publish]), so one that is
/// known need not be looked at again.
#[derive(Debug, Default)]
pub(crate) struct Chips {
    /// By index of the pool; none for one that was not there when it was looked for.
    pools: Vec<ChipSet>,
}

impl Chips {
    /// Learns of pools that came since the last time: once a call, however many records name one that
    /// does not exist.
    #[inline]
    pub(crate) fn look(&mut self, segment: &Segment, records: &[Record]) -> Result<(), ReadError> {
        if records
            .iter()
            .all(|record| !self.of(record.pool).is_empty())
        {
            return Ok(());
        }
        self.look_again(segment)
    }

    /// Reads which pools there are.
    #[cold]
    pub(crate) fn look_again(&mut self, segment: &Segment) -> Result<(), ReadError> {
        let pools = segment.bytes().all::<Pool>(SectionKind::Pools)?;
        self.pools.clear();
        self.pools.extend(pools.iter().map(|pool| pool.chips));
        Ok(())
    }

    /// The chips of this pool; none if there is none.
    #[inline]
    pub(crate) fn of(&self, pool: u16) -> ChipSet {
        self.pools
            .get(usize::from(pool))
            .copied()
            .unwrap_or(ChipSet::EMPTY)
    }
}
