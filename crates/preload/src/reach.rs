//! How far a program's regions reach on each core: a few different ends, each with its cores.

use crate::footprint::CoreMask;
use ttmem_producer::{CB_STEPS, CbStep};

/// Cores in a row of a mask.
const SIDE: u32 = 32;

/// The ends, each with the cores whose regions end there. No core is in two of them. Where there are
/// more different ends than can be kept, cores of the lowest ones count as reaching further.
#[derive(Clone, Copy)]
pub(crate) struct Reach {
    pub(crate) steps: [(u32, CoreMask); CB_STEPS],
}

const NO_CORES: CoreMask = [0; size_of::<CoreMask>() / 8];

impl Reach {
    /// Nothing yet.
    pub(crate) const NONE: Self = Self {
        steps: [(0, NO_CORES); CB_STEPS],
    };

    /// These cores have a region up to `end`.
    pub(crate) fn add(&mut self, end: u32, cores: &CoreMask) {
        let mut new = *cores;
        for (known, known_cores) in &mut self.steps {
            if *known >= end {
                remove(&mut new, known_cores);
            } else {
                remove(known_cores, &new);
            }
        }
        if count(&new) > 0 {
            self.insert(end, new);
        }
    }

    /// What another pass laid out on top.
    pub(crate) fn merge(&mut self, other: &Self) {
        for (end, cores) in &other.steps {
            self.add(*end, cores);
        }
    }

    /// Enters cores that are in no step.
    fn insert(&mut self, end: u32, cores: CoreMask) {
        let same = |step: &&mut (u32, CoreMask)| step.0 == end && count(&step.1) > 0;
        if let Some((_, known)) = self.steps.iter_mut().find(same) {
            return unite(known, &cores);
        }
        let mut left = (end, cores);
        // Highest first: what is pushed out at the end is the lowest, and joins the one above it.
        for step in &mut self.steps {
            if count(&step.1) == 0 {
                *step = left;
                left = (0, NO_CORES);
                break;
            }
            if step.0 < left.0 {
                std::mem::swap(step, &mut left);
            }
        }
        if let Some((_, lowest)) = self.steps.last_mut() {
            unite(lowest, &left.1);
        }
        self.steps
            .sort_unstable_by_key(|(end, cores)| std::cmp::Reverse((count(cores) > 0, *end)));
    }

    /// The highest end; 0 if there is none.
    pub(crate) fn end(&self) -> u32 {
        let used = self.steps.iter().filter(|(_, cores)| count(cores) > 0);
        used.map(|(end, _)| *end).max().unwrap_or(0)
    }

    /// Cores with a region.
    pub(crate) fn cores(&self) -> u32 {
        self.steps.iter().map(|(_, cores)| count(cores)).sum()
    }

    /// For the segment: the highest first.
    pub(crate) fn words(&self) -> [CbStep; CB_STEPS] {
        let mut steps = self.steps.map(|(end, cores)| CbStep {
            end: if count(&cores) > 0 { end } else { 0 },
            cores: u16::try_from(count(&cores)).unwrap_or(u16::MAX),
            x: first(&cores).map_or(0, |core| core % SIDE) as u8,
            y: first(&cores).map_or(0, |core| core / SIDE) as u8,
        });
        steps.sort_unstable_by_key(|step| std::cmp::Reverse(step.end));
        steps
    }
}

fn count(cores: &CoreMask) -> u32 {
    cores.iter().map(|word| word.count_ones()).sum()
}

fn first(cores: &CoreMask) -> Option<u32> {
    let at = cores.iter().position(|word| *word != 0)?;
    Some(at as u32 * 64 + cores.get(at)?.trailing_zeros())
}

fn remove(cores: &mut CoreMask, gone: &CoreMask) {
    cores
        .iter_mut()
        .zip(gone)
        .for_each(|(word, gone)| *word &= !gone);
}

fn unite(cores: &mut CoreMask, more: &CoreMask) {
    cores
        .iter_mut()
        .zip(more)
        .for_each(|(word, more)| *word |= more);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mask(cores: &[u32]) -> CoreMask {
        let mut mask = NO_CORES;
        for core in cores {
            mask[(core / 64) as usize] |= 1 << (core % 64);
        }
        mask
    }

    /// As (end, cores, first core).
    fn steps(reach: &Reach) -> Vec<(u32, u16, u32)> {
        let steps = reach.words().into_iter().filter(|step| step.end > 0);
        steps
            .map(|step| {
                (
                    step.end,
                    step.cores,
                    u32::from(step.y) * SIDE + u32::from(step.x),
                )
            })
            .collect()
    }

    #[test]
    fn a_core_reaches_as_far_as_its_furthest_region() {
        let mut reach = Reach::NONE;
        reach.add(100, &mask(&[0, 1, 2, 70]));
        reach.add(200, &mask(&[1]));
        reach.add(50, &mask(&[1, 2, 3]));
        assert_eq!(steps(&reach), [(200, 1, 1), (100, 3, 0), (50, 1, 3)]);
        assert_eq!((reach.end(), reach.cores()), (200, 5));
        reach.add(300, &mask(&[0, 1, 2, 3, 70]));
        assert_eq!(steps(&reach), [(300, 5, 0)]);
    }

    #[test]
    fn with_too_many_ends_the_lowest_count_as_reaching_further() {
        let mut reach = Reach::NONE;
        for core in 0..6 {
            reach.add(10 * (core + 1), &mask(&[core]));
        }
        assert_eq!(
            steps(&reach),
            [(60, 1, 5), (50, 1, 4), (40, 1, 3), (30, 3, 0)]
        );
        let mut reversed = Reach::NONE;
        for core in (0..6).rev() {
            reversed.add(10 * (core + 1), &mask(&[core]));
        }
        assert_eq!(steps(&reversed), steps(&reach));
    }

    #[test]
    fn two_passes_are_one_reach() {
        let mut reach = Reach::NONE;
        reach.add(100, &mask(&[0, 1]));
        let mut other = Reach::NONE;
        other.add(150, &mask(&[1, 2]));
        reach.merge(&other);
        assert_eq!(steps(&reach), [(150, 2, 1), (100, 1, 0)]);
    }
}
