//! Allocations, frees, failures and marks.

use crate::boundary::event;
use crate::elsewhere::Other;
use crate::outcome::ttmem_outcome;
use crate::pool::{TTMEM_ANY_POOL, registered, ttmem_pool};
use crate::sized::{Sized32, read};
use crate::text::text;
use crate::types::known_type;
use std::ffi::c_char;
use ttmem_producer::{Allocation, BufferType, Outcome};

/// One allocation, the same on every chip of its pool.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct ttmem_allocation {
    /// sizeof(ttmem_allocation)
    pub struct_size: u32,
    /// The allocator it comes from.
    pub pool: ttmem_pool,
    /// A buffer type. `ttmem_cb_alloc` and `ttmem_kernel_load` do not look at it.
    pub buffer_type: u32,
    /// Banks (cores, for circular buffers and kernels) the bytes lie on, 1 to 65535.
    pub banks: u32,
    /// Device address; 0 is a valid one.
    pub address: u64,
    /// Bytes asked for, on each chip, below 2^40. A buffer of no bytes is a buffer, and counts as one.
    pub requested: u64,
    /// Bytes occupied on each bank, aligned; below 2^40. `per_bank` times `banks` is what a chip's total grows by.
    pub per_bank: u64,
    /// The runtime's own id of the buffer; 0 if it has none.
    pub id: u64,
}

// Older programs pass these bytes; fields are only ever added at the end, without padding.
const _: () = assert!(size_of::<ttmem_allocation>() == 48);

// SAFETY: repr(C), starts with its size, integers only.
unsafe impl Sized32 for ttmem_allocation {
    const EARLIER: &[usize] = &[];
}

/// Reports what `allocation` describes, as `fixed` type or as the type it names.
///
/// # Safety
/// As for [`read`].
#[inline]
unsafe fn reported(
    allocation: *const ttmem_allocation,
    fixed: Option<BufferType>,
    report: fn(&Allocation) -> Outcome,
    elsewhere: impl FnOnce(&Other) -> Option<ttmem_outcome>,
) -> ttmem_outcome {
    event(
        || {
            // SAFETY: passed on to the caller.
            let given = unsafe { read(allocation) }?;
            let buffer_type = match fixed {
                Some(fixed) => fixed,
                None => known_type(given.buffer_type)?,
            };
            Some(report(&Allocation {
                pool: registered(given.pool),
                buffer_type,
                address: given.address,
                requested: given.requested,
                per_bank: given.per_bank,
                banks: u16::try_from(given.banks).ok()?,
                id: given.id,
            }))
        },
        elsewhere,
    )
}

/// Event `alloc`: a buffer came to life. If it is live already: with the same `requested` it gains a
/// reference (`TTMEM_REFERENCED`), with another that one ends and a new one begins
/// (`TTMEM_REPLACED`).
///
/// Returns `TTMEM_DONE` for a new one, one of these two, `TTMEM_LIVE_OVERFLOW` if there is no room for it in
/// the table, `TTMEM_OFF` while tracking is off, or `TTMEM_REJECTED` for NULL, a structure that is none, a
/// pool that is not in use, `TTMEM_CB` and `TTMEM_KERNEL` (which have functions of their own) or no type at
/// all, and figures out of range.
///
/// # Safety
/// `allocation` is NULL or points to a `ttmem_allocation` of the size it names.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ttmem_alloc(allocation: *const ttmem_allocation) -> ttmem_outcome {
    // SAFETY: passed on to the caller.
    unsafe {
        reported(allocation, None, ttmem_producer::alloc, |other| {
            Some((other.alloc?)(allocation))
        })
    }
}

/// Event `free`: a buffer ended, or lost a reference.
///
/// Returns `TTMEM_DONE` if it ended, `TTMEM_REFERENCED` if it has references left, `TTMEM_DOUBLE_FREE` or
/// `TTMEM_UNKNOWN_FREE` if none is live there (`TTMEM_LIVE_OVERFLOW` if it may be one that had found no room
/// in the table), `TTMEM_OFF` while tracking is off, or `TTMEM_REJECTED` for a pool that never was one,
/// `TTMEM_CB`, `TTMEM_KERNEL` and no type at all.
#[unsafe(no_mangle)]
pub extern "C" fn ttmem_free(pool: ttmem_pool, buffer_type: u32, address: u64) -> ttmem_outcome {
    event(
        || {
            let buffer_type = known_type(buffer_type)?;
            Some(ttmem_producer::free(registered(pool), buffer_type, address))
        },
        |other| Some((other.free?)(pool, buffer_type, address)),
    )
}

/// Event `free` by a caller that does not know the buffer's type: the youngest buffer of the pool that is
/// live at `address` ended, or lost a reference. If none is live there it is an unknown or double free,
/// counted once, of a type that was freed there before or else of `TTMEM_DRAM`. Circular buffers and
/// kernels are not looked for.
///
/// pool: also `TTMEM_ANY_POOL`, if the caller does not know that either. Then it looks into every pool.
///
/// Returns what `ttmem_free` does for a known type; `TTMEM_OFF` while tracking is off.
#[unsafe(no_mangle)]
pub extern "C" fn ttmem_free_any(pool: ttmem_pool, address: u64) -> ttmem_outcome {
    event(
        || {
            Some(match pool {
                TTMEM_ANY_POOL => ttmem_producer::free_anywhere(address),
                pool => ttmem_producer::free_any(registered(pool), address),
            })
        },
        |other| Some((other.free_any?)(pool, address)),
    )
}

/// Event `cb_alloc`: circular buffers became resident, `per_bank` bytes on each of `banks` cores.
///
/// Returns what `ttmem_alloc` does; `TTMEM_OFF` while tracking is off.
///
/// # Safety
/// `allocation` is NULL or points to a `ttmem_allocation` of the size it names.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ttmem_cb_alloc(allocation: *const ttmem_allocation) -> ttmem_outcome {
    // SAFETY: passed on to the caller.
    unsafe {
        reported(
            allocation,
            Some(BufferType::Cb),
            ttmem_producer::cb_alloc,
            |other| Some((other.cb_alloc?)(allocation)),
        )
    }
}

/// Event `cb_free`: circular buffers are no longer resident.
///
/// Returns what `ttmem_free` does; `TTMEM_OFF` while tracking is off.
#[unsafe(no_mangle)]
pub extern "C" fn ttmem_cb_free(pool: ttmem_pool, address: u64) -> ttmem_outcome {
    event(
        || Some(ttmem_producer::cb_free(registered(pool), address)),
        |other| Some((other.cb_free?)(pool, address)),
    )
}

/// Event `kernel_load`: a kernel binary was loaded, `per_bank` bytes on each of `banks` cores.
///
/// Returns what `ttmem_alloc` does; `TTMEM_OFF` while tracking is off.
///
/// # Safety
/// `allocation` is NULL or points to a `ttmem_allocation` of the size it names.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ttmem_kernel_load(allocation: *const ttmem_allocation) -> ttmem_outcome {
    // SAFETY: passed on to the caller.
    unsafe {
        reported(
            allocation,
            Some(BufferType::Kernel),
            ttmem_producer::kernel_load,
            |other| Some((other.kernel_load?)(allocation)),
        )
    }
}

/// Event `kernel_unload`: a kernel binary was unloaded.
///
/// Returns what `ttmem_free` does; `TTMEM_OFF` while tracking is off.
#[unsafe(no_mangle)]
pub extern "C" fn ttmem_kernel_unload(pool: ttmem_pool, address: u64) -> ttmem_outcome {
    event(
        || Some(ttmem_producer::kernel_unload(registered(pool), address)),
        |other| Some((other.kernel_unload?)(pool, address)),
    )
}

/// Event `alloc_failed`: the runtime could not satisfy a request for `requested` bytes. `message` is
/// UTF-8 and says why; the first 112 bytes are kept. NULL is an empty one. No total changes.
///
/// Returns `TTMEM_DONE`, `TTMEM_OFF` while tracking is off, or `TTMEM_REJECTED` for a pool that is not in use
/// and for no type at all.
///
/// # Safety
/// `message` is NULL or null-terminated.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ttmem_alloc_failed(
    pool: ttmem_pool,
    buffer_type: u32,
    requested: u64,
    message: *const c_char,
) -> ttmem_outcome {
    event(
        || {
            let buffer_type = known_type(buffer_type)?;
            // SAFETY: passed on to the caller; used before this call returns.
            let message = unsafe { text(message) }.unwrap_or_default();
            Some(ttmem_producer::alloc_failed(
                registered(pool),
                buffer_type,
                requested,
                &message,
            ))
        },
        // SAFETY: the caller's own arguments.
        |other| Some(unsafe { (other.alloc_failed?)(pool, buffer_type, requested, message) }),
    )
}

/// Event `mark`: a named phase of the program begins. `name` is UTF-8; the first 112 bytes are kept.
/// It lasts until the next one, on all chips of the process.
///
/// Returns `TTMEM_DONE`, `TTMEM_OFF` while tracking is off, or `TTMEM_REJECTED` for NULL.
///
/// # Safety
/// `name` is NULL or null-terminated.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ttmem_mark(name: *const c_char) -> ttmem_outcome {
    event(
        || {
            // SAFETY: passed on to the caller; used before this call returns.
            let name = unsafe { text(name) }?;
            Some(ttmem_producer::mark(&name))
        },
        // SAFETY: the caller's own argument.
        |other| Some(unsafe { (other.mark?)(name) }),
    )
}
