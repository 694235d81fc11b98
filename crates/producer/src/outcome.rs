//! What became of a report.

/// What became of a report. Nothing here is an error to act on: each outcome is counted in the
/// segment, and the program goes on as it would have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[must_use = "an ignored outcome is fine, but say so with `let _ =`"]
#[repr(u32)]
pub enum Outcome {
    /// Nothing is attached; nothing was recorded.
    Off = 0,
    /// Recorded.
    Done = 1,
    /// The allocation was live: it gained or lost a reference.
    Referenced = 2,
    /// The allocation was live with another size: it was ended and a new one begun.
    Replaced = 3,
    /// Freed what was not live and, as far as the live table remembers, never had been.
    UnknownFree = 4,
    /// Freed what had been freed before.
    DoubleFree = 5,
    /// The live table is full: the allocation is in no total.
    LiveOverflow = 6,
    /// An argument was out of range; nothing was recorded.
    Rejected = 7,
}
