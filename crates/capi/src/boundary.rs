//! What every call into the library goes through.

use crate::elsewhere::{Other, ask};
use crate::outcome::{TTMEM_OFF, TTMEM_REJECTED, number, ttmem_outcome};
use crate::pool::NOWHERE;
use ttmem_producer::{BufferType, Outcome};

/// Runs `work` so that no panic leaves it and `errno` is as before. There is no known panic behind
/// this boundary; unwinding into C would be undefined, so the answer to an unknown one is `on_panic`.
#[inline]
pub(crate) fn contained<T>(on_panic: T, work: impl FnOnce() -> T) -> T {
    // SAFETY: the address of this thread's errno is valid for the thread's life.
    let errno = unsafe { libc::__errno_location() };
    // SAFETY: as above.
    let before = unsafe { *errno };
    let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work)).unwrap_or(on_panic);
    // SAFETY: as above.
    unsafe { *errno = before };
    result
}

/// One event: nothing more than two branches while nothing is attached; a report of `None` is a refused
/// argument. `elsewhere` is the same call of another copy of this library.
#[inline]
pub(crate) fn event(
    report: impl FnOnce() -> Option<Outcome>,
    elsewhere: impl FnOnce(&Other) -> Option<ttmem_outcome>,
) -> ttmem_outcome {
    if !ttmem_producer::attached() {
        return ask(elsewhere).unwrap_or(TTMEM_OFF);
    }
    contained(TTMEM_REJECTED, || number(report().unwrap_or_else(refuse)))
}

/// Has the producer count a refusal, as it does those of its own: by an event nowhere.
#[cold]
pub(crate) fn refuse() -> Outcome {
    let _ = ttmem_producer::free(NOWHERE, BufferType::Dram, 0);
    Outcome::Rejected
}
