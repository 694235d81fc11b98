//! Neighbouring addresses of a bank.

/// From `start` up to, not including, `end`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Range {
    /// First address.
    pub(crate) start: u64,
    /// First address after it.
    pub(crate) end: u64,
}

impl Range {
    /// `length` bytes from `start`. What would pass the end of all addresses ends there: a damaged
    /// segment may say anything.
    pub(crate) const fn at(start: u64, length: u64) -> Self {
        Self {
            start,
            end: start.saturating_add(length),
        }
    }

    /// Bytes in it.
    pub(crate) const fn length(self) -> u64 {
        self.end.saturating_sub(self.start)
    }

    /// Whether there is no byte in it.
    pub(crate) const fn is_empty(self) -> bool {
        self.end <= self.start
    }

    /// From the lower start to the higher end.
    pub(crate) fn hull(self, other: Self) -> Self {
        Self {
            start: self.start.min(other.start),
            end: self.end.max(other.end),
        }
    }

    /// What lies in both.
    pub(crate) fn and(self, other: Self) -> Self {
        let start = self.start.max(other.start);
        Self {
            start,
            end: self.end.min(other.end).max(start),
        }
    }
}
