//! The one way this library speaks to people: at once, in one piece, or not at all.

use nix::errno::Errno;

/// One line on stderr, in one piece, if stderr takes it at once. Not through the standard library:
/// its lock may be held for ever in a forked child, a full pipe would hold up the program and a broken
/// one end it (SIGPIPE).
pub fn say(line: &str) {
    // What is not written is not said.
    let _ = put(libc::STDERR_FILENO, format!("ttmem: {line}\n").as_bytes());
}

/// Writes `bytes` to an open file in one piece, if it takes them at once and no signal comes of it.
/// A pipe that is ready takes a page of 4096 bytes; more could hold up the program. Allocates nothing.
///
/// # Errors
/// What the kernel says; `EAGAIN` if the file does not take them now, `EPIPE` if nobody reads,
/// `ENOSPC` if it took a part.
pub(crate) fn put(fd: libc::c_int, bytes: &[u8]) -> Result<(), Errno> {
    let mut ready = libc::pollfd {
        fd,
        events: libc::POLLOUT,
        revents: 0,
    };
    // SAFETY: one valid pollfd; a timeout of 0 returns at once.
    let answered = unsafe { libc::poll(&raw mut ready, 1, 0) };
    if answered != 1 || ready.revents != libc::POLLOUT {
        let nobody = ready.revents & (libc::POLLERR | libc::POLLHUP) != 0;
        return Err(if nobody { Errno::EPIPE } else { Errno::EAGAIN });
    }
    if is_beyond_limit(fd, bytes.len()) {
        return Err(Errno::EFBIG);
    }
    // SAFETY: the bytes are those of a live slice.
    match unsafe { libc::write(fd, bytes.as_ptr().cast(), bytes.len()) } {
        -1 => Err(Errno::last()),
        written if written.unsigned_abs() < bytes.len() => Err(Errno::ENOSPC),
        _ => Ok(()),
    }
}

/// Whether `more` bytes would make a file larger than this process may (`ulimit -f`): the kernel
/// answers that with a deadly signal.
fn is_beyond_limit(fd: libc::c_int, more: usize) -> bool {
    let mut limit = libc::rlimit {
        rlim_cur: libc::RLIM_INFINITY,
        rlim_max: libc::RLIM_INFINITY,
    };
    // SAFETY: `limit` is a valid rlimit to write to; if the call fails it stays without limit.
    unsafe { libc::getrlimit(libc::RLIMIT_FSIZE, &raw mut limit) };
    if limit.rlim_cur == libc::RLIM_INFINITY {
        return false;
    }
    let mut meta = std::mem::MaybeUninit::<libc::stat>::zeroed();
    // SAFETY: `meta` is a valid place for the answer.
    if unsafe { libc::fstat(fd, meta.as_mut_ptr()) } != 0 {
        return false;
    }
    // SAFETY: zeroed is a value of it, and fstat has filled it.
    let meta = unsafe { meta.assume_init() };
    let is_file = meta.st_mode & libc::S_IFMT == libc::S_IFREG;
    is_file && meta.st_size.unsigned_abs() + more as u64 > limit.rlim_cur
}
