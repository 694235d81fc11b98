//! A reader that sweeps a program's segment a thousand times a second.

use crate::opponent::{Opponent, ThreadOpponent};
use anyhow::Result;
use std::path::Path;
use std::sync::Mutex;
use std::thread::sleep;
use std::time::{Duration, Instant};
use ttmem_reader::{Cursor, Segment, Start};

const PERIOD: Duration = Duration::from_millis(1);
/// The share of the sweeps that have to take place: the system wakes nobody to the microsecond.
const KEPT_UP: f64 = 0.8;

/// The reader: a thread of this process, so of another one than the program's.
pub(super) struct Reader {
    thread: ThreadOpponent,
    started: Instant,
}

impl Reader {
    /// Reads `segment` on the processor `place`.
    pub(super) fn new(segment: &Path, place: usize) -> Result<Self> {
        let segment = Segment::open(segment)?;
        let sweeps = Mutex::new(Sweeps {
            cursor: segment.cursor(Start::Now)?,
            segment,
            next: Instant::now(),
        });
        let sweep = move || {
            if let Ok(mut sweeps) = sweeps.lock() {
                sweeps.next();
            }
        };
        Ok(Self {
            thread: ThreadOpponent::new(place, sweep)?,
            started: Instant::now(),
        })
    }

    /// Does something while it reads. None if it did not keep up.
    pub(super) fn beside<T>(&mut self, work: impl FnOnce() -> Result<T>) -> Result<Option<T>> {
        self.thread.start();
        self.started = Instant::now();
        let done = work();
        let went_by = self.started.elapsed();
        let sweeps = self.thread.stop();
        let kept_up = sweeps as f64 >= KEPT_UP * went_by.as_secs_f64() / PERIOD.as_secs_f64();
        Ok(kept_up.then_some(done?))
    }
}

/// One sweep after the other.
struct Sweeps {
    segment: Segment,
    cursor: Cursor,
    next: Instant,
}

impl Sweeps {
    /// Sweeps once, when it is time.
    fn next(&mut self) {
        let now = Instant::now();
        match self.next.checked_duration_since(now) {
            Some(early) => sleep(early),
            // What it was late for is not made up.
            None => self.next = now,
        }
        self.next += PERIOD;
        if self.cursor.sweep(&self.segment).is_err() {
            // A reader that cannot read does nothing, and few sweeps are counted.
            sleep(Duration::from_secs(1));
        }
    }
}
