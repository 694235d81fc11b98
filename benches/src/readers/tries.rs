//! Timing of work that can fail.

use crate::measure::{Compared, TRIES};
use anyhow::Result;
use std::hint::black_box;
use std::time::Instant;

/// Tries in a round of what takes long.
const FEW: usize = 3;

/// Nanoseconds until `work` has its result. Giving that back is not counted.
pub(super) fn until_done<T>(work: impl FnOnce() -> Result<T>) -> Result<f64> {
    let start = Instant::now();
    let result = black_box(work()?);
    let nanoseconds = start.elapsed().as_nanos() as f64;
    drop(result);
    Ok(nanoseconds)
}

/// The best of several tries of each, taken in turns.
pub(super) fn in_turns(
    reference: impl FnMut() -> Result<f64>,
    candidate: impl FnMut() -> Result<f64>,
) -> Result<Compared> {
    best_of(TRIES, reference, candidate)
}

/// The same with a single try, for what takes seconds.
pub(super) fn one_turn(
    reference: impl FnMut() -> Result<f64>,
    candidate: impl FnMut() -> Result<f64>,
) -> Result<Compared> {
    best_of(1, reference, candidate)
}

/// The same with fewer tries, for what takes long.
pub(super) fn in_few_turns(
    reference: impl FnMut() -> Result<f64>,
    candidate: impl FnMut() -> Result<f64>,
) -> Result<Compared> {
    best_of(FEW, reference, candidate)
}

fn best_of(
    tries: usize,
    mut reference: impl FnMut() -> Result<f64>,
    mut candidate: impl FnMut() -> Result<f64>,
) -> Result<Compared> {
    let mut best = Compared {
        reference: f64::INFINITY,
        candidate: f64::INFINITY,
    };
    for _ in 0..tries {
        best.reference = best.reference.min(reference()?);
        best.candidate = best.candidate.min(candidate()?);
    }
    Ok(best)
}

/// Both shares of `count` things.
pub(super) fn each(compared: Compared, count: u64) -> Compared {
    Compared {
        reference: compared.reference / count as f64,
        candidate: compared.candidate / count as f64,
    }
}
