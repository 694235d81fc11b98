//! Waiting for what another process does: poll a condition, never sleep and hope.

use std::time::{Duration, Instant};

/// How long anything may take before the test gives up. Generous: it is only reached on failure, and a
/// machine with other work may leave a test a small part of one core.
pub const DEADLINE: Duration = Duration::from_secs(180);

/// Polls until `condition` holds.
///
/// # Panics
/// After [`DEADLINE`], naming what did not happen.
pub fn until(what: &str, mut condition: impl FnMut() -> bool) {
    until_some(what, || condition().then_some(()));
}

/// Polls until `attempt` yields something, and returns it.
///
/// # Panics
/// After [`DEADLINE`], naming what did not happen.
pub fn until_some<T>(what: &str, mut attempt: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(value) = attempt() {
            return value;
        }
        assert!(
            start.elapsed() < DEADLINE,
            "still waiting for this after {DEADLINE:?}: {what}"
        );
        std::thread::sleep(Duration::from_millis(2));
    }
}
