//! What readers pay, and what a producer pays for being read.

mod bare;
mod buffers;
mod child;
mod holder;
mod hosts;
mod mapped;
mod memory;
mod ring;
mod rows;
mod sweeper;
mod swept;
mod tool;
mod totals;
mod tries;

pub(crate) use bare::Bare;

use crate::optional::Optional;
use crate::part::Part;
use crate::places::Places;
use anyhow::Result;
use clap::Subcommand;
use std::path::Path;

/// What another process of this program is there for.
#[derive(Subcommand)]
pub(crate) enum Role {
    /// Holds a segment for readers to look at
    Holder(holder::Flags),
    /// Looks at a segment again and again
    Sweeper(sweeper::Flags),
    /// Attaches, and says how much memory that took
    Newcomer(memory::Flags),
}

/// The other process itself: does as it is told, ends with its orders.
pub(crate) fn serve(role: &Role) -> Result<()> {
    match role {
        Role::Holder(flags) => holder::serve(flags),
        Role::Sweeper(flags) => sweeper::serve(flags),
        Role::Newcomer(flags) => memory::serve(flags),
    }
}

/// The parts. Each prepares what it needs in its first round.
pub(crate) fn parts(directory: &Path, places: Places) -> Vec<Box<dyn Part>> {
    vec![
        Box::new(Optional::new(ring::RingLines::new(directory))),
        Box::new(Optional::new(buffers::BufferLines::new(directory))),
        Box::new(Optional::new(hosts::HostLines::new(directory))),
        Box::new(Optional::new(swept::SweptLines::new(directory, places))),
        Box::new(Optional::new(memory::MemoryLines::new(directory))),
    ]
}
