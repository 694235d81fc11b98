//! What a program's segment says that it did: a figure counts only if that is what was asked for.

use anyhow::{Result, ensure};
use ttmem_reader::{BufferType, Segment};

/// The segment of a program.
pub(super) struct Watched {
    segment: Segment,
}

impl Watched {
    pub(super) const fn new(segment: Segment) -> Self {
        Self { segment }
    }

    pub(super) const fn segment(&self) -> &Segment {
        &self.segment
    }

    /// Lets the program work, and sees that on each chip it allocated and freed so many times of each of
    /// these types, and nothing of any other.
    pub(super) fn expect<T>(
        &self,
        types: &[BufferType],
        pairs: u64,
        work: impl FnOnce() -> Result<T>,
    ) -> Result<T> {
        let before = self.counts()?;
        let done = work()?;
        let after = self.counts()?;
        ensure!(
            before.len() == after.len() && !before.is_empty(),
            "the chips of a program changed"
        );
        for (chip, (before, after)) in before.iter().zip(&after).enumerate() {
            for (number, (before, after)) in before.iter().zip(after).enumerate() {
                let expected = match types.iter().any(|one| *one as usize == number) {
                    true => [pairs; 2],
                    false => [0; 2],
                };
                let counted = [after[0] - before[0], after[1] - before[1]];
                ensure!(
                    counted == expected,
                    "ttmem counted {counted:?} allocations and frees of type {number} on chip {chip}; there were {expected:?}"
                );
            }
        }
        Ok(done)
    }

    /// Allocations and frees, by type, of each chip.
    fn counts(&self) -> Result<Vec<Vec<[u64; 2]>>> {
        let snapshot = self.segment.snapshot()?;
        ensure!(snapshot.exact(), "a program's segment is not exact");
        let of = |types: &[ttmem_reader::TypeTotals]| {
            types.iter().map(|one| [one.allocs, one.frees]).collect()
        };
        Ok(snapshot
            .devices
            .iter()
            .map(|chip| of(&chip.types))
            .collect())
    }
}
