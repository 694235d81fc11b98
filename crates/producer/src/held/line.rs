//! Text in a place of fixed size.

use super::TEXT_BYTES;
use std::fmt::{self, Write};
use ttmem_layout::ChipSet;

/// Said instead of what there was no room for.
const CUT: &str = "  and more\n";

/// A text of at most [`TEXT_BYTES`]: what does not fit is cut after a whole line.
pub(super) struct Text<'a> {
    bytes: &'a mut [u8; TEXT_BYTES],
    length: usize,
    full: bool,
}

impl<'a> Text<'a> {
    pub(super) fn new(bytes: &'a mut [u8; TEXT_BYTES]) -> Self {
        Self {
            bytes,
            length: 0,
            full: false,
        }
    }

    /// The text as far as it fits.
    pub(super) fn finish(mut self) -> &'a [u8] {
        if self.full {
            let room = &self.bytes[..self.length.min(TEXT_BYTES - CUT.len())];
            let last = room.iter().rposition(|byte| *byte == b'\n');
            self.length = last.map_or(0, |last| last + 1);
            self.bytes[self.length..][..CUT.len()].copy_from_slice(CUT.as_bytes());
            self.length += CUT.len();
        }
        &self.bytes[..self.length]
    }
}

impl Write for Text<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = &mut self.bytes[self.length..];
        match room.get_mut(..text.len()) {
            Some(place) if !self.full => {
                place.copy_from_slice(text.as_bytes());
                self.length += text.len();
            }
            _ => self.full = true,
        }
        Ok(())
    }
}

/// Bytes as people read them: `512.0 KiB`; below one KiB exact.
pub(super) struct Size(pub(super) u64);

impl fmt::Display for Size {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
        if self.0 < 1024 {
            return write!(out, "{} B", self.0);
        }
        let mut value = self.0 as f64 / 1024.0;
        let mut unit = 0;
        // 1023.95 would be printed as 1024.0: that is one of the next unit.
        while value >= 1023.95 && unit + 1 < UNITS.len() {
            value /= 1024.0;
            unit += 1;
        }
        write!(out, "{value:.1} {}", UNITS[unit])
    }
}

/// A number with its thousands apart: `1,204`.
pub(super) struct Count(pub(super) u64);

impl fmt::Display for Count {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut digits = [0; 20];
        let mut rest = self.0;
        let mut length = 0;
        loop {
            digits[length] = b'0' + (rest % 10) as u8;
            length += 1;
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        for at in (0..length).rev() {
            out.write_char(char::from(digits[at]))?;
            if at > 0 && at % 3 == 0 {
                out.write_char(',')?;
            }
        }
        Ok(())
    }
}

/// Chips in words: `device 0`, `each of devices 0-3,7`.
pub(super) struct Devices(pub(super) ChipSet);

impl fmt::Display for Devices {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let chips = self.0;
        out.write_str(match chips.len() {
            0 => return out.write_str("no device"),
            1 => "device ",
            _ => "each of devices ",
        })?;
        let mut passed = 0;
        while let rest = chips.0.checked_shr(passed).unwrap_or(0)
            && rest != 0
        {
            let first = passed + rest.trailing_zeros();
            let run = (chips.0 >> first).trailing_ones();
            let comma = if passed > 0 { "," } else { "" };
            write!(out, "{comma}{first}")?;
            if run > 1 {
                write!(out, "-{}", first + run - 1)?;
            }
            passed = first + run;
        }
        Ok(())
    }
}
