//! A page that the kernel empties in every child, however it was forked.

use memmap2::MmapMut;
use std::io;
use std::mem::ManuallyDrop;
use std::sync::atomic::AtomicU64;

/// Words that read 0 in a forked child. This is how an event learns, with one load and no system
/// call, that it runs in a child that must not touch its parent's segment. `pthread_atfork` alone
/// would miss a child made by a bare `clone`.
#[derive(Debug)]
pub struct ForkPage {
    map: ManuallyDrop<MmapMut>,
}

impl ForkPage {
    const BYTES: usize = 4096;

    /// A page of zeros.
    ///
    /// # Errors
    /// When the kernel has no memory for it or does not know `MADV_WIPEONFORK` (before 4.14).
    pub fn new() -> io::Result<Self> {
        let map = MmapMut::map_anon(Self::BYTES)?;
        // SAFETY: the range is the anonymous private mapping just made.
        let advised = unsafe {
            libc::madvise(
                map.as_ptr().cast_mut().cast(),
                Self::BYTES,
                libc::MADV_WIPEONFORK,
            )
        };
        if advised != 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(Self {
            map: ManuallyDrop::new(map),
        })
    }

    /// Its words. The page is never given back.
    pub fn words(&self) -> &'static [AtomicU64] {
        // SAFETY: aligned to a page, as long as said, never unmapped (`ManuallyDrop`), and only ever
        // used as atomics.
        unsafe {
            std::slice::from_raw_parts(self.map.as_ptr().cast::<AtomicU64>(), Self::BYTES / 8)
        }
    }
}
