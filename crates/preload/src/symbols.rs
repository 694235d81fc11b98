//! Finds the runtime's own functions at run time, so that the library needs none of them to load.
//!
//! In a program linked against the runtime the next definition after ours is the real one
//! (`RTLD_NEXT`). Python loads the runtime with `RTLD_LOCAL`, where that finds nothing: then the
//! loaded libraries of the runtime are asked one by one, and last, should the runtime lie in a file of
//! another name, everything that is loaded.

use crate::objects;
use std::ffi::{CStr, c_char, c_int, c_void};
use std::marker::PhantomData;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicUsize, Ordering};

/// File names (without version) of the libraries that hold the runtime.
const LIBRARIES: [&[u8]; 3] = [b"libtt_metal.so", b"_ttnncpp.so", b"libtt-umd.so"];

/// Handles of [`LIBRARIES`], null until the library has been seen loaded. Never closed: the
/// runtime is never unloaded while its functions are on the stack.
static HANDLES: [AtomicPtr<c_void>; LIBRARIES.len()] =
    [const { AtomicPtr::new(std::ptr::null_mut()) }; LIBRARIES.len()];

/// Whether the runtime was found in a file of another name.
static ELSEWHERE: AtomicBool = AtomicBool::new(false);

/// Not looked up yet.
const UNKNOWN: usize = 0;
/// Looked up with the runtime loaded, and not there.
const MISSING: usize = 1;

/// A function or object of the runtime, as a pointer of type `P`.
pub(crate) struct Import<P> {
    name: &'static CStr,
    address: AtomicUsize,
    sort: PhantomData<P>,
}

// SAFETY: it holds a name and an address; `P` is a plain pointer that every thread may use.
unsafe impl<P> Sync for Import<P> {}

impl<P: Copy> Import<P> {
    /// # Safety
    /// `P` is a pointer or function pointer type that fits the symbol's real type.
    pub(crate) const unsafe fn new(name: &'static CStr) -> Self {
        assert!(size_of::<P>() == size_of::<usize>());
        Self {
            name,
            address: AtomicUsize::new(UNKNOWN),
            sort: PhantomData,
        }
    }

    /// The symbol's address, if the runtime has it.
    #[inline]
    pub(crate) fn get(&self) -> Option<P> {
        if self.address.load(Ordering::Acquire) == UNKNOWN {
            self.look_up();
        }
        self.known()
    }

    /// The symbol's address, if it has been looked up: asks nobody.
    #[inline]
    pub(crate) fn known(&self) -> Option<P> {
        let address = self.address.load(Ordering::Acquire);
        if address == UNKNOWN || address == MISSING {
            return None;
        }
        // SAFETY: `P` has the size of an address (checked in `new`) and fits the symbol (promised
        // to `new`).
        Some(unsafe { std::mem::transmute_copy::<usize, P>(&address) })
    }

    /// The symbol's mangled name.
    pub(crate) fn name(&self) -> &'static str {
        self.name.to_str().unwrap_or("?")
    }

    #[cold]
    fn look_up(&self) {
        let _errno = crate::errno::KeptErrno::new();
        // SAFETY: the name is a C string; RTLD_NEXT is always a valid handle.
        let mut address = unsafe { libc::dlsym(libc::RTLD_NEXT, self.name.as_ptr()) };
        let mut loaded = false;
        if address.is_null() {
            find_libraries();
            for handle in &HANDLES {
                let handle = handle.load(Ordering::Acquire);
                if handle.is_null() {
                    continue;
                }
                loaded = true;
                // SAFETY: the handle came from dlopen and was never closed.
                address = unsafe { libc::dlsym(handle, self.name.as_ptr()) };
                if !address.is_null() {
                    break;
                }
            }
        }
        if address.is_null() {
            address = objects::find(self.name);
            if !address.is_null() {
                ELSEWHERE.store(true, Ordering::Relaxed);
            }
            loaded |= ELSEWHERE.load(Ordering::Relaxed);
        }
        // A miss counts only once the runtime is there to be asked.
        let found = match address.expose_provenance() {
            0 if loaded => MISSING,
            0 => UNKNOWN,
            found => found,
        };
        self.address.store(found, Ordering::Release);
    }
}

/// Paths of the loaded libraries, copied out of the loader's list while it is walked.
struct Paths {
    text: [[u8; libc::PATH_MAX as usize]; LIBRARIES.len()],
    found: [bool; LIBRARIES.len()],
}

/// Fills [`HANDLES`] with what is loaded by now.
fn find_libraries() {
    let mut paths = Box::new(Paths {
        text: [[0; libc::PATH_MAX as usize]; _],
        found: [false; _],
    });
    // SAFETY: the callback gets exactly the pointer passed here, which outlives the call.
    unsafe { libc::dl_iterate_phdr(Some(note_path), (&raw mut *paths).cast()) };
    for (index, handle) in HANDLES.iter().enumerate() {
        if !paths.found[index] || !handle.load(Ordering::Acquire).is_null() {
            continue;
        }
        // SAFETY: the path is a C string (the last byte is never written). NOLOAD takes one more
        // reference to what is loaded and never loads anything.
        let opened = unsafe {
            libc::dlopen(
                paths.text[index].as_ptr().cast(),
                libc::RTLD_LAZY | libc::RTLD_NOLOAD,
            )
        };
        handle.store(opened, Ordering::Release);
    }
}

unsafe extern "C" fn note_path(
    object: *mut libc::dl_phdr_info,
    _size: usize,
    paths: *mut c_void,
) -> c_int {
    // SAFETY: the loader passes a valid entry, and `find_libraries` its own `Paths`.
    let (object, paths) = unsafe { (&*object, &mut *paths.cast::<Paths>()) };
    let name: *const c_char = object.dlpi_name;
    if name.is_null() {
        return 0;
    }
    // SAFETY: a loaded object's name is a C string.
    let path = unsafe { CStr::from_ptr(name) }.to_bytes();
    let file = path.rsplit(|byte| *byte == b'/').next().unwrap_or(path);
    for (index, library) in LIBRARIES.iter().enumerate() {
        if file.starts_with(library) && path.len() < paths.text[index].len() {
            paths.text[index][..path.len()].copy_from_slice(path);
            paths.found[index] = true;
        }
    }
    0
}
