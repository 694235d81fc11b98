//! Events with time in between, as in a program that does something: a server gets the time to keep up,
//! and has gone to sleep again by the next event.

use std::hint::spin_loop;
use std::time::{Duration, Instant};

const PERIOD: Duration = Duration::from_micros(20);
/// Events in one try.
pub(super) const COUNT: u64 = 500;
/// No other event has it.
const ADDRESS: u64 = 1 << 40;

/// Nanoseconds an event takes if there is one every 20 µs. The time in between is spent looking at the
/// clock; what that costs around an event is taken off.
pub(super) fn per_paced_event(begin: impl Fn(u64), end: impl Fn(u64)) -> f64 {
    let mut events = Duration::ZERO;
    let mut looks = Duration::ZERO;
    let mut last = Instant::now();
    for event in 0..COUNT {
        while last.elapsed() < PERIOD {
            spin_loop();
        }
        last = Instant::now();
        if event % 2 == 0 {
            begin(ADDRESS);
        } else {
            end(ADDRESS);
        }
        let done = Instant::now();
        events += done - last;
        looks += done.elapsed();
    }
    events.saturating_sub(looks).as_nanos() as f64 / COUNT as f64
}
