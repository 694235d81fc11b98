//! A part of the table: lines that are measured together.

use crate::results::Results;
use anyhow::Result;

/// Lines that are measured together, round after round.
pub(crate) trait Part {
    /// How it is called on the command line.
    fn name(&self) -> &'static str;

    /// Whether another round is worth its time, after `done` of `wanted`.
    fn wants_more(&self, results: &Results, done: u32, wanted: u32) -> bool {
        let _ = results;
        done < wanted
    }

    /// Measures each of its lines once, back to back with what it is compared to.
    fn round(&mut self, results: &mut Results) -> Result<()>;

    /// Says what is no time, after the last round.
    fn finish(&mut self, results: &mut Results) {
        let _ = results;
    }
}
