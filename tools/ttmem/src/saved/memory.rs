//! How much memory there is to copy segments into.

use ttmem_reader::LONGEST;

/// Bytes of memory that can be had without pushing others out.
pub(super) fn memory_left() -> u64 {
    let lines = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let available = lines.lines().find_map(|line| {
        let kilobytes = line
            .strip_prefix("MemAvailable:")?
            .split_whitespace()
            .next()?;
        kilobytes.parse::<u64>().ok()
    });
    available.map_or(LONGEST, |kilobytes| kilobytes.saturating_mul(1024))
}
