//! Segments to measure in: attached, pools registered, the long-lived allocations made.

use crate::event::{self, Events};
use anyhow::Result;
use std::path::Path;
use ttmem_producer::BufferType;

/// Addresses of a second thread on the same chip: none the first one uses.
pub(crate) const ELSEWHERE: u64 = 1 << 30;

/// Whether anybody allocates on single chips of the meshes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meshes {
    /// Nobody does: all chips of a mesh share one set of counters.
    Whole,
    /// Every chip has a pool of its own, and so its own counters.
    Split,
}

/// The events that can be reported into the current segment.
pub(crate) struct Segment {
    pub(crate) chip: Events,
    pub(crate) l1: Events,
    pub(crate) other_chip: Events,
    /// As `chip`, on other addresses.
    pub(crate) same_chip: Events,
    pub(crate) mesh_8: Events,
    pub(crate) mesh_32: Events,
}

impl Segment {
    pub(crate) fn attach(directory: &Path, meshes: Meshes) -> Result<Self> {
        event::attach(directory)?;
        let chip = event::pool(0, 1)?;
        let other_chip = event::pool(1, 1)?;
        let mesh_8 = event::pool(8, 8)?;
        let mesh_32 = event::pool(32, 32)?;
        if meshes == Meshes::Split {
            for single in (8..16).chain(32..64) {
                event::pool(single, 1)?;
            }
        }
        Ok(Self {
            chip: Events::new(chip, BufferType::Dram, 0),
            l1: Events::new(chip, BufferType::L1, 0),
            other_chip: Events::new(other_chip, BufferType::Dram, 0),
            same_chip: Events::new(chip, BufferType::Dram, ELSEWHERE),
            mesh_8: Events::new(mesh_8, BufferType::Dram, 0),
            mesh_32: Events::new(mesh_32, BufferType::Dram, 0),
        })
    }
}
