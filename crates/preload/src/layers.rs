//! How much of each core a program's kernels take, as layers.
//!
//! The kernels of a core lie one after the other, in one block. Cut across all cores, at each height at
//! which some core's block ends, the blocks make layers: each so many bytes of each of so many cores.
//! Layers add up both ways: over the cores they are all the kernels' bytes, and piled up they are as high
//! as the fullest core's block.

use crate::footprint::{CORES, CoreRange};
use std::sync::atomic::{AtomicU64, Ordering};

/// Most layers of a program. One has as many as there are different heights: one for each different set
/// of kernels that a core has, a few. Where there are more, the lowest blocks count as higher.
pub(crate) const LAYERS: usize = 16;

/// What kernels take of each core of a grid.
pub(crate) struct Blocks([u32; CORES]);

impl Blocks {
    /// Nothing yet.
    pub(crate) const NONE: Self = Self([0; CORES]);

    /// Adds a kernel that lies on these cores.
    pub(crate) fn add(&mut self, bytes: u32, cores: &[CoreRange]) {
        for core in cores.iter().flat_map(CoreRange::cores) {
            if let Some(block) = self.0.get_mut(core) {
                *block = block.saturating_add(bytes);
            }
        }
    }
}

/// The layers of one program, and which program that is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Layers {
    /// The runtime's number of the program.
    pub(crate) program: u64,
    /// Where each layer ends, and on how many cores it lies, the highest first; 0 where there is none.
    pub(crate) words: [u64; LAYERS],
}

/// A place for the layers of a program, which one thread at a time changes.
pub(crate) struct Kept {
    program: AtomicU64,
    words: [AtomicU64; LAYERS],
}

impl Kept {
    /// [`Layers::NONE`], which is all zero.
    pub(crate) const fn new() -> Self {
        Self {
            program: AtomicU64::new(0),
            words: [const { AtomicU64::new(0) }; LAYERS],
        }
    }

    pub(crate) fn keep(&self, layers: &Layers) {
        self.program.store(layers.program, Ordering::Relaxed);
        for (kept, word) in self.words.iter().zip(&layers.words) {
            kept.store(*word, Ordering::Relaxed);
            // There are no more; mostly there is one.
            if *word == 0 {
                break;
            }
        }
    }

    pub(crate) fn get(&self) -> Layers {
        let mut layers = Layers {
            program: self.program.load(Ordering::Relaxed),
            ..Layers::NONE
        };
        for (word, kept) in layers.words.iter_mut().zip(&self.words) {
            *word = kept.load(Ordering::Relaxed);
            if *word == 0 {
                break;
            }
        }
        layers
    }
}

/// One layer: so many bytes from here on, of so many cores.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Layer {
    pub(crate) start: u32,
    pub(crate) bytes: u32,
    pub(crate) cores: u16,
}

impl Layers {
    /// Of no program.
    pub(crate) const NONE: Self = Self {
        program: 0,
        words: [0; LAYERS],
    };

    /// Cuts blocks into layers.
    pub(crate) fn of(program: u64, blocks: &Blocks) -> Self {
        let mut heights = blocks.0;
        heights.sort_unstable_by_key(|height| std::cmp::Reverse(*height));
        let mut layers = Self {
            program,
            ..Self::NONE
        };
        let mut count = 0;
        let mut end = 0;
        let blocks = heights.iter().take_while(|height| **height > 0);
        for (higher, height) in blocks.enumerate() {
            if *height != end && count < LAYERS {
                (end, count) = (*height, count + 1);
            }
            if let Some(word) = count.checked_sub(1).and_then(|at| layers.words.get_mut(at)) {
                *word = u64::from(end) << 32 | (higher as u64 + 1);
            }
        }
        layers
    }

    /// The layers, the highest first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Layer> {
        let ends = self.words.iter().map(|word| (word >> 32) as u32);
        let starts = ends.skip(1).chain([0]);
        let words = self.words.iter().take_while(|word| **word != 0);
        words.zip(starts).map(|(word, start)| Layer {
            start,
            bytes: (word >> 32) as u32 - start,
            cores: *word as u16,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layers(heights: &[u32]) -> Vec<(u32, u32, u16)> {
        let mut blocks = Blocks::NONE;
        blocks.0[..heights.len()].copy_from_slice(heights);
        let layers = Layers::of(1, &blocks);
        let all = layers.iter();
        all.map(|layer| (layer.start, layer.bytes, layer.cores))
            .collect()
    }

    #[test]
    fn cores_that_are_alike_are_one_layer() {
        assert_eq!(layers(&[300; 64]), [(0, 300, 64)]);
        assert_eq!(layers(&[0, 0]), []);
    }

    #[test]
    fn layers_add_up_over_the_cores_and_piled_up() {
        let heights = [100, 0, 300, 100, 250, 300];
        let layers = layers(&heights);
        assert_eq!(layers, [(250, 50, 2), (100, 150, 3), (0, 100, 5)]);
        let over_cores = layers
            .iter()
            .map(|(_, bytes, cores)| bytes * u32::from(*cores));
        assert_eq!(over_cores.sum::<u32>(), heights.iter().sum());
        assert_eq!(layers.iter().map(|(_, bytes, _)| bytes).sum::<u32>(), 300);
    }

    #[test]
    fn with_too_many_heights_the_lowest_count_as_higher() {
        let heights: Vec<u32> = (1..=LAYERS as u32 + 3).map(|step| 10 * step).collect();
        let layers = layers(&heights);
        assert_eq!(layers.len(), LAYERS);
        assert_eq!(layers.last(), Some(&(0, 40, heights.len() as u16)));
        assert_eq!(
            layers.iter().map(|(_, bytes, _)| bytes).sum::<u32>(),
            10 * heights.len() as u32
        );
    }
}
