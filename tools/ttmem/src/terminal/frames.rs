//! What is drawn, on its way to the terminal.

use super::modes;
use std::io::{self, Write};

/// Collects a frame and writes it at once. While the terminal is not ours nothing is written: what a
/// panic left half drawn must not follow the message.
#[derive(Default)]
pub(super) struct Frames {
    collected: Vec<u8>,
}

impl Write for Frames {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.collected.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let mut out = io::stdout().lock();
        if modes::are_taken() {
            out.write_all(&self.collected)?;
            out.flush()?;
        }
        self.collected.clear();
        Ok(())
    }
}
