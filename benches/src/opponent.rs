//! Somebody else who is busy while this thread is measured: a thread, or another process.

use crate::places::stay_on;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{Builder, JoinHandle, park, yield_now};

/// Works between `start` and `stop`. Both return when it is so.
pub(crate) trait Opponent {
    fn start(&mut self);
    /// Says how many batches were done since `start` returned.
    fn stop(&mut self) -> u64;
}

/// A thread that repeats a batch.
pub(crate) struct ThreadOpponent {
    thread: Option<JoinHandle<()>>,
    state: Arc<State>,
    started_at: u64,
}

#[derive(Default)]
struct State {
    wanted: AtomicBool,
    working: AtomicBool,
    over: AtomicBool,
    batches: AtomicU64,
}

impl ThreadOpponent {
    /// A thread that will repeat `batch` on the processor `place`.
    pub(crate) fn new(place: usize, batch: impl Fn() + Send + 'static) -> std::io::Result<Self> {
        let state = Arc::new(State::default());
        let shared = Arc::clone(&state);
        let thread = Builder::new().name("opponent".into()).spawn(move || {
            stay_on(place);
            shared.work(batch);
        })?;
        Ok(Self {
            thread: Some(thread),
            state,
            started_at: 0,
        })
    }

    fn wake(&self) {
        if let Some(thread) = &self.thread {
            thread.thread().unpark();
        }
    }
}

impl State {
    fn work(&self, batch: impl Fn()) {
        while !self.over.load(Ordering::Acquire) {
            if !self.wanted.load(Ordering::Acquire) {
                self.working.store(false, Ordering::Release);
                park();
                continue;
            }
            self.working.store(true, Ordering::Release);
            batch();
            self.batches.fetch_add(1, Ordering::Release);
        }
    }
}

impl Opponent for ThreadOpponent {
    fn start(&mut self) {
        let before = self.state.batches.load(Ordering::Acquire);
        self.state.wanted.store(true, Ordering::Release);
        self.wake();
        // One batch done: it is awake and its caches are warm.
        while self.state.batches.load(Ordering::Acquire) == before {
            yield_now();
        }
        self.started_at = self.state.batches.load(Ordering::Acquire);
    }

    fn stop(&mut self) -> u64 {
        let done = self.state.batches.load(Ordering::Acquire) - self.started_at;
        self.state.wanted.store(false, Ordering::Release);
        while self.state.working.load(Ordering::Acquire) {
            yield_now();
        }
        done
    }
}

impl Drop for ThreadOpponent {
    fn drop(&mut self) {
        self.state.over.store(true, Ordering::Release);
        self.wake();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
