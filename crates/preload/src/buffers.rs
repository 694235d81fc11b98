//! Buffers, at the allocator: what it hands out and takes back is what is occupied.
//!
//! Buffers that a graph capture only pretends to allocate never reach it.

use crate::runtime::{Allocator, Buffer, allocator, buffer};
use crate::symbols::Import;
use crate::text::Line;
use crate::{pools, session};
use std::fmt::Write;
use ttmem_producer::{Allocation, alloc, alloc_failed, clear_pool, free, note_unattributed};

// SAFETY: `DeviceAddr AllocatorImpl::allocate_buffer(Buffer*)`.
static ALLOCATE: Import<unsafe extern "C-unwind" fn(*mut Allocator, *mut Buffer) -> u64> =
    unsafe { Import::new(c"_ZN2tt8tt_metal13AllocatorImpl15allocate_bufferEPNS0_6BufferE") };
// SAFETY: `void AllocatorImpl::deallocate_buffer(Buffer*)`.
static DEALLOCATE: Import<unsafe extern "C-unwind" fn(*mut Allocator, *mut Buffer)> =
    unsafe { Import::new(c"_ZN2tt8tt_metal13AllocatorImpl17deallocate_bufferEPNS0_6BufferE") };
// SAFETY: `void AllocatorImpl::deallocate_buffers()`.
static DEALLOCATE_ALL: Import<unsafe extern "C-unwind" fn(*mut Allocator)> =
    unsafe { Import::new(c"_ZN2tt8tt_metal13AllocatorImpl18deallocate_buffersEv") };
// SAFETY: `void AllocatorImpl::clear()`.
static CLEAR: Import<unsafe extern "C-unwind" fn(*mut Allocator)> =
    unsafe { Import::new(c"_ZN2tt8tt_metal13AllocatorImpl5clearEv") };

#[unsafe(export_name = "_ZN2tt8tt_metal13AllocatorImpl15allocate_bufferEPNS0_6BufferE")]
unsafe extern "C-unwind" fn allocate_buffer(this: *mut Allocator, buffer: *mut Buffer) -> u64 {
    let Some(real) = ALLOCATE.get() else {
        return crate::lost(&ALLOCATE);
    };
    if !session::live() {
        // SAFETY: the caller's own arguments.
        return unsafe { real(this, buffer) };
    }
    let failure = Failure {
        allocator: this,
        buffer,
    };
    // SAFETY: as above. If it throws, `failure` is dropped on the way out.
    let address = unsafe { real(this, buffer) };
    std::mem::forget(failure);
    // SAFETY: the runtime just allocated this buffer from this allocator.
    let reported = unsafe { report(this, buffer, address) };
    if reported.is_none() {
        note_unattributed();
    }
    address
}

#[unsafe(export_name = "_ZN2tt8tt_metal13AllocatorImpl17deallocate_bufferEPNS0_6BufferE")]
unsafe extern "C-unwind" fn deallocate_buffer(this: *mut Allocator, buffer: *mut Buffer) {
    let Some(real) = DEALLOCATE.get() else {
        return crate::lost(&DEALLOCATE);
    };
    if session::live() {
        // SAFETY: the caller passes a live allocator and a buffer allocated from it.
        let reported = unsafe { report_free(this, buffer) };
        if reported.is_none() {
            note_unattributed();
        }
    }
    // SAFETY: the caller's own arguments.
    unsafe { real(this, buffer) };
}

#[unsafe(export_name = "_ZN2tt8tt_metal13AllocatorImpl18deallocate_buffersEv")]
unsafe extern "C-unwind" fn deallocate_buffers(this: *mut Allocator) {
    let Some(real) = DEALLOCATE_ALL.get() else {
        return crate::lost(&DEALLOCATE_ALL);
    };
    emptied(this);
    // SAFETY: the caller's own arguments.
    unsafe { real(this) };
}

#[unsafe(export_name = "_ZN2tt8tt_metal13AllocatorImpl5clearEv")]
unsafe extern "C-unwind" fn clear(this: *mut Allocator) {
    let Some(real) = CLEAR.get() else {
        return crate::lost(&CLEAR);
    };
    emptied(this);
    // SAFETY: the caller's own arguments.
    unsafe { real(this) };
}

/// The destructor of a whole allocator, and of the base of a derived one: which of the two is called
/// differs by version. The second to be told of an allocator finds it gone.
macro_rules! destructors {
    ($($name:ident, $import:ident = $symbol:literal, $c_symbol:literal;)*) => {
        $(
            static $import: Import<unsafe extern "C-unwind" fn(*mut Allocator)> =
                // SAFETY: `AllocatorImpl::~AllocatorImpl()`.
                unsafe { Import::new($c_symbol) };

            #[unsafe(export_name = $symbol)]
            unsafe extern "C-unwind" fn $name(this: *mut Allocator) {
                let Some(real) = $import.get() else { return crate::lost(&$import) };
                if session::live() {
                    pools::retire(this);
                }
                // SAFETY: the caller's own arguments.
                unsafe { real(this) };
            }
        )*
    };
}

destructors! {
    destroy, DESTROY =
        "_ZN2tt8tt_metal13AllocatorImplD1Ev", c"_ZN2tt8tt_metal13AllocatorImplD1Ev";
    destroy_base, DESTROY_BASE =
        "_ZN2tt8tt_metal13AllocatorImplD2Ev", c"_ZN2tt8tt_metal13AllocatorImplD2Ev";
}

/// `None` if it cannot be told what to report: an unknown type or device, or no room for its pool.
#[inline]
unsafe fn report(this: *const Allocator, buffer: *const Buffer, address: u64) -> Option<()> {
    // SAFETY: promised by the caller.
    unsafe {
        let request = buffer::request(buffer)?;
        let registered = pools::of_buffer(this, buffer)?;
        let _ = alloc(&Allocation {
            pool: registered.pool(),
            buffer_type: request.buffer_type,
            // The runtime's buffers keep 32 bits of it, and that is what a free will show.
            address: u64::from(address as u32),
            requested: request.size,
            per_bank: registered.taken(buffer::per_bank(buffer)?),
            banks: registered.banks(request.buffer_type),
            id: buffer::id(buffer),
        });
    }
    Some(())
}

/// `None` if it cannot be told which buffer it is.
#[inline]
unsafe fn report_free(this: *const Allocator, buffer: *const Buffer) -> Option<()> {
    // An allocator not seen yet has nothing reported that could be freed.
    let Some(registered) = pools::find(this) else {
        return Some(());
    };
    // SAFETY: promised by the caller. A buffer without an address throws here as it would in the
    // real function, which begins with the same question.
    let (request, address) = unsafe { (buffer::request(buffer)?, buffer::address(buffer)?) };
    let _ = free(registered.pool(), request.buffer_type, address);
    Some(())
}

fn emptied(this: *const Allocator) {
    if session::live()
        && let Some(registered) = pools::find(this)
    {
        let _ = clear_pool(registered.pool());
    }
}

/// An allocation that is under way: dropped only when the runtime throws out of it.
struct Failure {
    allocator: *const Allocator,
    buffer: *const Buffer,
}

impl Drop for Failure {
    fn drop(&mut self) {
        // SAFETY: the exception passes through the caller's frame, which still holds both.
        let reported = unsafe { report_failure(self.allocator, self.buffer) };
        if reported.is_none() {
            note_unattributed();
        }
    }
}

#[cold]
unsafe fn report_failure(this: *const Allocator, buffer: *const Buffer) -> Option<()> {
    // SAFETY: promised by the caller. None of these throws: they are what the allocator asked
    // before it found no room.
    let (request, registered, per_bank) = unsafe {
        (
            buffer::request(buffer)?,
            pools::of_buffer(this, buffer)?,
            buffer::per_bank(buffer)?,
        )
    };
    let mut message = Line::new();
    let _ = write!(
        message,
        "no room for {} B in {}: {per_bank} B in each of {} banks",
        request.size,
        request.buffer_type.name(),
        registered.banks(request.buffer_type),
    );
    let _ = alloc_failed(
        registered.pool(),
        request.buffer_type,
        request.size,
        message.as_str(),
    );
    Some(())
}

/// What is not tracked for want of a function.
pub(crate) fn missing_parts(parts: &mut Vec<String>) {
    let imports = [ALLOCATE.get().is_none().then(|| ALLOCATE.name())];
    let imports = imports.into_iter().flatten();
    let lacking: Vec<_> = imports
        .chain(buffer::missing())
        .chain(allocator::missing())
        .collect();
    if !lacking.is_empty() {
        parts.push(format!("buffers ({})", lacking.join(", ")));
    }
    if DEALLOCATE.get().is_none() {
        parts.push(format!("frees of buffers ({})", DEALLOCATE.name()));
    }
}
