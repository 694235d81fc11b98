//! One live allocation, with whose it is.

use std::sync::Arc;
use ttmem_layout::ChipSet;
use ttmem_reader::{Buffer, State};

/// One allocation that exists, or existed when its process ended.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    /// Its process.
    pub(crate) pid: u32,
    /// File name of the process's segment: pids come again.
    pub(crate) segment: Arc<str>,
    /// Whether the process is still there.
    pub(crate) state: State,
    /// The chips it lies on that were asked for.
    pub(crate) chips: ChipSet,
    /// Nanoseconds from its allocation to now.
    pub(crate) age_ns: i64,
    /// The allocation.
    pub(crate) buffer: Buffer,
}
