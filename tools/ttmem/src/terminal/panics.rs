//! A panic while the screen is shown: the terminal first, then the message.

use super::modes;
use std::panic;
use std::process;
use std::thread;

/// What the runtime returns when the main thread panics.
const PANICKED: i32 = 101;

/// From now on a panic in any thread gives the terminal back before it is reported.
pub(super) fn restore_first() {
    let report = panic::take_hook();
    let main = thread::current().id();
    panic::set_hook(Box::new(move |panic| {
        modes::end();
        report(panic);
        // Another thread would end alone, and the screen would wait for keys that never come.
        if thread::current().id() != main {
            process::exit(PANICKED);
        }
    }));
}
