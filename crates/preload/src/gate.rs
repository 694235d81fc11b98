//! A lock for what is rare (registering an allocator, settling circular buffers).

use std::sync::atomic::{AtomicU32, Ordering};

/// Held by the process whose id it shows; 0 when free. A forked child finds its parent's id there
/// if another thread held it at the fork, knows that nobody will let go, and takes it.
pub(crate) struct Gate(AtomicU32);

/// The gate is held until this is dropped.
pub(crate) struct Held<'a>(&'a Gate);

impl Gate {
    pub(crate) const fn new() -> Self {
        Self(AtomicU32::new(0))
    }

    /// Takes the gate for process `me` unless a thread of it is inside.
    pub(crate) fn try_enter(&self, me: u32) -> Option<Held<'_>> {
        // In one order with what is entered before it for the holder to find: see `residency`.
        let holder = self.0.load(Ordering::SeqCst);
        (holder != me
            && self
                .0
                .compare_exchange(holder, me, Ordering::SeqCst, Ordering::Relaxed)
                .is_ok())
        .then_some(Held(self))
    }

    /// Takes the gate for process `me`, giving way to other threads until it is free. For rare work
    /// only, and not for ever: `None` after some ten thousand turns, and the caller does without.
    pub(crate) fn enter(&self, me: u32) -> Option<Held<'_>> {
        for _ in 0..10_000 {
            if let Some(held) = self.try_enter(me) {
                return Some(held);
            }
            std::thread::yield_now();
        }
        None
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.0.0.store(0, Ordering::SeqCst);
    }
}
