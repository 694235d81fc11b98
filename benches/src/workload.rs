//! What is reported: short-lived buffers whose addresses come round again, as activations do.

/// Pairs of an allocation and a free in one batch: long enough for the clock, short enough that
/// some batch in a round runs without being interrupted.
pub(crate) const PAIRS: u64 = 8192;
/// Events of a batch.
pub(crate) const EVENTS: u64 = 2 * PAIRS;
/// Allocations that live for the whole run beside the short-lived ones, as weights do.
pub(crate) const RESIDENT: u64 = 500;
/// Bytes of each allocation on each bank.
pub(crate) const PER_BANK: u64 = 2048;
/// Banks of each allocation.
pub(crate) const BANKS: u16 = 12;

/// Addresses in turn.
const SPOTS: u64 = 256;
/// Short-lived allocations that live at once.
const LIVE: u64 = 64;
const _: () = assert!(PAIRS.is_multiple_of(SPOTS) && LIVE < SPOTS);

/// Allocations that have to be live before the first batch.
pub(crate) const PREPARED: u64 = LIVE + RESIDENT;

/// What has to be live before the first batch: `begin` is called with each address.
pub(crate) fn prepare(base: u64, mut begin: impl FnMut(u64)) {
    for spot in SPOTS - LIVE..SPOTS {
        begin(address(base, spot));
    }
    for number in 0..RESIDENT {
        begin(resident(base, number));
    }
}

/// One batch. It leaves behind what it found.
#[inline(always)]
pub(crate) fn batch(base: u64, mut begin: impl FnMut(u64), mut end: impl FnMut(u64)) {
    for step in 0..PAIRS {
        begin(address(base, step % SPOTS));
        end(address(base, (step + SPOTS - LIVE) % SPOTS));
    }
}

/// Address of an allocation that lives for the whole run.
pub(crate) const fn resident(base: u64, number: u64) -> u64 {
    address(base, SPOTS + number)
}

const fn address(base: u64, spot: u64) -> u64 {
    base + spot * PER_BANK
}
