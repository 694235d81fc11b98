//! Asking for cache lines before they are needed.
//!
//! A locked instruction waits for everything before it and holds up everything after it, so the
//! misses of a rare event would add up. Asked for at its start they overlap.

/// Asks for the cache line at `address`, whatever is there.
#[inline(always)]
pub(crate) fn warm<T>(address: *const T) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: a prefetch reads nothing and cannot fault. SSE is part of every x86-64.
    unsafe {
        core::arch::x86_64::_mm_prefetch::<{ core::arch::x86_64::_MM_HINT_T0 }>(address.cast());
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = address;
}
