//! What every peer is compared to, and how.

use crate::event::{self, Events};
use crate::floor::Floor;
use crate::measure::back_to_back;
use crate::results::Results;
use crate::row::Row;
use anyhow::Result;
use ttmem_producer::BufferType;

/// ttmem's own events, in a segment attached for the round.
pub(super) struct Ours {
    pub(super) chip: Events,
    pub(super) other_chip: Events,
    pub(super) mesh_8: Events,
    /// What no tracker could do better, for the lines that have a goal.
    pub(super) floor: Floor,
}

impl Ours {
    pub(super) fn prepare(floor: Floor) -> Result<Self> {
        Ok(Self {
            chip: Events::new(event::pool(0, 1)?, BufferType::Dram, 0),
            other_chip: Events::new(event::pool(1, 1)?, BufferType::Dram, 0),
            mesh_8: Events::new(event::pool(8, 8)?, BufferType::Dram, 0),
            floor,
        })
    }
}

/// Something else that can be told of events.
pub(super) trait Comparison {
    /// Measures each of its lines once. After an error it is not asked again.
    fn round(&mut self, ours: &Ours, results: &mut Results) -> Result<()>;

    /// Says what is no time, after the last round.
    fn finish(&self, results: &mut Results) {
        let _ = results;
    }
}

/// Notes a line: nanoseconds of a peer's event, and of ttmem's, taken in turns.
pub(super) fn compare(
    row: Row,
    results: &mut Results,
    mut peer: impl FnMut() -> Result<f64>,
    ours: impl FnMut() -> f64,
) -> Result<()> {
    let mut failure = None;
    let peer = || {
        peer().unwrap_or_else(|error| {
            failure = Some(error);
            f64::INFINITY
        })
    };
    let compared = back_to_back(peer, ours);
    if let Some(error) = failure {
        return Err(error);
    }
    results.note(row, compared);
    Ok(())
}
