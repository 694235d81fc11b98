//! The lines of this part: loads of the slots, in percent.

use super::addresses::Lie;
use crate::row::Row;

/// The loads measured.
pub(super) const LOADS: [u64; 4] = [50, 80, 95, 100];
/// The one at which few lines shall be touched.
pub(super) const LINES_AT: u64 = 80;

const EMPTY: &str = "live table near empty";

/// The line of one of [`LOADS`].
pub(super) const fn row(lie: Lie, load: usize) -> Row {
    let names = match lie {
        Lie::Random => [
            "live table 50 % full, random addresses",
            "live table 80 % full, random addresses",
            "live table 95 % full, random addresses",
            "live table 100 % full, random addresses",
        ],
        Lie::Packed => [
            "live table 50 % full, packed addresses",
            "live table 80 % full, packed addresses",
            "live table 95 % full, packed addresses",
            "live table 100 % full, packed addresses",
        ],
    };
    Row::new(names[load], EMPTY)
}

const THREE: &str = "three lines";

/// The lines that an allocation and a free touch at [`LINES_AT`], on average.
pub(super) const fn lines(lie: Lie) -> [Row; 2] {
    match lie {
        Lie::Random => [
            Row::new("cache lines of an allocation, 80 % full, random", THREE),
            Row::new("cache lines of a free, 80 % full, random", THREE),
        ],
        Lie::Packed => [
            Row::new("cache lines of an allocation, 80 % full, packed", THREE),
            Row::new("cache lines of a free, 80 % full, packed", THREE),
        ],
    }
}
