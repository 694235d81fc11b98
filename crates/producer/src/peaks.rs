//! Peaks that begin anew: any number of observers, each with moments of its own from which on it wants
//! to know the most that was held.
//!
//! The event path knows one peak per group and line. When somebody's peak begins anew, that one is taken
//! into the windows of all others first, so each window is the larger of what was taken into it and of
//! what has been reached since.

use crate::attached::{Attached, current};
use crate::lock::Lock;
use crate::outcome::Outcome;
use crate::partition::Partition;
use ttmem_layout::{COUNTER_LINES, ChipSet, MAX_CHIPS};

/// An observer of peaks: valid in the process and attachment that opened it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Peaks(u32);

impl Peaks {
    /// The process's own, which is always open and begins with the segment.
    pub const PROCESS: Self = Self(0);

    /// Its number; none is given twice, and `u32::MAX` never.
    pub const fn number(self) -> u32 {
        self.0
    }

    /// The observer with this number.
    pub const fn from_number(number: u32) -> Self {
        Self(number)
    }
}

/// Windows that can be open at once, the process's own among them.
const MAX_WINDOWS: usize = 64;

/// The open windows. Of the segment they belong to, so a forked child has none and inherits no lock.
#[derive(Default)]
pub(crate) struct Windows(Lock<Open>);

struct Open {
    windows: Vec<Window>,
    next: u32,
}

/// By chip and counter line: the largest peak that was taken since the window began there.
struct Window {
    peaks: Peaks,
    taken: Box<[[u64; COUNTER_LINES]; MAX_CHIPS]>,
}

impl Window {
    fn new(peaks: Peaks) -> Self {
        Self {
            peaks,
            taken: Box::new([[0; COUNTER_LINES]; MAX_CHIPS]),
        }
    }
}

impl Default for Open {
    fn default() -> Self {
        Self {
            windows: vec![Window::new(Peaks::PROCESS)],
            next: Peaks::PROCESS.0 + 1,
        }
    }
}

impl Open {
    fn find(&mut self, peaks: Peaks) -> Option<&mut Window> {
        let mut windows = self.windows.iter_mut();
        windows.find(|window| window.peaks == peaks)
    }

    /// Has the peak of one line begin anew in the groups that have to do with `chips`, after taking it
    /// into every window.
    fn take(&mut self, attached: &Attached, groups: &Partition, chips: ChipSet, line: usize) {
        for (index, group) in groups.nodes().iter().enumerate() {
            if group.chips.and(chips).is_empty() {
                continue;
            }
            let peak = attached.counters.begin_peak_anew(groups, index, line);
            for window in &mut self.windows {
                for chip in group.chips.iter() {
                    let taken = &mut window.taken[chip as usize][line];
                    *taken = peak.max(*taken);
                }
            }
        }
    }
}

/// Runs `work` with the windows and the groups as they are; none if nothing is attached. Takes locks.
fn with_windows<T>(work: impl FnOnce(&Attached, &mut Open, &Partition) -> T) -> Option<T> {
    let attached = current()?;
    let mut open = attached.peaks.0.lock();
    Some(
        attached
            .pools
            .with_groups(|groups| work(attached, &mut open, groups)),
    )
}

/// Begins to observe peaks, on every chip and of every type from what is held now. Not an event: takes a
/// lock and allocates. `None` when nothing is attached and when 64 are open.
pub fn open_peaks() -> Option<Peaks> {
    with_windows(|attached, open, groups| {
        if open.windows.len() == MAX_WINDOWS {
            return None;
        }
        for line in 0..COUNTER_LINES {
            open.take(attached, groups, ChipSet(u64::MAX), line);
        }
        let peaks = Peaks(open.next);
        open.next = match open.next + 1 {
            // Not in any program's life: numbers begin again.
            u32::MAX => Peaks::PROCESS.0 + 1,
            next => next,
        };
        open.windows.push(Window::new(peaks));
        Some(peaks)
    })?
}

/// Most bytes that `chip` held in one counter line (a buffer type's number, or
/// [`L1_CORE_LINE`](ttmem_layout::L1_CORE_LINE)) since this observer's peak there last began anew. Not an
/// event: takes a lock. `None` when nothing is attached, and for an observer, chip or line there is not.
pub fn peak(peaks: Peaks, chip: u32, line: usize) -> Option<u64> {
    let (chips, at) = place(chip, line)?;
    with_windows(|attached, open, groups| {
        let taken = open.find(peaks)?.taken[at][line];
        let nodes = groups.nodes().iter().enumerate();
        let groups = nodes.filter(|(_, group)| group.chips.covers(chips));
        let since = groups.map(|(index, _)| attached.counters.peak(index, line));
        Some(since.fold(taken, u64::max))
    })?
}

/// As [`peak`], and has this observer's peak there begin anew from what is held. No other observer's
/// changes, nor the one in the segment.
pub fn reset_peak(peaks: Peaks, chip: u32, line: usize) -> Option<u64> {
    let (chips, at) = place(chip, line)?;
    with_windows(|attached, open, groups| {
        open.find(peaks)?;
        open.take(attached, groups, chips, line);
        let taken = &mut open.find(peaks)?.taken[at][line];
        Some(std::mem::take(taken))
    })?
}

/// Stops observing.
pub fn close_peaks(peaks: Peaks) -> Outcome {
    let closed = with_windows(|_, open, _| {
        let before = open.windows.len();
        open.windows
            .retain(|window| window.peaks == Peaks::PROCESS || window.peaks != peaks);
        open.windows.len() != before
    });
    match closed {
        Some(true) => Outcome::Done,
        Some(false) => Outcome::Rejected,
        None => Outcome::Off,
    }
}

fn place(chip: u32, line: usize) -> Option<(ChipSet, usize)> {
    let chips = ChipSet::of(chip)?;
    (line < COUNTER_LINES).then_some((chips, chip as usize))
}
