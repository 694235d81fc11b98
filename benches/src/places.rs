//! Which processor each producer runs on: one each. Left to itself the scheduler may put two on one,
//! where each runs alone for milliseconds and neither disturbs the other.

use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::unistd::Pid;

/// The two processors the two producers run on.
#[derive(Clone, Copy)]
pub(crate) struct Places {
    pub(crate) first: usize,
    pub(crate) second: usize,
}

impl Places {
    /// The first and the last processor this process may use; the same one if there is no other.
    pub(crate) fn allowed() -> Self {
        let allowed = sched_getaffinity(Pid::from_raw(0)).unwrap_or_default();
        let mut usable = (0..CpuSet::count()).filter(|place| allowed.is_set(*place) == Ok(true));
        let first = usable.next().unwrap_or(0);
        let second = usable.next_back().unwrap_or(first);
        Self { first, second }
    }
}

/// Keeps the calling thread, and threads it starts, on one processor, if the system lets it.
pub(crate) fn stay_on(place: usize) {
    let mut only = CpuSet::new();
    if only.set(place).is_ok() {
        let _ = sched_setaffinity(Pid::from_raw(0), &only);
    }
}
