//! The one way this library speaks to people.

/// One line on stderr, in one piece, if stderr takes it at once. Not through the standard library:
/// its lock may be held for ever in a forked child, a full pipe would hold up the program and a broken
/// one end it (SIGPIPE).
pub fn say(line: &str) {
    let line = format!("ttmem: {line}\n");
    let mut stderr = libc::pollfd {
        fd: libc::STDERR_FILENO,
        events: libc::POLLOUT,
        revents: 0,
    };
    // SAFETY: one valid pollfd; a timeout of 0 returns at once.
    let answered = unsafe { libc::poll(&raw mut stderr, 1, 0) };
    if answered == 1 && stderr.revents == libc::POLLOUT {
        // SAFETY: the bytes are those of a live string. What is not written is not said.
        let _ = unsafe { libc::write(libc::STDERR_FILENO, line.as_ptr().cast(), line.len()) };
    }
}
