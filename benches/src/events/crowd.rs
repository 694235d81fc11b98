//! More producers than processors: what each event costs in processor time.

use super::peer::Peer;
use crate::measure::Compared;
use anyhow::{Context, Result};
use std::path::Path;

/// Producers at once.
const PRODUCERS: usize = 8;
/// Batches of each in a round: long enough to be preempted several times.
const BATCHES: u64 = 24;

/// Processes that wait to be told to report.
pub(super) struct Crowd {
    producers: Vec<Peer>,
}

impl Crowd {
    /// Spread over the given processors, evenly.
    pub(super) fn new(directory: &Path, places: [usize; 2]) -> Result<Self> {
        let producers = (0..PRODUCERS)
            .map(|number| Peer::new(directory, places[number % places.len()]))
            .collect::<Result<_>>()?;
        Ok(Self { producers })
    }

    /// Processor time of an event: one producer alone, then all of them.
    pub(super) fn compare(&mut self) -> Result<Compared> {
        let alone = |producers: &mut Vec<Peer>| {
            producers[0].ask_to_work(BATCHES);
            producers[0].work_done()
        };
        // Once to be warm, once to be measured.
        alone(&mut self.producers);
        let reference = alone(&mut self.producers).context("a producer has gone")?;
        for producer in &mut self.producers {
            producer.ask_to_work(BATCHES);
        }
        let mut total = 0.0;
        for producer in &mut self.producers {
            total += producer.work_done().context("a producer has gone")?;
        }
        Ok(Compared {
            reference,
            candidate: total / PRODUCERS as f64,
        })
    }
}
