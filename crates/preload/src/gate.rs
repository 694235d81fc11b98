//! A lock for what is rare (registering an allocator, settling circular buffers).

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// What is done inside takes microseconds, if its thread is not interrupted.
const YIELDS: usize = 100;
/// The longest that is done inside is to attach, which touches every page of a segment: milliseconds on a
/// quiet machine, and on a busy one many times that.
pub(crate) const NAP: Duration = Duration::from_micros(100);
/// A thread that never leaves must not stop the program.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

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
        // Made only by who came in: one made in vain would, as it is dropped, let go of what another holds.
        .then(|| Held(self))
    }

    /// Takes the gate for process `me`, waiting while another thread is inside. For rare work only, and
    /// not for ever: `None` after [`PATIENCE`], and the caller does without.
    pub(crate) fn enter(&self, me: u32) -> Option<Held<'_>> {
        for _ in 0..YIELDS {
            if let Some(held) = self.try_enter(me) {
                return Some(held);
            }
            std::thread::yield_now();
        }
        let since = Instant::now();
        loop {
            if let Some(held) = self.try_enter(me) {
                return Some(held);
            }
            if since.elapsed() > PATIENCE {
                return None;
            }
            std::thread::sleep(NAP);
        }
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.0.0.store(0, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicBool, AtomicU64};

    #[test]
    fn who_finds_it_taken_leaves_it_taken() {
        let gate = Gate::new();
        let held = gate.try_enter(7);
        assert!(held.is_some());
        for _ in 0..3 {
            assert!(gate.try_enter(7).is_none(), "a thread is inside");
        }
        drop(held);
        assert!(gate.try_enter(7).is_some(), "it let go");
    }

    #[test]
    fn what_a_dead_parent_held_is_taken_over() {
        let gate = Gate::new();
        std::mem::forget(gate.try_enter(7));
        let held = gate.try_enter(8);
        assert!(held.is_some());
        assert!(gate.try_enter(8).is_none(), "and is then the child's");
    }

    #[test]
    fn who_waits_gets_in_when_the_other_leaves_however_long_that_takes() {
        let gate = Gate::new();
        let held = gate.try_enter(7);
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| gate.enter(7).is_some());
            // Longer than it yields for.
            std::thread::sleep(100 * NAP);
            drop(held);
            assert!(waiting.join().unwrap_or_default());
        });
    }

    #[test]
    fn one_thread_at_a_time_is_inside() {
        let (gate, inside) = (Gate::new(), AtomicBool::new(false));
        let entered = AtomicU64::new(0);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    while entered.load(Ordering::Relaxed) < 20_000 {
                        if let Some(_held) = gate.try_enter(7) {
                            assert!(!inside.swap(true, Ordering::SeqCst), "two are inside");
                            entered.fetch_add(1, Ordering::Relaxed);
                            inside.store(false, Ordering::SeqCst);
                        }
                    }
                });
            }
        });
    }
}
