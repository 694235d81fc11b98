//! Attaching, when a device opens: never before, so that the compilers and other children which
//! inherit the environment create nothing.

use crate::errno::KeptErrno;
use crate::gate::Gate;
use crate::{exits, notice, pools, programs, residency, switch};
use std::sync::atomic::{AtomicU32, Ordering};
use ttmem_producer::Options;

static OPENING: Gate = Gate::new();

/// The process that the library's tables speak of, and the one whose attach failed. A forked child
/// finds its parent's id and starts anew.
static OWNER: AtomicU32 = AtomicU32::new(0);
static FAILED: AtomicU32 = AtomicU32::new(0);

/// Whether this process reports. False in a forked child until it opens a device itself.
#[inline(always)]
pub(crate) fn live() -> bool {
    switch::on() && ttmem_producer::attached()
}

/// The process that reports, without asking the kernel. Of use only while [`live`].
pub(crate) fn owner() -> u32 {
    OWNER.load(Ordering::Relaxed)
}

/// Attaches if that has not been done, and says whether this process reports.
pub(crate) fn open() -> bool {
    if !switch::on() {
        return false;
    }
    if ttmem_producer::attached() {
        return true;
    }
    let _errno = KeptErrno::new();
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
    if OWNER.swap(me, Ordering::Relaxed) != me {
        pools::forget_all();
        programs::forget_all();
        residency::forget_all();
    }
    exits::prepare();
    let attached = std::panic::catch_unwind(|| {
        ttmem_producer::attach(&Options::from_environment()).map_err(|error| error.to_string())
    });
    match attached {
        Ok(Ok(())) => {
            say_what_is_missing();
            true
        }
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
