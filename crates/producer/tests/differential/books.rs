//! What should be allocated, kept in the plainest way that can be right.

use std::collections::HashMap;
use ttmem_producer::BufferType;

/// Chips of each pool of the test: two single chips, a mesh over both, one over two more.
pub(crate) const POOL_CHIPS: [&[u32]; 4] = [&[0], &[1], &[0, 1], &[2, 3]];
pub(crate) const CHIPS: usize = 4;
const TYPES: usize = BufferType::ALL.len();

/// Pool (index into [`POOL_CHIPS`]), type, address.
pub(crate) type Key = (usize, BufferType, u64);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) requested: u64,
    pub(crate) per_bank: u64,
    pub(crate) banks: u16,
    pub(crate) refs: u64,
}

impl Held {
    const fn occupied(&self) -> u64 {
        self.per_bank * self.banks as u64
    }
}

/// Figures of one type on one chip.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) bytes: u64,
    pub(crate) peak: u64,
    pub(crate) allocs: u64,
    pub(crate) frees: u64,
}

#[derive(Default)]
pub(crate) struct Books {
    pub(crate) live: HashMap<Key, Held>,
    pub(crate) lines: [[Line; TYPES]; CHIPS],
    /// Bytes of one core's L1 and their peak.
    pub(crate) core: [(u64, u64); CHIPS],
    pub(crate) replaced: u64,
    pub(crate) bad_frees: u64,
}

/// What should become of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expected {
    Begun,
    Referenced,
    Replaced,
    Ended,
    Nothing,
}

impl Books {
    /// What an allocation would do.
    pub(crate) fn foresee(&self, key: Key, held: &Held) -> Expected {
        match self.live.get(&key) {
            None => Expected::Begun,
            Some(old) if old.requested == held.requested => Expected::Referenced,
            Some(_) => Expected::Replaced,
        }
    }

    pub(crate) fn alloc(&mut self, key: Key, held: Held) {
        match self.foresee(key, &held) {
            Expected::Referenced => {
                if let Some(old) = self.live.get_mut(&key) {
                    old.refs += 1;
                }
                return;
            }
            Expected::Replaced => {
                self.replaced += 1;
                self.end(key);
            }
            _ => {}
        }
        self.live.insert(key, held);
        for chip in POOL_CHIPS[key.0] {
            let chip = *chip as usize;
            let line = &mut self.lines[chip][key.1 as usize];
            line.bytes += held.occupied();
            line.peak = line.peak.max(line.bytes);
            line.allocs += 1;
            if in_l1(key.1) {
                let (bytes, peak) = &mut self.core[chip];
                *bytes += held.per_bank;
                *peak = (*peak).max(*bytes);
            }
        }
    }

    pub(crate) fn free(&mut self, key: Key) -> Expected {
        match self.live.get_mut(&key) {
            None => {
                self.bad_frees += 1;
                Expected::Nothing
            }
            Some(held) if held.refs > 1 => {
                held.refs -= 1;
                Expected::Referenced
            }
            Some(_) => {
                self.end(key);
                Expected::Ended
            }
        }
    }

    /// Ends everything in a pool.
    pub(crate) fn clear(&mut self, pool: usize) {
        let keys: Vec<Key> = self
            .live
            .keys()
            .copied()
            .filter(|key| key.0 == pool)
            .collect();
        keys.into_iter().for_each(|key| self.end(key));
    }

    fn end(&mut self, key: Key) {
        let Some(held) = self.live.remove(&key) else {
            return;
        };
        for chip in POOL_CHIPS[key.0] {
            let chip = *chip as usize;
            let line = &mut self.lines[chip][key.1 as usize];
            line.bytes -= held.occupied();
            line.frees += 1;
            if in_l1(key.1) {
                self.core[chip].0 -= held.per_bank;
            }
        }
    }
}

pub(crate) const fn in_l1(buffer_type: BufferType) -> bool {
    matches!(
        buffer_type,
        BufferType::L1 | BufferType::L1Small | BufferType::Cb | BufferType::Kernel
    )
}
