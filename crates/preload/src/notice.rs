//! One line on stderr, whatever state the program is in.

use std::fmt::Display;
use std::io::Write;

/// Says one line, in one write; a closed or full stderr is not our business.
pub(crate) fn say(message: impl Display) {
    let line = format!("ttmem: {message}\n");
    let _ = std::io::stderr().lock().write_all(line.as_bytes());
}
