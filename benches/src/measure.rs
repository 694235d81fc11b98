//! Timing that a shared machine cannot fool much: the best of several tries, back to back with what
//! it is compared to, and the median over the rounds.

use crate::opponent::Opponent;
use crate::workload::EVENTS;
use std::time::Instant;

/// Tries in a round; the best one counts.
pub(crate) const TRIES: usize = 5;

/// One comparison in one round, in nanoseconds.
#[derive(Clone, Copy)]
pub(crate) struct Compared {
    pub(crate) reference: f64,
    pub(crate) candidate: f64,
}

impl Compared {
    pub(crate) fn ratio(self) -> f64 {
        self.candidate / self.reference
    }
}

/// The best of [`TRIES`] of each, taken in turns.
pub(crate) fn back_to_back(
    mut reference: impl FnMut() -> f64,
    mut candidate: impl FnMut() -> f64,
) -> Compared {
    let mut best = Compared {
        reference: f64::INFINITY,
        candidate: f64::INFINITY,
    };
    for _ in 0..TRIES {
        best.reference = best.reference.min(reference());
        best.candidate = best.candidate.min(candidate());
    }
    best
}

/// How much longer than the best of them all tries together may take.
const UNDISTURBED: f64 = 1.3;

/// The best of [`TRIES`] alone, then the best of [`TRIES`] while an opponent does the same. None if
/// either was not running all the time: then nobody was disturbed, and the figure says nothing.
pub(crate) fn disturbed(work: impl Fn() -> f64, opponent: &mut impl Opponent) -> Option<Compared> {
    let tries = || -> Vec<f64> { (0..TRIES).map(|_| work()).collect() };
    let best = |all: &[f64]| all.iter().copied().fold(f64::INFINITY, f64::min);
    let reference = best(&tries());
    opponent.start();
    let all = tries();
    let kept_up = opponent.stop() + 1 >= TRIES as u64;
    let candidate = best(&all);
    let ran_through = all.iter().sum::<f64>() <= UNDISTURBED * candidate * TRIES as f64;
    (kept_up && ran_through).then_some(Compared {
        reference,
        candidate,
    })
}

/// Nanoseconds `work` takes.
pub(crate) fn time(work: impl FnOnce()) -> f64 {
    let start = Instant::now();
    work();
    start.elapsed().as_nanos() as f64
}

/// Nanoseconds an event takes, over one batch of them.
pub(crate) fn per_event(batch: impl FnOnce()) -> f64 {
    time(batch) / EVENTS as f64
}

/// The middle value; NaN of none.
pub(crate) fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    match values.len() {
        0 => f64::NAN,
        count if count % 2 == 1 => values[count / 2],
        count => f64::midpoint(values[count / 2 - 1], values[count / 2]),
    }
}
