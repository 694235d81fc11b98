//! The header of `segment.md`: whether this is a segment we may read at all.

use crate::refusal::Refusal;
use crate::source::Source;
use crate::structs::{Header, SECTIONS};

const MAGIC: &[u8; 8] = b"TTMEMSEG";
const MAJOR: u16 = 1;
const ENDIAN: u32 = 0x0102_0304;

impl Header {
    /// The header of `source`, if it is one this reader understands.
    pub(crate) fn of(source: &Source) -> Result<Self, Refusal> {
        let size = size_of::<Self>();
        if source.length() < size as u64 {
            return Err(source.unlike(format!(
                "it has {} bytes, and a header alone has {size}",
                source.length()
            )));
        }
        let words = source.copy(0, size / 8)?;
        let header: Self = bytemuck::pod_read_unaligned(bytemuck::cast_slice(&words));
        match header.fault(&words, source.length()) {
            Some(fault) => Err(source.unlike(fault)),
            None => Ok(header),
        }
    }

    fn fault(&self, words: &[u64], length: u64) -> Option<String> {
        if &self.magic != MAGIC {
            return Some("it does not begin with TTMEMSEG".to_owned());
        }
        // First of all: without it no other number means anything.
        if self.endian == ENDIAN.swap_bytes() {
            return Some("it was written on a machine of the other byte order".to_owned());
        }
        if self.endian != ENDIAN {
            return Some(format!("its byte order is marked {:#010x}", self.endian));
        }
        if self.major != MAJOR {
            return Some(format!(
                "its layout is version {}.{}, and this reader knows version {MAJOR}",
                self.major, self.minor
            ));
        }
        if self.header_size as usize != size_of::<Self>() {
            return Some(format!(
                "its header is said to have {} bytes",
                self.header_size
            ));
        }
        if self.checksum != checksum(words) {
            return Some("its header is damaged: the checksum is wrong".to_owned());
        }
        if self.section_count as usize > SECTIONS {
            return Some(format!("it claims to have {} sections", self.section_count));
        }
        if self.segment_size > length {
            return Some(format!(
                "it was cut short: {length} bytes of {}",
                self.segment_size
            ));
        }
        None
    }

    /// Wall time of `ticks`, in nanoseconds since 1970.
    pub(crate) fn wall_time(&self, ticks: u64) -> i64 {
        let since = i128::from(ticks) - i128::from(self.anchor_ticks);
        let passed = (since * i128::from(self.tick_scale)) >> 32;
        // Nonsense in the header gives a nonsensical time, which hurts nobody.
        (i128::from(self.anchor_realtime) + passed) as i64
    }
}

/// FNV-1a over the header's words, its own place taken as zero.
fn checksum(words: &[u64]) -> u64 {
    let place = std::mem::offset_of!(Header, checksum);
    let bytes: &[u8] = bytemuck::cast_slice(words);
    let bytes = bytes.iter().enumerate().map(|(at, byte)| {
        if (place..place + 8).contains(&at) {
            0
        } else {
            *byte
        }
    });
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
    })
}

/// A zero-padded text field.
pub(crate) fn padded(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|byte| *byte == 0);
    String::from_utf8_lossy(&bytes[..end.unwrap_or(bytes.len())]).into_owned()
}
