//! The caller's `errno` survives whatever a wrapper does.

/// Holds the thread's `errno` and puts it back when dropped.
pub(crate) struct KeptErrno(libc::c_int);

impl KeptErrno {
    pub(crate) fn new() -> Self {
        // SAFETY: the pointer is to this thread's own errno and always valid.
        Self(unsafe { *libc::__errno_location() })
    }
}

impl Drop for KeptErrno {
    fn drop(&mut self) {
        // SAFETY: as in `new`.
        unsafe { *libc::__errno_location() = self.0 };
    }
}
