//! Writing that can be told to stop.

use std::io::{self, Write};

/// Passes on what is written until it is told to stop; from then on writing fails.
pub(super) struct Stoppable<'a, W> {
    /// Where it goes.
    pub(super) out: W,
    /// Asked before each part.
    pub(super) stop: &'a dyn Fn() -> bool,
}

impl<W: Write> Write for Stoppable<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if (self.stop)() {
            // Not of the kind of the same name, which asks for another try.
            return Err(io::Error::other("interrupted"));
        }
        self.out.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
