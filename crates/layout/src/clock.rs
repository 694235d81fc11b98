//! Ticks and what they mean.

/// Ticks are the processor's time-stamp counter, seen invariant at attach.
pub const CLOCK_TSC: u32 = 1;
/// Ticks are nanoseconds of `CLOCK_MONOTONIC`.
pub const CLOCK_MONOTONIC: u32 = 2;
/// Ticks are nanoseconds of `CLOCK_MONOTONIC_COARSE`, which rises a few hundred times a second.
pub const CLOCK_COARSE: u32 = 3;

/// Fraction bits of [`crate::Header::tick_scale`].
pub const TICK_SCALE_SHIFT: u32 = 32;

/// Nanoseconds in `ticks`, negative before the anchor; `scale` is nanoseconds per tick as a 32.32
/// fixed-point number.
#[inline]
pub const fn ticks_to_ns(ticks: i64, scale: u64) -> i64 {
    ((ticks as i128 * scale as i128) >> TICK_SCALE_SHIFT) as i64
}
