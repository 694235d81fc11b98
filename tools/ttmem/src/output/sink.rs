//! Where output goes.

use super::Color;
use anstream::adapter::strip_bytes;
use anstream::stream::RawStream;
use anstream::{AutoStream, ColorChoice};
use anyhow::Context;
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

/// So much is held back before it is passed on unasked.
const HELD: usize = 1 << 16;

/// Takes output, coloured or not. What is written is held back until it is flushed, in memory of its
/// own: a document is made of millions of small writes.
pub(crate) struct Sink {
    held: Vec<u8>,
    /// Whether styles are taken out again.
    plain: bool,
    out: Box<dyn Write>,
}

impl Sink {
    /// Opens a file, or standard output.
    pub(crate) fn to_file_or_stdout(path: Option<&Path>, color: Color) -> anyhow::Result<Self> {
        Ok(match path {
            Some(path) => Self::new(create(path)?, color),
            None => Self::new(io::stdout(), color),
        })
    }

    /// Opens a file, or standard error: for what must not get between a program and its output.
    pub(crate) fn to_file_or_stderr(path: Option<&Path>, color: Color) -> anyhow::Result<Self> {
        Ok(match path {
            Some(path) => Self::new(create(path)?, color),
            None => Self::new(io::stderr(), color),
        })
    }

    fn new(stream: impl RawStream + 'static, color: Color) -> Self {
        let choice = match color {
            Color::Auto => AutoStream::choice(&stream),
            Color::Always => ColorChoice::Always,
            Color::Never => ColorChoice::Never,
        };
        Self {
            held: Vec::with_capacity(HELD + HELD / 4),
            plain: choice == ColorChoice::Never,
            out: Box::new(stream),
        }
    }

    /// Passes on whole lines: a style does not go over the end of one.
    #[cold]
    fn pass_on_lines(&mut self) -> io::Result<()> {
        match self.held.iter().rposition(|byte| *byte == b'\n') {
            Some(end) => self.pass_on(end + 1),
            None if !self.plain || is_plain(&self.held) => self.pass_on(self.held.len()),
            None => Ok(()),
        }
    }

    fn pass_on(&mut self, end: usize) -> io::Result<()> {
        let bytes = &self.held[..end];
        let written = if !self.plain || is_plain(bytes) {
            self.out.write_all(bytes)
        } else {
            strip_bytes(bytes).try_for_each(|part| self.out.write_all(part))
        };
        // Also after an error: it would be said again and again.
        self.held.drain(..end);
        written
    }
}

/// Whether there is nothing to take out. Looks at every byte, without a way out on the way: that is what
/// a processor does many at a time.
fn is_plain(bytes: &[u8]) -> bool {
    let steers = |byte: u8| (byte < b' ') & (byte != b'\n') | (byte == 0x7f);
    !bytes.iter().fold(false, |any, byte| any | steers(*byte))
}

fn create(path: &Path) -> anyhow::Result<File> {
    File::create(path).with_context(|| format!("cannot write {}", path.display()))
}

impl Write for Sink {
    #[inline]
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_all(bytes)?;
        Ok(bytes.len())
    }

    #[inline]
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.held.extend_from_slice(bytes);
        if self.held.len() > HELD {
            self.pass_on_lines()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.pass_on(self.held.len())?;
        self.out.flush()
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        // Whoever wants to know whether it went well has flushed.
        let _ = self.flush();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;
    use std::rc::Rc;

    #[derive(Clone, Default)]
    struct Shared(Rc<RefCell<Vec<u8>>>);

    impl Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.borrow_mut().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn styles_go_and_words_stay_however_much_is_written() {
        let style = super::super::text::ALARM;
        for plain in [true, false] {
            let shared = Shared::default();
            let mut sink = Sink {
                held: Vec::new(),
                plain,
                out: Box::new(shared.clone()),
            };
            let mut expected = String::new();
            for line in 0..20_000 {
                writeln!(sink, "{style}größe {line}{style:#}").unwrap();
                expected.push_str(&match plain {
                    true => format!("größe {line}\n"),
                    false => format!("{style}größe {line}{style:#}\n"),
                });
            }
            drop(sink);
            assert!(*shared.0.borrow() == expected.as_bytes());
        }
    }
}
