//! Whose history is asked for.

use super::Generation;
use crate::quantity::parse_size;
use std::fmt;

/// Some addresses, or a buffer by the runtime's own id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    /// From the first to the last of them.
    Addresses(u64, u64),
    /// What the runtime calls this.
    Id(u64),
}

impl Subject {
    /// Reads `0x1000`, `0x1000..0x2000`, `0x1000+64K`, `#88`, `id:88`.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if let Some(id) = text.strip_prefix('#').or_else(|| text.strip_prefix("id:")) {
            return match number(id)? {
                0 => Err("0 is no id: the runtime gave none".into()),
                id => Ok(Self::Id(id)),
            };
        }
        if let Some((first, end)) = text.split_once("..") {
            let (first, end) = (number(first)?, number(end)?);
            if end <= first {
                return Err(format!("there is nothing between {first:#x} and {end:#x}"));
            }
            return Ok(Self::Addresses(first, end - 1));
        }
        if let Some((first, size)) = text.split_once('+') {
            let (first, size) = (number(first)?, parse_size(size)?);
            return match size {
                0 => Err("a range of no bytes has no history".into()),
                _ => Ok(Self::Addresses(first, first.saturating_add(size - 1))),
            };
        }
        let address = number(text)?;
        Ok(Self::Addresses(address, address))
    }

    /// Whether a generation is part of its history.
    pub(crate) const fn is_touched_by(self, generation: &Generation) -> bool {
        let buffer = &generation.buffer;
        match self {
            Self::Id(id) => buffer.id == id,
            Self::Addresses(first, last) => {
                let bytes = if buffer.per_bank == 0 {
                    1
                } else {
                    buffer.per_bank
                };
                buffer.address <= last && buffer.address.saturating_add(bytes - 1) >= first
            }
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Addresses(first, last) if first == last => write!(f, "{first:#x}"),
            Self::Addresses(first, last) => write!(f, "{first:#x}..{:#x}", u128::from(*last) + 1),
            Self::Id(id) => write!(f, "#{id}"),
        }
    }
}

fn number(text: &str) -> Result<u64, String> {
    let text = text.trim();
    let number = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) => u64::from_str_radix(digits, 16),
        None => text.parse(),
    };
    number.map_err(|_| {
        format!("'{text}' is no address: write it like 0x1000, 0x1000..0x2000, 0x1000+64K or #88")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_ranges_and_ids_are_read() {
        let read = |text| Subject::parse(text).unwrap();
        assert_eq!(read("0x1000"), Subject::Addresses(0x1000, 0x1000));
        assert_eq!(read("4096"), Subject::Addresses(0x1000, 0x1000));
        assert_eq!(read("0x1000..0x2000"), Subject::Addresses(0x1000, 0x1fff));
        assert_eq!(read("0x1000+64K"), Subject::Addresses(0x1000, 0x1_0fff));
        assert_eq!(read("0+1"), Subject::Addresses(0, 0));
        assert_eq!(
            read("0xffffffffffffffff+2"),
            Subject::Addresses(u64::MAX, u64::MAX)
        );
        assert_eq!(read("#88"), Subject::Id(88));
        assert_eq!(read("id:0x58"), Subject::Id(88));
        for text in [
            "",
            "#",
            "#0",
            "0x",
            "l1",
            "0x2000..0x1000",
            "1..1",
            "0x1000+0",
            "0x1000+python",
            "-1",
        ] {
            assert!(Subject::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_subject_is_written_as_it_is_read() {
        for text in [
            "0x1000",
            "0x1000..0x2000",
            "#88",
            "0x0..0x10000000000000000",
        ] {
            let subject = match text {
                "0x0..0x10000000000000000" => Subject::Addresses(0, u64::MAX),
                _ => Subject::parse(text).unwrap(),
            };
            assert_eq!(subject.to_string(), text);
        }
    }
}
