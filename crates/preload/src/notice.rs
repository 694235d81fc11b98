//! One line on stderr, whatever state the program is in.

use std::fmt::Display;

/// Says one line, if stderr takes it at once.
pub(crate) fn say(message: impl Display) {
    ttmem_producer::say(&message.to_string());
}
