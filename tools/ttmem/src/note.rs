//! Lines for people on stderr. Data never goes there, and nothing else goes to stdout.

use std::fmt;
use std::io::{self, Write};

/// Writes one line on stderr. A closed stderr is nobody's concern.
pub(crate) fn note(line: impl fmt::Display) {
    let _ = writeln!(io::stderr().lock(), "ttmem: {line}");
}
