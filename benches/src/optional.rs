//! A part that may be missing: where it cannot be measured, a remark says why, and the others go on.

use crate::part::Part;
use crate::results::Results;
use anyhow::Result;

/// A part that gives up rather than fail.
pub(crate) struct Optional<P> {
    part: P,
    given_up: bool,
}

impl<P: Part> Optional<P> {
    pub(crate) const fn new(part: P) -> Self {
        Self {
            part,
            given_up: false,
        }
    }
}

impl<P: Part> Part for Optional<P> {
    fn name(&self) -> &'static str {
        self.part.name()
    }

    fn wants_more(&self, results: &Results, done: u32, wanted: u32) -> bool {
        !self.given_up && self.part.wants_more(results, done, wanted)
    }

    fn round(&mut self, results: &mut Results) -> Result<()> {
        if let Err(error) = self.part.round(results) {
            self.given_up = true;
            results.remark(format!("{} gave up: {error:#}.", self.name()));
        }
        Ok(())
    }
}
