//! Attaching and detaching.

use crate::boundary::contained;
use crate::elsewhere::{self, ask};
use crate::outcome::{TTMEM_DONE, TTMEM_FAILED, TTMEM_OFF, TTMEM_REJECTED, ttmem_outcome};
use crate::sized::{Sized32, read};
use std::ffi::{CStr, OsStr, c_char};
use std::os::unix::ffi::OsStrExt;
use ttmem_producer::{AttachError, Options};

/// How to attach. What is zero (or NULL) is taken from the environment.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct ttmem_options {
    /// sizeof(ttmem_options)
    pub struct_size: u32,
    /// Permission bits of the segment: 0600, 0640 or 0644. Environment: TTMEM_MODE, else 0600.
    pub mode: u32,
    /// Directory of the segment. Environment: TTMEM_DIR, else /dev/shm.
    pub dir: *const c_char,
    /// Records of history. Environment: TTMEM_RING_RECORDS.
    pub ring_records: u64,
    /// Allocations that can be live at once. Environment: TTMEM_LIVE_SLOTS.
    pub live_slots: u64,
    /// A number by which a launcher recognises its children. Environment: TTMEM_RUN_ID.
    pub run_id: u64,
    /// 1: leave the segment behind after a clean end. Environment: TTMEM_KEEP.
    pub keep: u32,
    /// 1: attach even if the environment does not switch tracking on.
    pub always: u32,
}

// Older programs pass these bytes; fields are only ever added at the end, without padding.
#[cfg(target_pointer_width = "64")]
const _: () = assert!(size_of::<ttmem_options>() == 48);

// SAFETY: repr(C), starts with its size, integers and pointers only.
unsafe impl Sized32 for ttmem_options {
    const EARLIER: &[usize] = &[];
}

/// Attaches this process: makes its segment, and lets events in. NULL takes everything from the
/// environment. If another copy of ttmem in the process comes before this one, it is that one which is
/// asked to attach, with the same options, and from then on for everything else.
///
/// Returns `TTMEM_DONE` once attached (also if it was: then the options have no effect), `TTMEM_OFF` if
/// tracking is not switched on or another thread is attaching at this moment, `TTMEM_REJECTED` for options
/// that are none, and `TTMEM_FAILED` if there can be no segment, which one line on stderr explains. In
/// every case the program can go on as if it had succeeded. Not an event: it takes a lock, makes a file
/// and asks the dynamic linker.
///
/// # Safety
/// `options` is NULL or points to `ttmem_options` of the size it names, whose `dir` is NULL or
/// null-terminated.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ttmem_attach(options: *const ttmem_options) -> ttmem_outcome {
    contained(TTMEM_FAILED, || {
        if ttmem_producer::attached() {
            return TTMEM_DONE;
        }
        let given = if options.is_null() {
            None
        } else {
            // SAFETY: passed on to the caller.
            match unsafe { read(options) } {
                Some(given) => Some(given),
                None => return TTMEM_REJECTED,
            }
        };
        elsewhere::look();
        // SAFETY: the caller's own argument.
        if let Some(outcome) = ask(|other| Some(unsafe { (other.attach?)(options) })) {
            return outcome;
        }
        let always = given.is_some_and(|given| given.always != 0);
        if !always && !ttmem_producer::switched_on() {
            return TTMEM_OFF;
        }
        let mut options = Options::from_environment();
        if let Some(given) = &given {
            if given.mode != 0 && !Options::mode_is_safe(given.mode) {
                return TTMEM_REJECTED;
            }
            // SAFETY: passed on to the caller.
            unsafe { apply(given, &mut options) };
        }
        match ttmem_producer::attach(&options) {
            Ok(()) => TTMEM_DONE,
            // It will report as soon as that thread is done.
            Err(AttachError::Busy) => TTMEM_OFF,
            Err(error) => {
                ttmem_producer::say(&format!("not tracking this process: {error}"));
                TTMEM_FAILED
            }
        }
    })
}

/// # Safety
/// `given.dir` is null or null-terminated.
unsafe fn apply(given: &ttmem_options, options: &mut Options) {
    if !given.dir.is_null() {
        // SAFETY: passed on to the caller.
        let dir = unsafe { CStr::from_ptr(given.dir) };
        options.dir = OsStr::from_bytes(dir.to_bytes()).into();
    }
    if given.mode != 0 {
        options.mode = given.mode;
    }
    if given.ring_records != 0 {
        options.ring_records = given.ring_records;
    }
    if given.live_slots != 0 {
        options.live_slots = given.live_slots;
    }
    if given.run_id != 0 {
        options.run_id = given.run_id;
    }
    options.keep |= given.keep != 0;
}

/// Whether this process is attached: false while tracking is off, and in a forked child until it attaches
/// itself. As cheap as an event that is not recorded.
#[unsafe(no_mangle)]
pub extern "C" fn ttmem_attached() -> bool {
    ttmem_producer::attached() || ask(|other| Some((other.attached?)())).unwrap_or(false)
}

/// Whether the environment switches tracking on (`TTMEM=1` or `TT_ALLOC_TRACKING_ENABLED=1`), whether or
/// not anything is attached. Reads the environment anew each time.
#[unsafe(no_mangle)]
pub extern "C" fn ttmem_switched_on() -> bool {
    contained(false, ttmem_producer::switched_on)
}

/// Path of this process's segment, which readers can open while the process runs, and afterwards if it is
/// kept. Never NULL: "" while tracking is off. UTF-8 is not promised. The text stays valid until the process
/// ends, also after a detach; do not free it.
#[unsafe(no_mangle)]
pub extern "C" fn ttmem_segment() -> *const c_char {
    match ttmem_producer::segment_path_for_c() {
        Some(path) => path.as_ptr(),
        None => ask(|other| Some((other.segment?)())).unwrap_or(c"".as_ptr()),
    }
}

/// Ends tracking cleanly, which also happens by itself when the process exits. The segment is removed
/// unless it is to be kept; pools and observers of peaks are void. Does nothing while tracking is off. May
/// be followed by another attach, which makes another segment. Not an event: it takes a lock.
///
/// With TTMEM_DUMP_AT_EXIT in the environment it first tells what is still held: on standard error (1), or
/// at the end of a file.
#[unsafe(no_mangle)]
pub extern "C" fn ttmem_detach() {
    if ttmem_producer::attached() {
        contained((), ttmem_producer::detach);
    } else {
        let _ = ask(|other| {
            (other.detach?)();
            Some(())
        });
    }
}

/// The version of this copy of the library, e.g. "0.1.0", whether tracking is on or off. Never NULL; do
/// not free it.
#[unsafe(no_mangle)]
pub extern "C" fn ttmem_version() -> *const c_char {
    const VERSION: &CStr =
        match CStr::from_bytes_with_nul(concat!(env!("CARGO_PKG_VERSION"), "\0").as_bytes()) {
            Ok(version) => version,
            Err(_) => c"",
        };
    VERSION.as_ptr()
}

const _: () = assert!(
    TTMEM_OFF == 0,
    "a caller may test `if (ttmem_attach(NULL) > 0)`"
);
