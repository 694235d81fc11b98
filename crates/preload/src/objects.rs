//! Looks for a function in every loaded object, for a runtime whose libraries go by names of their own.

use std::ffi::{CStr, CString, c_int, c_void};

/// The first definition of `name` in a loaded object other than this library; null if there is none.
pub(crate) fn find(name: &CStr) -> *mut c_void {
    let mut paths: Vec<CString> = Vec::new();
    // SAFETY: the callback gets exactly the pointer passed here, which outlives the call.
    unsafe { libc::dl_iterate_phdr(Some(note_path), (&raw mut paths).cast()) };
    let own = base_of((find as fn(&CStr) -> *mut c_void as *const ()).cast());
    // After the walk: the loader holds a lock during it.
    for path in &paths {
        // SAFETY: the path is a C string. NOLOAD takes one more reference to what is loaded and never
        // loads anything.
        let handle = unsafe { libc::dlopen(path.as_ptr(), libc::RTLD_LAZY | libc::RTLD_NOLOAD) };
        if handle.is_null() {
            continue;
        }
        // SAFETY: the handle was just opened.
        let address = unsafe { libc::dlsym(handle, name.as_ptr()) };
        // A handle is asked together with all that its object depends on: the answer may be ours.
        if !address.is_null() && base_of(address) != own {
            // The handle stays open: its object is not to go while its function is known.
            return address;
        }
        // SAFETY: the handle was just opened and nothing found through it is kept.
        unsafe { libc::dlclose(handle) };
    }
    std::ptr::null_mut()
}

/// Where the object that an address lies in begins; null if it lies in none.
fn base_of(address: *const c_void) -> *const c_void {
    let mut about = libc::Dl_info {
        dli_fname: std::ptr::null(),
        dli_fbase: std::ptr::null_mut(),
        dli_sname: std::ptr::null(),
        dli_saddr: std::ptr::null_mut(),
    };
    // SAFETY: it only looks the address up, and fills in what it is given.
    unsafe { libc::dladdr(address, &raw mut about) };
    about.dli_fbase
}

unsafe extern "C" fn note_path(
    object: *mut libc::dl_phdr_info,
    _size: usize,
    paths: *mut c_void,
) -> c_int {
    // SAFETY: the loader passes a valid entry, and `find` its own list.
    let (object, paths) = unsafe { (&*object, &mut *paths.cast::<Vec<CString>>()) };
    if !object.dlpi_name.is_null() {
        // SAFETY: a loaded object's name is a C string.
        let path = unsafe { CStr::from_ptr(object.dlpi_name) };
        // The program itself has no name, and was asked first of all (`RTLD_NEXT`).
        if !path.is_empty() {
            paths.push(path.to_owned());
        }
    }
    0
}
