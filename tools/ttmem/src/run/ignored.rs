//! Which signals whoever started this process wants ignored, as `nohup` does with SIGHUP.

use std::ffi::c_int;
use std::fs;

/// Those of `signals` that this process does not ignore. A handler would end the ignoring, here and
/// in every program started later.
pub(super) fn not_ignored(signals: &[c_int]) -> impl Iterator<Item = c_int> {
    // Without /proc nothing is known to be ignored.
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = ignored(&status);
    signals
        .iter()
        .copied()
        .filter(move |signal| mask & bit(*signal) == 0)
}

/// The mask that `/proc/<pid>/status` gives in hexadecimal digits.
fn ignored(status: &str) -> u64 {
    let line = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    line.and_then(|digits| u64::from_str_radix(digits.trim(), 16).ok())
        .unwrap_or_default()
}

/// Signals count from 1, the bits of the mask from 0.
fn bit(signal: c_int) -> u64 {
    u32::try_from(signal - 1)
        .ok()
        .and_then(|at| 1_u64.checked_shl(at))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

    #[test]
    fn the_mask_tells_each_signal() {
        let mask = ignored("Name:\tsh\nSigBlk:\t0000000000000003\nSigIgn:\t0000000000004001\n");
        let is_ignored = |signal| mask & bit(signal) != 0;
        assert!(is_ignored(SIGHUP));
        assert!(!is_ignored(SIGINT));
        assert!(is_ignored(SIGTERM));
        assert_eq!(bit(0), 0);
        assert_eq!(ignored("nothing of the sort"), 0);
    }
}
