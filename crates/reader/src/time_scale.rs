//! From ticks to wall time.

use std::sync::OnceLock;
use ttmem_layout::{Header, ticks_to_ns};
use ttmem_region::{Clock, Moment, boot_id};

/// Converts a segment's ticks to nanoseconds since 1970, UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeScale {
    anchor_ticks: u64,
    anchor_realtime: u64,
    scale: u64,
}

impl TimeScale {
    /// As the header has it.
    pub(crate) const fn of(header: &Header) -> Self {
        Self {
            anchor_ticks: header.anchor_ticks,
            anchor_realtime: header.anchor_realtime,
            scale: header.tick_scale,
        }
    }

    /// As the header has it, but for the rate, which somebody has measured.
    pub(crate) const fn with_rate(header: &Header, rate: u64) -> Self {
        Self {
            scale: rate,
            ..Self::of(header)
        }
    }

    /// Nanoseconds per tick, 32.32 fixed point.
    pub(crate) const fn rate(&self) -> u64 {
        self.scale
    }

    /// As the header has it, with the rate measured from the anchor to this moment where this
    /// machine's clock still is the producer's: over a longer time, so more exactly.
    pub(crate) fn refined(header: &Header) -> Self {
        let mut scale = Self::of(header);
        let Some(clock) = Clock::from_number(header.clock) else {
            return scale;
        };
        let anchor = Moment {
            ticks: header.anchor_ticks,
            monotonic: header.anchor_monotonic,
            realtime: header.anchor_realtime,
        };
        let here = Here::get();
        if header.boot_id != here.boot_id || clock == Clock::Tsc && here.best != Clock::Tsc {
            return scale;
        }
        let now = clock.moment();
        let measured = clock.scale_between(&anchor, &now);
        let long_enough = now.monotonic.saturating_sub(anchor.monotonic) > 10_000_000;
        // A rate that is off by a tenth means the anchor is not what it says: keep the header's.
        if long_enough && measured.abs_diff(header.tick_scale) < header.tick_scale / 10 {
            scale.scale = measured;
        }
        scale
    }

    /// Nanoseconds since 1970, UTC, of a moment in ticks.
    pub fn wall_ns(&self, ticks: u64) -> i64 {
        let since = ticks.wrapping_sub(self.anchor_ticks) as i64;
        (self.anchor_realtime as i64).wrapping_add(ticks_to_ns(since, self.scale))
    }
}

/// What the clocks of this host are, asked once.
struct Here {
    boot_id: [u8; 16],
    best: Clock,
}

impl Here {
    fn get() -> &'static Self {
        static HERE: OnceLock<Here> = OnceLock::new();
        HERE.get_or_init(|| Self {
            boot_id: boot_id(),
            best: Clock::best(),
        })
    }
}
