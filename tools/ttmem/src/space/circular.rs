//! Circular buffers and L1 buffers grow towards each other in the same bytes of a core: how far apart
//! they are.

use super::Range;
use ttmem_reader::CbStep;

/// The resident circular buffers of a chip, against the lowest buffer in its L1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Circular {
    /// From the lowest base to the highest end on any core.
    pub(crate) range: Range,
    /// Where the lowest L1 buffer lies; where there is none, the end of the banks. Nothing if neither is
    /// known.
    pub(crate) limit: Option<u64>,
    /// Cores that end alike, the highest end first.
    pub(crate) cores: Vec<Cores>,
}

/// Cores on which the circular buffers end alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cores {
    /// How many.
    pub(crate) count: u64,
    /// First address after their circular buffers.
    pub(crate) end: u64,
    /// Column and row of one of them, if that is known.
    pub(crate) example: Option<(u8, u8)>,
}

impl Circular {
    /// What lies in `range` on `cores` cores, or as the steps say. Steps of which none ends where the range
    /// ends are those of a program that has just been replaced, and say nothing.
    pub(crate) fn new(range: Range, cores: u64, steps: &[CbStep], limit: Option<u64>) -> Self {
        let known = steps.iter().any(|step| u64::from(step.end) == range.end);
        let mut groups: Vec<Cores> = steps
            .iter()
            .filter(|step| known && step.end > 0)
            .map(|step| Cores {
                count: step.cores.into(),
                end: step.end.into(),
                example: Some((step.x, step.y)),
            })
            .collect();
        groups.sort_by_key(|group| std::cmp::Reverse(group.end));
        if groups.is_empty() {
            groups.push(Cores {
                count: cores,
                end: range.end,
                example: None,
            });
        }
        Self {
            range,
            limit,
            cores: groups,
        }
    }

    /// Bytes left on cores whose circular buffers end there; nothing if not known.
    pub(crate) fn left(&self, end: u64) -> Option<u64> {
        self.limit.map(|limit| limit.saturating_sub(end))
    }

    /// Bytes by which they lie on one another there: the program could not be dispatched again.
    pub(crate) fn clash(&self, end: u64) -> Option<u64> {
        self.limit.map(|limit| end.saturating_sub(limit))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(end: u32, cores: u16, x: u8) -> CbStep {
        CbStep {
            end,
            cores,
            x,
            y: 0,
        }
    }

    #[test]
    fn cores_that_differ_are_told_apart() {
        let steps = [step(0x300, 8, 0), step(0x200, 56, 1), step(0, 0, 0)];
        let circular = Circular::new(Range::at(0x100, 0x200), 64, &steps, Some(0x380));
        let end = circular.range.end;
        assert_eq!(
            (circular.left(end), circular.clash(end)),
            (Some(0x80), Some(0))
        );
        let ends: Vec<_> = circular
            .cores
            .iter()
            .map(|one| (one.count, one.end))
            .collect();
        assert_eq!(ends, [(8, 0x300), (56, 0x200)]);
    }

    #[test]
    fn steps_of_another_program_say_nothing() {
        let steps = [step(0x400, 8, 0)];
        let circular = Circular::new(Range::at(0x100, 0x200), 64, &steps, Some(0x280));
        let end = circular.range.end;
        assert_eq!(
            (circular.left(end), circular.clash(end)),
            (Some(0), Some(0x80))
        );
        let alone = Cores {
            count: 64,
            end: 0x300,
            example: None,
        };
        assert_eq!(circular.cores, [alone]);
    }
}
