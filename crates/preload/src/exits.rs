//! Ends that run no exit handlers: `_exit` and `_Exit`.
//!
//! Python's worker processes end by `os._exit`. That is an end of their own choosing, so their segment
//! goes as it does after `exit`; without this they would look killed.

use crate::session;
use crate::symbols::Import;
use libc::c_int;

type Exit = unsafe extern "C" fn(c_int) -> !;

// SAFETY: `[[noreturn]] void _exit(int)`.
static NEXT: Import<Exit> = unsafe { Import::new(c"_exit") };

/// Finds the real function while that is safe: a wrapper may be called in a signal handler, or in a
/// child forked while another thread held the loader's lock.
pub(crate) fn prepare() {
    let _ = NEXT.get();
}

#[unsafe(export_name = "_exit")]
unsafe extern "C" fn exit_at_once(status: c_int) -> ! {
    end(status)
}

#[unsafe(export_name = "_Exit")]
unsafe extern "C" fn exit_at_once_c99(status: c_int) -> ! {
    end(status)
}

fn end(status: c_int) -> ! {
    // A child of vfork shares the parent's memory until it is gone: it must not detach the parent.
    if session::reports(std::process::id()) {
        ttmem_producer::detach();
    }
    if let Some(real) = NEXT.known() {
        // SAFETY: the real function, with the caller's own argument.
        unsafe { real(status) }
    }
    loop {
        // SAFETY: what the real function does; it does not return.
        unsafe { libc::syscall(libc::SYS_exit_group, status) };
    }
}
