//! How far saving has come, for somebody who waits.

use std::io::{self, IsTerminal, Write};

/// One line on standard error that is written over again and again; nothing where that is no terminal.
pub(crate) struct Progress {
    shown: bool,
}

impl Progress {
    /// Shown on a terminal only.
    pub(crate) fn new() -> Self {
        Self {
            shown: io::stderr().is_terminal(),
        }
    }

    /// Says how many of all segments have been copied.
    pub(crate) fn say(&self, done: usize, of: usize) {
        if self.shown {
            self.write(format_args!("saving: segment {done} of {of}"));
        }
    }

    fn write(&self, line: impl std::fmt::Display) {
        // Back to the first column, and clear what is left of a longer line.
        let _ = write!(io::stderr().lock(), "\r{line}\x1b[K");
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.shown {
            self.write("");
        }
    }
}
