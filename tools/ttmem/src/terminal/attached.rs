//! Which terminal this process is attached to.

use nix::sys::termios::tcgetattr;
use nix::unistd::{getpgrp, tcgetpgrp};
use std::fs::File;
use std::io::{self, IsTerminal};
use std::os::fd::{AsFd, OwnedFd};

/// Where keys come from: standard input, or, when that is something else, the terminal itself. Nothing
/// if there is none: then only signals end the screen.
pub(super) fn keyboard() -> Option<OwnedFd> {
    let stdin = io::stdin();
    if stdin.is_terminal() {
        stdin.as_fd().try_clone_to_owned().ok()
    } else {
        File::open("/dev/tty").ok().map(OwnedFd::from)
    }
}

/// Whether the terminal's modes are ours to change: a shell that has put us into the background has
/// set its own.
pub(super) fn in_foreground() -> bool {
    // Without job control everybody is.
    let foreground = keyboard().and_then(|tty| tcgetpgrp(tty).ok());
    foreground.is_none_or(|group| group == getpgrp())
}

/// Whether the terminal we draw on has gone, with its window or its connection.
pub(super) fn is_gone() -> bool {
    tcgetattr(io::stdout()).is_err()
}
