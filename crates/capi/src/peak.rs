//! Peaks that begin anew.

#![expect(non_camel_case_types, reason = "the names C programs use")]

use crate::boundary::{contained, event};
use crate::elsewhere::ask;
use crate::outcome::ttmem_outcome;
use crate::types::TTMEM_L1_CORE;
use ttmem_producer::{L1_CORE_LINE, Peaks};

/// An observer of peaks. The peaks of one may begin anew without those of another changing, nor those
/// that `ttmem` shows. Valid in the process that opened it, while it stays attached.
pub type ttmem_peaks = u32;

/// The process's own observer: always open, and its peaks begin with the segment.
pub const TTMEM_PROCESS_PEAKS: u32 = 0;
/// No observer.
pub const TTMEM_NO_PEAKS: u32 = u32::MAX;

const _: () = {
    assert!(TTMEM_PROCESS_PEAKS == Peaks::PROCESS.number());
    assert!(TTMEM_L1_CORE as usize == L1_CORE_LINE);
};

/// Begins to observe peaks: on every chip and of every type from what is held now. Takes a lock and
/// allocates.
///
/// Returns the observer, or `TTMEM_NO_PEAKS` while tracking is off and when 64 are open (with the
/// process's own). Close it with `ttmem_close_peaks`.
#[unsafe(no_mangle)]
pub extern "C" fn ttmem_open_peaks() -> ttmem_peaks {
    if !ttmem_producer::attached() {
        return ask(|other| Some((other.open_peaks?)())).unwrap_or(TTMEM_NO_PEAKS);
    }
    contained(TTMEM_NO_PEAKS, || {
        ttmem_producer::open_peaks().map_or(TTMEM_NO_PEAKS, Peaks::number)
    })
}

/// The most that a chip held of a buffer type since the observer's peak there last began anew.
///
/// chip: the runtime's device number, 0 to 63. buffer_type: a buffer type, or `TTMEM_L1_CORE`.
///
/// Returns bytes: occupied, over all banks of the chip, for `TTMEM_L1_CORE` those of one core. 0 while
/// tracking is off, and for an observer, chip or type there is not (which is not counted: nothing is
/// missing from what is recorded). Takes a lock. An allocation or free that is under way in another
/// thread counts as before or after.
#[unsafe(no_mangle)]
pub extern "C" fn ttmem_peak(peaks: ttmem_peaks, chip: u32, buffer_type: u32) -> u64 {
    if !ttmem_producer::attached() {
        return ask(|other| Some((other.peak?)(peaks, chip, buffer_type))).unwrap_or(0);
    }
    answer(ttmem_producer::peak, peaks, chip, buffer_type)
}

/// As `ttmem_peak`, and has this one peak of this observer begin anew from what is held now: returns
/// the peak so far, in bytes, and the next one is never less than what is held. 0 where `ttmem_peak` is.
#[unsafe(no_mangle)]
pub extern "C" fn ttmem_reset_peak(peaks: ttmem_peaks, chip: u32, buffer_type: u32) -> u64 {
    if !ttmem_producer::attached() {
        return ask(|other| Some((other.reset_peak?)(peaks, chip, buffer_type))).unwrap_or(0);
    }
    answer(ttmem_producer::reset_peak, peaks, chip, buffer_type)
}

fn answer(
    question: fn(Peaks, u32, usize) -> Option<u64>,
    peaks: ttmem_peaks,
    chip: u32,
    buffer_type: u32,
) -> u64 {
    contained(0, || {
        question(Peaks::from_number(peaks), chip, buffer_type as usize).unwrap_or_default()
    })
}

/// Ends an observer. Takes a lock.
///
/// Returns `TTMEM_DONE`, `TTMEM_OFF` while tracking is off, and `TTMEM_REJECTED` (not counted) for an
/// observer there is not and for the process's own, which stays open.
#[unsafe(no_mangle)]
pub extern "C" fn ttmem_close_peaks(peaks: ttmem_peaks) -> ttmem_outcome {
    event(
        || Some(ttmem_producer::close_peaks(Peaks::from_number(peaks))),
        |other| Some((other.close_peaks?)(peaks)),
    )
}
