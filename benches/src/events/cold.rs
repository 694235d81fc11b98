//! A rare event: nothing of it is in the caches, as after a step of a model.

use crate::event::Events;
use crate::floor::{Floor, timestamp};
use crate::measure::{Compared, median};
use crate::workload::PER_BANK;
use std::cell::Cell;
use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering, fence};

/// Larger than the caches of one core; what several cores share may still hold the event's lines.
const SWEPT_BYTES: usize = 16 << 20;
/// Events of each in a round.
const EVENTS: u64 = 60;
/// The first address of the events measured here: none that is otherwise used.
const BASE: u64 = 1 << 36;

thread_local! {
    /// Pages swept by this thread.
    static PAGES: Cell<u64> = const { Cell::new(0) };
}

/// What displaces everything else from a core's own caches.
pub(super) struct Cold {
    swept: Vec<AtomicU64>,
    /// Address of the floor's next events. Its table lives through all rounds, a segment through one:
    /// addresses that are new each round find slots as new as those of the segment.
    floor_base: u64,
}

impl Cold {
    pub(super) fn new() -> Self {
        let words = SWEPT_BYTES / size_of::<u64>();
        Self {
            swept: (0..words).map(|_| AtomicU64::new(0)).collect(),
            floor_base: BASE,
        }
    }

    /// Lets the floor go on to slots of its table that it has not used.
    pub(super) const fn renew(&mut self) {
        self.floor_base += EVENTS / 2 * PER_BANK;
    }

    /// The floor and an event, each after the caches were swept, in turns: the median of each, in
    /// ticks, which their ratio does not show. In a new segment, after [`Self::renew`], the slots that
    /// the first call touches have never been used, those of the second have.
    pub(super) fn compare(&self, floor: Floor, events: Events) -> Compared {
        let mut bare = Vec::new();
        let mut whole = Vec::new();
        for event in 0..EVENTS {
            // An address for an allocation, then the same for its free.
            let offset = event / 2 * PER_BANK;
            let (bare_address, address) = (self.floor_base + offset, BASE + offset);
            let begins = event % 2 == 0;
            bare.push(self.time(|| match begins {
                true => floor.begin(bare_address),
                false => floor.end(bare_address),
            }));
            whole.push(self.time(|| match begins {
                true => events.begin(address),
                false => events.end(address),
            }));
        }
        let halves = |all: &[f64]| {
            // Allocations and frees apart: the middle of both together may be of one kind only.
            let of = |odd| median(all.iter().skip(odd).step_by(2).copied());
            f64::midpoint(of(0), of(1))
        };
        Compared {
            reference: halves(&bare),
            candidate: halves(&whole),
        }
    }

    fn time(&self, event: impl FnOnce()) -> f64 {
        for page in self.swept.chunks_exact(512) {
            for line in page.iter().step_by(8) {
                // Written, so that the lines it takes the place of are written back by now.
                line.store(black_box(1), Ordering::Relaxed);
            }
            // Nothing runs for long without its stack and its thread-locals (`errno`, the stack
            // protector, the allocator's cache): their pages, not their lines, stay known.
            PAGES.set(PAGES.get() + 1);
        }
        fence(Ordering::SeqCst);
        let start = timestamp();
        event();
        // What was stored has arrived.
        fence(Ordering::SeqCst);
        timestamp().wrapping_sub(start) as f64
    }
}
