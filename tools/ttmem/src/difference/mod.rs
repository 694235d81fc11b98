//! What changed between two views of a host: pure functions of the two.
//!
//! A process is the same if its segment is, whatever its pid; an allocation is the same if it is the
//! same generation: whatever was freed and allocated again vanished and appeared.

mod buffers;
pub(crate) mod data;
mod fields;
mod groups;
mod processes;
#[cfg(test)]
mod tests;
pub(crate) mod text;
mod totals;

pub(crate) use buffers::{Singles, singles};
pub(crate) use fields::{GROUP, PROCESS, TOTAL};
pub(crate) use groups::{GroupChange, groups};
pub(crate) use processes::{ProcessChange, processes};
pub(crate) use totals::{TotalChange, totals};

use crate::grouping::By;
use crate::view::Host;

/// Everything that changed between two views of the same things.
#[derive(Clone, Debug, Default)]
pub(crate) struct Difference {
    /// By chip and buffer type: everything ever used, changed or not.
    pub(crate) totals: Vec<TotalChange>,
    /// The processes that came, went or changed.
    pub(crate) processes: Vec<ProcessChange>,
    /// The groups that grew or shrank.
    pub(crate) groups: Vec<GroupChange>,
    /// The single allocations that are new, and those that are gone.
    pub(crate) singles: Singles,
}

impl Difference {
    /// What changed from `before` to `after`. Both need their single buffers.
    pub(crate) fn between(before: &Host, after: &Host, by: By) -> Self {
        Self {
            totals: totals(before, after),
            processes: processes(before, after),
            groups: groups(&before.buffers, &after.buffers, by),
            singles: singles(&before.buffers, &after.buffers),
        }
    }
}

/// How something changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Direction {
    /// It was not there before.
    Appeared,
    /// There is more of it.
    Grew,
    /// There is less of it.
    Shrank,
    /// It is not there any more.
    Vanished,
    /// There is as much of it as before.
    Same,
}

impl Direction {
    /// From how much to how much.
    pub(crate) fn of<T: Ord + Default>(before: T, after: T) -> Self {
        let nothing = T::default();
        match before.cmp(&after) {
            std::cmp::Ordering::Less if before == nothing => Self::Appeared,
            std::cmp::Ordering::Less => Self::Grew,
            std::cmp::Ordering::Greater if after == nothing => Self::Vanished,
            std::cmp::Ordering::Greater => Self::Shrank,
            std::cmp::Ordering::Equal => Self::Same,
        }
    }

    /// The word for it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Appeared => "appeared",
            Self::Grew => "grew",
            Self::Shrank => "shrank",
            Self::Vanished => "vanished",
            Self::Same => "same",
        }
    }
}
