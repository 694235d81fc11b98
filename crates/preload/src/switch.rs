//! Whether this process was asked to report at all.

use std::sync::atomic::{AtomicU8, Ordering};

const UNKNOWN: u8 = 0;
const OFF: u8 = 1;
const ON: u8 = 2;

static STATE: AtomicU8 = AtomicU8::new(UNKNOWN);

/// Whether the environment switches ttmem on. Read once: a wrapper of a program that is not
/// tracked costs one load and one branch.
#[inline(always)]
pub(crate) fn on() -> bool {
    match STATE.load(Ordering::Relaxed) {
        UNKNOWN => read(),
        state => state == ON,
    }
}

#[cold]
fn read() -> bool {
    let on = ttmem_producer::switched_on();
    STATE.store(if on { ON } else { OFF }, Ordering::Relaxed);
    on
}
