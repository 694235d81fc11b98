//! What the live table adds up to, by pool and buffer type: kept up as allocations come and go, so that
//! nobody has to walk over all of them again.

use crate::totals::Summed;
use std::collections::BTreeMap;
use ttmem_layout::{BufferType, ChipSet, MAX_POOLS, Memory, Record, TYPES};

/// By pool and buffer type. Wide enough for whatever a forged segment says of as many slots as there
/// can be, so that what was added can be taken away again.
#[derive(Debug, Default)]
pub(crate) struct Sums {
    pools: Vec<[Sum; TYPES]>,
    /// Allocations in pools whose number none can have.
    homeless: u64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    occupied: u128,
    requested: u128,
    per_bank: u128,
    buffers: u64,
}

impl Sums {
    #[inline]
    pub(crate) fn add(&mut self, record: &Record) {
        match self.sum(record) {
            Some(sum) => {
                sum.occupied += u128::from(record.occupied());
                sum.requested += u128::from(record.requested);
                sum.per_bank += u128::from(record.per_bank);
                sum.buffers += 1;
            }
            None => self.homeless += 1,
        }
    }

    /// Takes away what was added before.
    #[inline]
    pub(crate) fn take_away(&mut self, record: &Record) {
        match self.sum(record) {
            Some(sum) => {
                sum.occupied -= u128::from(record.occupied());
                sum.requested -= u128::from(record.requested);
                sum.per_bank -= u128::from(record.per_bank);
                sum.buffers -= 1;
            }
            None => self.homeless -= 1,
        }
    }

    #[inline]
    fn sum(&mut self, record: &Record) -> Option<&mut Sum> {
        let pool = usize::from(record.pool);
        if pool >= self.pools.len() {
            if pool >= MAX_POOLS {
                return None;
            }
            self.pools.resize(pool + 1, Default::default());
        }
        self.pools[pool].get_mut(usize::from(record.buffer_type))
    }

    /// Allocations live in each pool, by number of the buffer type.
    pub(crate) fn buffers(&self, pool: u16) -> [u64; TYPES] {
        let sums = self.pools.get(usize::from(pool));
        sums.map_or([0; TYPES], |sums| sums.map(|sum| sum.buffers))
    }

    /// What each chip holds, given the chips of each pool, and how many allocations lie in pools that
    /// do not exist.
    pub(crate) fn by_chip(
        &self,
        chips_of: impl Fn(u16) -> ChipSet,
    ) -> (BTreeMap<u32, Summed>, u64) {
        let mut chips = BTreeMap::<u32, Summed>::new();
        let mut homeless = self.homeless;
        for (pool, sums) in (0..).zip(&self.pools) {
            let covered = chips_of(pool);
            for (buffer_type, sum) in BufferType::ALL.into_iter().zip(sums) {
                if sum.buffers == 0 {
                    continue;
                }
                if covered.is_empty() {
                    homeless = homeless.saturating_add(sum.buffers);
                }
                for chip in covered.iter() {
                    sum.count_in(chips.entry(chip).or_default(), buffer_type);
                }
            }
        }
        (chips, homeless)
    }
}

impl Sum {
    fn count_in(&self, chip: &mut Summed, buffer_type: BufferType) {
        let narrow = |sum: u128| u64::try_from(sum).unwrap_or(u64::MAX);
        let add = |total: &mut u64, sum: u128| *total = total.saturating_add(narrow(sum));
        let number = buffer_type as usize;
        add(&mut chip.bytes[number], self.occupied);
        add(&mut chip.requested[number], self.requested);
        add(&mut chip.buffers[number], self.buffers.into());
        if buffer_type.memory() == Memory::L1 {
            add(&mut chip.l1_core_bytes, self.per_bank);
        }
    }
}
