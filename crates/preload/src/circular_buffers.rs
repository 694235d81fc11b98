//! Circular buffers, dataflow buffers with them: what a program lays out.
//!
//! The runtime lays a program's regions out once, when the program is built, and says nothing when
//! the cached program runs again. So the layout is noted per program, and each dispatch looks up
//! what its programs take. Circular buffers that lie in an L1 tensor are part of that tensor.

use crate::containers::Vector;
use crate::footprint::{CoreRange, Marks};
use crate::programs::{self, Pass};
use crate::runtime::{CoreRangeSet, Device, Program, workload};
use crate::symbols::Import;
use crate::{dispatches, residency, session};
use std::cell::Cell;
use std::ffi::c_void;
use ttmem_producer::note_unattributed;

type LayOut = unsafe extern "C-unwind" fn(*mut Program, *const Device);

// SAFETY: `void ProgramImpl::allocate_circular_buffers(const IDevice*)`.
static ALLOCATE_CBS: Import<LayOut> = unsafe {
    Import::new(c"_ZN2tt8tt_metal6detail11ProgramImpl25allocate_circular_buffersEPKNS0_7IDeviceE")
};
// SAFETY: `void ProgramImpl::allocate_dataflow_buffers(const IDevice*)`.
static ALLOCATE_DFBS: Import<LayOut> = unsafe {
    Import::new(c"_ZN2tt8tt_metal6detail11ProgramImpl25allocate_dataflow_buffersEPKNS0_7IDeviceE")
};
// SAFETY: `void GraphTracker::track_allocate_cb(const CoreRangeSet&, uint64_t, uint64_t, bool, const
// IDevice*)`.
static TRACK_CB: Import<
    unsafe extern "C-unwind" fn(*mut c_void, *const CoreRangeSet, u64, u64, bool, *const Device),
> = unsafe {
    Import::new(
        c"_ZN2tt8tt_metal12GraphTracker17track_allocate_cbERKNS0_12CoreRangeSetEmmbPKNS0_7IDeviceE",
    )
};
// SAFETY: `void CircularBufferAllocator::mark_address(uint64_t, uint64_t, uint64_t)`; the object
// begins with its CoreRange.
static MARK: Import<unsafe extern "C-unwind" fn(*mut CoreRange, u64, u64, u64)> = unsafe {
    Import::new(c"_ZN2tt8tt_metal6detail11ProgramImpl23CircularBufferAllocator12mark_addressEmmm")
};
// SAFETY: `const std::vector<CoreRange>& CoreRangeSet::ranges() const`.
static RANGES: Import<
    unsafe extern "C-unwind" fn(*const CoreRangeSet) -> *const Vector<CoreRange>,
> = unsafe { Import::new(c"_ZNK2tt8tt_metal12CoreRangeSet6rangesEv") };

thread_local! {
    /// What the pass under way on this thread has laid out; none outside a pass.
    static LAID_OUT: Cell<Option<Marks>> = const { Cell::new(None) };
}

#[unsafe(export_name = "_ZN2tt8tt_metal6detail11ProgramImpl25allocate_circular_buffersEPKNS0_7IDeviceE")]
unsafe extern "C-unwind" fn allocate_circular_buffers(this: *mut Program, device: *const Device) {
    let Some(real) = ALLOCATE_CBS.get() else {
        return crate::lost(&ALLOCATE_CBS);
    };
    // SAFETY: the caller's own arguments.
    unsafe { lay_out(real, this, device, Pass::CircularBuffers) };
}

#[unsafe(export_name = "_ZN2tt8tt_metal6detail11ProgramImpl25allocate_dataflow_buffersEPKNS0_7IDeviceE")]
unsafe extern "C-unwind" fn allocate_dataflow_buffers(this: *mut Program, device: *const Device) {
    let Some(real) = ALLOCATE_DFBS.get() else {
        return crate::lost(&ALLOCATE_DFBS);
    };
    // SAFETY: the caller's own arguments.
    unsafe { lay_out(real, this, device, Pass::DataflowBuffers) };
}

#[unsafe(export_name = "_ZN2tt8tt_metal12GraphTracker17track_allocate_cbERKNS0_12CoreRangeSetEmmbPKNS0_7IDeviceE")]
unsafe extern "C-unwind" fn track_allocate_cb(
    this: *mut c_void,
    cores: *const CoreRangeSet,
    address: u64,
    size: u64,
    in_a_tensor: bool,
    device: *const Device,
) {
    let Some(real) = TRACK_CB.get() else {
        return crate::lost(&TRACK_CB);
    };
    if session::live() && !in_a_tensor {
        // SAFETY: the caller passes a live set; the accessor returns a reference into it.
        let ranges = RANGES
            .get()
            .map(|ranges| unsafe { (*ranges(cores)).elements() });
        note(ranges.unwrap_or_default(), address, size);
    }
    // SAFETY: the caller's own arguments.
    unsafe { real(this, cores, address, size, in_a_tensor, device) };
}

#[unsafe(export_name = "_ZN2tt8tt_metal6detail11ProgramImpl23CircularBufferAllocator12mark_addressEmmm")]
unsafe extern "C-unwind" fn mark_address(this: *mut CoreRange, address: u64, size: u64, base: u64) {
    let Some(real) = MARK.get() else {
        return crate::lost(&MARK);
    };
    if session::live() {
        // SAFETY: the object begins with its range.
        note(&[unsafe { *this }], address, size);
    }
    // SAFETY: the caller's own arguments.
    unsafe { real(this, address, size, base) };
}

/// Runs one of the runtime's passes and takes what it laid out into the program.
unsafe fn lay_out(real: LayOut, program: *mut Program, device: *const Device, pass: Pass) {
    if !session::live() {
        // SAFETY: the caller's own arguments.
        return unsafe { real(program, device) };
    }
    LAID_OUT.set(Some(Marks::NONE));
    let over = PassOver;
    // SAFETY: as above. If it throws, `over` ends the pass and the program keeps what it had.
    unsafe { real(program, device) };
    let marks = LAID_OUT.get().unwrap_or(Marks::NONE);
    drop(over);
    // A pass that had nothing to do lays nothing out.
    if marks.is_empty() && !workload::wants_examples() {
        return;
    }
    match programs::find_or_add(program) {
        Some(_) if marks.is_empty() => {}
        Some(alive) => {
            alive.lay_out(pass, &marks);
            residency::refresh(alive.chips());
        }
        None => note_unattributed(),
    }
}

/// Ends this thread's pass, also when the runtime throws out of it.
struct PassOver;

impl Drop for PassOver {
    fn drop(&mut self) {
        LAID_OUT.set(None);
    }
}

/// Notes a region, if a pass is under way on this thread.
fn note(ranges: &[CoreRange], address: u64, size: u64) {
    if let Some(mut marks) = LAID_OUT.get() {
        for range in ranges {
            marks.add(range, address, size);
        }
        LAID_OUT.set(Some(marks));
    }
}

/// What is not tracked for want of a function.
pub(crate) fn missing_parts(parts: &mut Vec<String>) {
    let layouts = [
        ALLOCATE_CBS.get().is_none().then(|| ALLOCATE_CBS.name()),
        TRACK_CB.get().is_none().then(|| TRACK_CB.name()),
        RANGES.get().is_none().then(|| RANGES.name()),
    ];
    let layouts = layouts.into_iter().flatten();
    let layouts: Vec<_> = layouts.chain(dispatches::missing()).collect();
    if !layouts.is_empty() {
        parts.push(format!("circular buffers ({})", layouts.join(", ")));
    }
    let dataflow = [
        ALLOCATE_DFBS.get().is_none().then(|| ALLOCATE_DFBS.name()),
        MARK.get().is_none().then(|| MARK.name()),
    ];
    let dataflow: Vec<_> = dataflow.into_iter().flatten().collect();
    if !dataflow.is_empty() {
        parts.push(format!("dataflow buffers ({})", dataflow.join(", ")));
    }
}
