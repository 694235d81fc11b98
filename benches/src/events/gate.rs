//! Whether two threads run side by side at this moment. On a shared machine two virtual cores may
//! get the time of one, and then a round with two producers says nothing about them.

use crate::floor::timestamp;
use crate::measure::{disturbed, per_event};
use crate::opponent::ThreadOpponent;
use crate::workload::EVENTS;
use std::hint::black_box;

/// More than this, and the round is discarded.
const LIMIT: f64 = 1.1;

pub(crate) struct Gate {
    other: ThreadOpponent,
}

impl Gate {
    /// For two threads of which the other is on the processor `place`.
    pub(crate) fn new(place: usize) -> std::io::Result<Self> {
        let other = ThreadOpponent::new(place, timestamps)?;
        Ok(Self { other })
    }

    /// Whether a timestamp costs (nearly) the same with another thread taking them too.
    pub(crate) fn is_open(&mut self) -> bool {
        let compared = disturbed(|| per_event(timestamps), &mut self.other);
        compared.is_some_and(|compared| compared.ratio() <= LIMIT)
    }
}

/// A batch of nothing but timestamps.
#[inline(never)]
pub(crate) fn timestamps() {
    for _ in 0..EVENTS {
        black_box(timestamp());
    }
}
