//! Attaching: when a device opens, unless the program has attached by itself before. Never otherwise, so
//! that the compilers and other children which inherit the environment create nothing.

use crate::errno::KeptErrno;
use crate::gate::{Gate, NAP, PATIENCE};
use crate::{exits, notice, pools, programs, residency, switch};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Instant;
use ttmem_producer::{AttachError, Options};

static OPENING: Gate = Gate::new();

/// The process that the library's tables speak of, and the one whose attach failed.
static OWNER: AtomicU32 = AtomicU32::new(0);
static FAILED: AtomicU32 = AtomicU32::new(0);

/// Whether it was said what is missing, since this process attached.
static SAID: AtomicBool = AtomicBool::new(false);

/// Called by the loader. It makes nothing: it only leaves word of what an attach has to begin with.
extern "C" fn loaded() {
    ttmem_producer::before_attaching(begin_anew);
}

#[used]
// SAFETY: the loader calls each entry of .init_array once; arguments it passes are not looked at.
#[unsafe(link_section = ".init_array")]
static LOADED: extern "C" fn() = loaded;

/// Runs before events are let in, whoever attaches: the program by `ttmem_attach` as well as a device
/// that opens. What the tables hold is of another segment: of the parent's in a forked child, or of one
/// that this process has detached from.
fn begin_anew() {
    OWNER.store(std::process::id(), Ordering::Relaxed);
    SAID.store(false, Ordering::Relaxed);
    pools::forget_all();
    programs::forget_all();
    residency::forget_all();
    exits::prepare();
}

/// Whether this process reports. False in a forked child until it attaches or opens a device itself.
#[inline(always)]
pub(crate) fn live() -> bool {
    switch::on() && ttmem_producer::attached()
}

/// Whether the process with this id reports, rather than the one it was forked from and shares memory
/// with (`vfork`).
pub(crate) fn reports(process: u32) -> bool {
    ttmem_producer::attached() && owner() == process
}

/// The process that reports, without asking the kernel. Of use only while [`live`].
pub(crate) fn owner() -> u32 {
    OWNER.load(Ordering::Relaxed)
}

/// Attaches, as a device opens, if that has not been done, and says whether this process reports.
pub(crate) fn open() -> bool {
    if !switch::on() {
        return false;
    }
    let _errno = KeptErrno::new();
    let live = ttmem_producer::attached() || attach();
    if live && !SAID.swap(true, Ordering::Relaxed) {
        say_what_is_missing();
    }
    live
}

#[cold]
fn attach() -> bool {
    let me = std::process::id();
    let Some(_held) = OPENING.enter(me) else {
        return false;
    };
    if ttmem_producer::attached() {
        return true;
    }
    if FAILED.load(Ordering::Relaxed) == me {
        return false;
    }
    let attached = std::panic::catch_unwind(|| {
        attach_in_turn(&Options::from_environment()).map_err(|error| error.to_string())
    });
    match attached {
        Ok(Ok(())) => true,
        Ok(Err(reason)) => {
            FAILED.store(me, Ordering::Relaxed);
            notice::say(format_args!("{reason}; this process runs on untracked"));
            false
        }
        Err(_) => {
            FAILED.store(me, Ordering::Relaxed);
            false
        }
    }
}

/// Attaches. A thread that attaches of its own accord (`ttmem_attach`) does so outside the gate: it is waited
/// for no less, or what opens meanwhile would stay unknown.
fn attach_in_turn(options: &Options) -> Result<(), AttachError> {
    let since = Instant::now();
    loop {
        match ttmem_producer::attach(options) {
            Err(AttachError::Busy) if since.elapsed() < PATIENCE => std::thread::sleep(NAP),
            done => return done,
        }
    }
}

/// One line on what this version of the runtime lacks.
fn say_what_is_missing() {
    let parts = crate::missing_parts();
    if !parts.is_empty() {
        notice::say(format_args!(
            "this version of the runtime lacks functions that ttmem follows; not tracked: {}",
            parts.join(", ")
        ));
    }
}
