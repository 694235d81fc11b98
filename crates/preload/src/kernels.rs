//! Kernels: what those of a program take of each core, read when the program is dispatched on a mesh for
//! the first time.
//!
//! A dispatch puts a program's packed binaries one after the other into each worker core's L1, below what
//! the allocator hands out, where those of the program before lay. So as with circular buffers, what a
//! chip holds are the kernels of the program dispatched last.

use crate::dispatches;
use crate::layers::{Blocks, Layers};
use crate::runtime::{Device, Program, kernels};
use ttmem_producer::note_unattributed;

/// The layers of a program's kernels; none if kernels are not tracked.
///
/// # Safety
/// `program` is alive and was dispatched on `mesh`.
#[cold]
pub(crate) unsafe fn of(program: *const Program, mesh: *const Device) -> Layers {
    if kernels::missing().next().is_some() {
        return Layers::NONE;
    }
    let mut blocks = Blocks::NONE;
    // SAFETY: promised by the caller.
    let read = unsafe { kernels::for_each(program, mesh, |bytes, cores| blocks.add(bytes, cores)) };
    if read.is_none() {
        note_unattributed();
    }
    // SAFETY: promised by the caller.
    Layers::of(unsafe { kernels::program_id(program) }, &blocks)
}

/// What is not tracked for want of a function.
pub(crate) fn missing_parts(parts: &mut Vec<String>) {
    let lacking: Vec<_> = dispatches::missing().chain(kernels::missing()).collect();
    if !lacking.is_empty() {
        parts.push(format!("kernels ({})", lacking.join(", ")));
    }
}
