//! The host as a whole: every segment merged into processes, devices and buffers. Plain functions of
//! what readers took from segments, so that a screen can be tested without one.

pub(crate) mod alike;
mod buffer;
pub(crate) mod chip;
mod device;
mod host;
pub(crate) mod overlap;
mod process;
#[cfg(test)]
pub(crate) mod sample;

pub(crate) use buffer::Held;
pub(crate) use device::{Device, everything};
pub(crate) use host::{Host, Seen, held};
pub(crate) use overlap::Overlap;
pub(crate) use process::Process;

use ttmem_layout::{BufferType, Memory, TYPES};
use ttmem_reader::TypeTotals;

/// Adds what is on another chip or in another process. Peaks are left alone: those of different
/// moments do not add up.
fn add(sum: &mut TypeTotals, part: &TypeTotals) {
    sum.bytes = sum.bytes.saturating_add(part.bytes);
    sum.requested_bytes = sum.requested_bytes.saturating_add(part.requested_bytes);
    sum.buffers = sum.buffers.saturating_add(part.buffers);
    sum.allocs = sum.allocs.saturating_add(part.allocs);
    sum.frees = sum.frees.saturating_add(part.frees);
}

/// What a memory is called.
pub(crate) const fn memory_name(memory: Memory) -> &'static str {
    match memory {
        Memory::Dram => "DRAM",
        Memory::L1 => "L1",
        Memory::Host => "host memory",
    }
}

/// Bytes in use of one memory: different memories are never added up.
pub(crate) fn in_memory(types: &[TypeTotals; TYPES], memory: Memory) -> u64 {
    BufferType::ALL
        .into_iter()
        .filter(|buffer_type| buffer_type.memory() == memory)
        .fold(0, |sum, buffer_type| {
            sum.saturating_add(types[buffer_type as usize].bytes)
        })
}
