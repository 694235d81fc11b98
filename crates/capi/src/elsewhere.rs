//! Another copy of this library in the process, which does in its place what this one is asked for.
//!
//! A process may hold several copies: a program linked to `libttmem.a`, an extension module of Python, and
//! the preload library under `ttmem run`. They must not make a segment each, so a copy that is asked to
//! attach looks for one that comes before it, and from then on hands on every call while it is not
//! attached itself. The order has no circles: the preload library, then the first in the linker's global
//! order, then the shared `libttmem` wherever it is loaded, then all others.
//!
//! A forked child hands on as its parent did, and is told by the other copy that it is off.

use crate::attach::ttmem_options;
use crate::device::ttmem_device;
use crate::event::ttmem_allocation;
use crate::gauge::ttmem_cb_step;
use crate::outcome::ttmem_outcome;
use crate::peak::ttmem_peaks;
use crate::pool::ttmem_pool;
use std::cell::Cell;
use std::ffi::{CStr, c_char, c_int, c_void};
use std::sync::atomic::{AtomicPtr, Ordering};

macro_rules! functions {
    ($($name:ident: $type:ty = $symbol:literal;)*) => {
        /// The functions of another copy. Those that an older one does not have are missing.
        pub(crate) struct Other {
            $(pub(crate) $name: Option<$type>,)*
        }

        impl Other {
            /// The functions that `file` defines itself.
            fn of(file: File) -> Self {
                Self {
                    $(
                        $name: file.symbol($symbol).map(|address| {
                            // SAFETY: the function of this name has had this type since there is one.
                            unsafe { std::mem::transmute::<*mut c_void, $type>(address) }
                        }),
                    )*
                }
            }
        }
    };
}

functions! {
    attach: unsafe extern "C" fn(*const ttmem_options) -> ttmem_outcome = c"ttmem_attach";
    attached: extern "C" fn() -> bool = c"ttmem_attached";
    segment: extern "C" fn() -> *const c_char = c"ttmem_segment";
    detach: extern "C" fn() = c"ttmem_detach";
    report_device: unsafe extern "C" fn(*const ttmem_device) -> ttmem_outcome
        = c"ttmem_report_device";
    register_pool: extern "C" fn(u32, u64, u32, ttmem_pool) -> ttmem_pool = c"ttmem_register_pool";
    retire_pool: extern "C" fn(ttmem_pool) -> ttmem_outcome = c"ttmem_retire_pool";
    clear_pool: extern "C" fn(ttmem_pool) -> ttmem_outcome = c"ttmem_clear_pool";
    alloc: unsafe extern "C" fn(*const ttmem_allocation) -> ttmem_outcome = c"ttmem_alloc";
    free: extern "C" fn(ttmem_pool, u32, u64) -> ttmem_outcome = c"ttmem_free";
    free_any: extern "C" fn(ttmem_pool, u64) -> ttmem_outcome = c"ttmem_free_any";
    cb_alloc: unsafe extern "C" fn(*const ttmem_allocation) -> ttmem_outcome = c"ttmem_cb_alloc";
    cb_free: extern "C" fn(ttmem_pool, u64) -> ttmem_outcome = c"ttmem_cb_free";
    kernel_load: unsafe extern "C" fn(*const ttmem_allocation) -> ttmem_outcome
        = c"ttmem_kernel_load";
    kernel_unload: extern "C" fn(ttmem_pool, u64) -> ttmem_outcome = c"ttmem_kernel_unload";
    alloc_failed: unsafe extern "C" fn(ttmem_pool, u32, u64, *const c_char) -> ttmem_outcome
        = c"ttmem_alloc_failed";
    mark: unsafe extern "C" fn(*const c_char) -> ttmem_outcome = c"ttmem_mark";
    set_cb_gauge: extern "C" fn(u64, u64, u64, u64) -> ttmem_outcome = c"ttmem_set_cb_gauge";
    set_cb_steps: unsafe extern "C" fn(u64, *const ttmem_cb_step, u32) -> ttmem_outcome
        = c"ttmem_set_cb_steps";
    open_peaks: extern "C" fn() -> ttmem_peaks = c"ttmem_open_peaks";
    peak: extern "C" fn(ttmem_peaks, u32, u32) -> u64 = c"ttmem_peak";
    reset_peak: extern "C" fn(ttmem_peaks, u32, u32) -> u64 = c"ttmem_reset_peak";
    close_peaks: extern "C" fn(ttmem_peaks) -> ttmem_outcome = c"ttmem_close_peaks";
}

/// The name that programs linked to the shared library know it by: build.rs gives it.
const SONAME: &CStr =
    match CStr::from_bytes_with_nul(concat!(env!("TTMEM_SONAME"), "\0").as_bytes()) {
        Ok(name) => name,
        Err(_) => panic!("a name without a null byte"),
    };

/// The copy to hand on to; null while there is none. Set once, never freed.
static OTHER: AtomicPtr<Other> = AtomicPtr::new(std::ptr::null_mut());

thread_local! {
    /// This thread is in the other copy at this copy's request. No destructor, so it is there until the
    /// thread's last instruction.
    static ASKING: Cell<bool> = const { Cell::new(false) };
}

/// Asks the other copy, if there is one and it has the function. Two copies that hand on to each other,
/// which the order above rules out unless libraries change their places, both have nothing to say.
#[inline]
pub(crate) fn ask<T>(question: impl FnOnce(&Other) -> Option<T>) -> Option<T> {
    // SAFETY: null, or a box that was leaked by `look`.
    let other = unsafe { OTHER.load(Ordering::Acquire).as_ref() }?;
    ask_it(other, question)
}

#[cold]
fn ask_it<T>(other: &Other, question: impl FnOnce(&Other) -> Option<T>) -> Option<T> {
    if ASKING.replace(true) {
        return None;
    }
    let answer = question(other);
    ASKING.set(false);
    answer
}

/// Looks for the copy to hand on to, unless it has been found. Not an event: asks the loader.
pub(crate) fn look() {
    if !OTHER.load(Ordering::Acquire).is_null() {
        return;
    }
    let Some(own) = file_of(here as *const c_void) else {
        return;
    };
    // No name is the global order. (RTLD_DEFAULT would add what only this copy's loader sees.)
    for place in [Some(c"libttmem_preload.so"), None, Some(SONAME)] {
        let Some(handle) = loaded(place) else {
            continue;
        };
        // SAFETY: the handle came from dlopen and is never closed.
        let attach = unsafe { libc::dlsym(handle, c"ttmem_attach".as_ptr()) };
        let Some(base) = file_of(attach) else {
            continue;
        };
        if base == own {
            return;
        }
        // It must not go while its functions are known here.
        reopen(attach, 0);
        let other = Box::new(Other::of(File { handle, base }));
        // Two threads that look find the same; the second box is left behind.
        OTHER.store(Box::into_raw(other), Ordering::Release);
        return;
    }
}

/// Lets copies that are loaded later find this one, though the library it is in was loaded for its
/// loader's eyes only. For a library whose other symbols nobody can take for theirs.
pub(crate) fn come_forward() {
    reopen(here as *const c_void, libc::RTLD_GLOBAL);
}

/// Takes one more reference to the file that holds this address.
fn reopen(address: *const c_void, how: c_int) {
    if let Some(info) = info_of(address) {
        // SAFETY: the loader's own name of a file that is loaded: nothing else will be.
        unsafe { libc::dlopen(info.dli_fname, libc::RTLD_NOLOAD | libc::RTLD_LAZY | how) };
    }
}

/// An address in this copy that no other can have taken the place of.
fn here() {}

/// A loaded file with another copy in it.
#[derive(Clone, Copy)]
struct File {
    /// Where to look symbols up.
    handle: *mut c_void,
    base: *mut c_void,
}

impl File {
    /// A symbol, if this very file defines it and not one that it was linked to or that comes after it.
    fn symbol(self, name: &CStr) -> Option<*mut c_void> {
        // SAFETY: as in `look`.
        let address = unsafe { libc::dlsym(self.handle, name.as_ptr()) };
        (file_of(address)? == self.base).then_some(address)
    }
}

/// A handle of what is loaded under this name, which keeps it loaded; without a name, of the program and
/// everything that is in the linker's global order.
fn loaded(name: Option<&CStr>) -> Option<*mut c_void> {
    let name = name.map_or(std::ptr::null(), CStr::as_ptr);
    // SAFETY: null or a C string; nothing that is not loaded will be.
    let handle = unsafe { libc::dlopen(name, libc::RTLD_NOLOAD | libc::RTLD_LAZY) };
    (!handle.is_null()).then_some(handle)
}

/// Where the file is loaded that holds this address.
fn file_of(address: *const c_void) -> Option<*mut c_void> {
    Some(info_of(address)?.dli_fbase)
}

fn info_of(address: *const c_void) -> Option<libc::Dl_info> {
    let mut info = std::mem::MaybeUninit::<libc::Dl_info>::uninit();
    // SAFETY: any address may be asked about; the answer is filled in when it is not 0.
    let known = !address.is_null() && unsafe { libc::dladdr(address, info.as_mut_ptr()) } != 0;
    // SAFETY: filled in.
    known.then(|| unsafe { info.assume_init() })
}
