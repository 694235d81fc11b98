//! One figure, with all its ways to be shown. What a figure is decides how each format writes it, so
//! that text, JSON and CSV cannot disagree.

use crate::quantity;
use serde::ser::{Serialize, SerializeMap, Serializer};
use std::cmp::Ordering;
use ttmem_layout::ChipSet;

/// One figure or group of figures.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    /// Not known; `null` in JSON, empty in CSV, `-` in text.
    Unknown,
    /// A size: exact in data, in binary units for people.
    Bytes(u64),
    /// A number of things: plain in data, grouped for people.
    Count(u64),
    /// A number that names something (pid, sequence): never grouped.
    Number(u64),
    /// An address or unique id: a hex string, because JSON readers round large numbers.
    Hex(u64),
    /// A moment in nanoseconds since 1970.
    Time(i64),
    /// A span in seconds.
    Seconds(f64),
    /// Part of a whole, in percent.
    Percent(f64),
    /// Yes or no.
    Flag(bool),
    /// Words; what a segment says is made harmless before a terminal sees it.
    Text(String),
    /// Devices.
    Chips(ChipSet),
    /// Several of a kind.
    List(Vec<Value>),
    /// Named figures that belong together.
    Group(Vec<(&'static str, Value)>),
}

impl Value {
    /// A size that is not known when it is zero.
    pub(crate) const fn known_bytes(bytes: u64) -> Self {
        if bytes == 0 {
            Self::Unknown
        } else {
            Self::Bytes(bytes)
        }
    }

    /// An id that is not known when it is zero.
    pub(crate) const fn known_hex(id: u64) -> Self {
        if id == 0 {
            Self::Unknown
        } else {
            Self::Hex(id)
        }
    }

    /// Words that are not known when there are none.
    pub(crate) fn known_text(text: &str) -> Self {
        if text.is_empty() {
            Self::Unknown
        } else {
            Self::Text(text.to_owned())
        }
    }

    /// For people. `exact` writes sizes to the byte.
    pub(crate) fn text(&self, exact: bool) -> String {
        match self {
            Self::Unknown => "-".into(),
            Self::Bytes(bytes) if exact => bytes.to_string(),
            Self::Bytes(bytes) => quantity::size(*bytes),
            Self::Count(number) => quantity::count(*number),
            Self::Number(number) => number.to_string(),
            Self::Hex(number) => format!("{number:#x}"),
            Self::Time(moment) => quantity::time(*moment),
            Self::Seconds(seconds) => quantity::age(*seconds),
            Self::Percent(percent) => format!("{percent:.1}%"),
            Self::Flag(flag) => if *flag { "yes" } else { "no" }.into(),
            Self::Text(text) => harmless(text),
            Self::Chips(chips) => ranges(*chips),
            Self::List(values) => values
                .iter()
                .map(|value| value.text(exact))
                .collect::<Vec<_>>()
                .join(" "),
            Self::Group(values) => values
                .iter()
                .map(|(name, value)| format!("{name}={}", value.text(exact)))
                .collect::<Vec<_>>()
                .join(" "),
        }
    }

    /// For a CSV cell.
    pub(crate) fn cell(&self) -> String {
        match self {
            Self::Unknown => String::new(),
            Self::Bytes(number) | Self::Count(number) => number.to_string(),
            Self::Seconds(seconds) => format!("{seconds:.6}"),
            Self::Percent(percent) => format!("{percent:.3}"),
            Self::Flag(flag) => flag.to_string(),
            Self::Text(text) => text.clone(),
            Self::List(values) => values.iter().map(Self::cell).collect::<Vec<_>>().join(" "),
            other => other.text(true),
        }
    }

    /// Whether columns of it are aligned on the right.
    pub(crate) const fn is_numeric(&self) -> bool {
        matches!(
            self,
            Self::Bytes(_) | Self::Count(_) | Self::Number(_) | Self::Seconds(_) | Self::Percent(_)
        )
    }

    /// The order of `--sort`: amounts largest first, names and places ascending.
    pub(crate) fn order(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Bytes(a), Self::Bytes(b)) | (Self::Count(a), Self::Count(b)) => b.cmp(a),
            (Self::Seconds(a), Self::Seconds(b)) | (Self::Percent(a), Self::Percent(b)) => {
                b.total_cmp(a)
            }
            (Self::Number(a), Self::Number(b)) | (Self::Hex(a), Self::Hex(b)) => a.cmp(b),
            (Self::Time(a), Self::Time(b)) => a.cmp(b),
            (Self::Flag(a), Self::Flag(b)) => a.cmp(b),
            (Self::Text(a), Self::Text(b)) => a.cmp(b),
            (Self::Chips(a), Self::Chips(b)) => {
                (a.0.trailing_zeros(), a.0).cmp(&(b.0.trailing_zeros(), b.0))
            }
            (Self::Unknown, Self::Unknown) => Ordering::Equal,
            (Self::Unknown, _) => Ordering::Greater,
            (_, Self::Unknown) => Ordering::Less,
            _ => Ordering::Equal,
        }
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Unknown => serializer.serialize_unit(),
            Self::Bytes(number) | Self::Count(number) | Self::Number(number) => {
                serializer.serialize_u64(*number)
            }
            Self::Seconds(number) | Self::Percent(number) => serializer.serialize_f64(*number),
            Self::Flag(flag) => serializer.serialize_bool(*flag),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Hex(_) | Self::Time(_) => serializer.serialize_str(&self.text(true)),
            Self::Chips(chips) => serializer.collect_seq(chips.iter()),
            Self::List(values) => serializer.collect_seq(values),
            Self::Group(values) => {
                let mut map = serializer.serialize_map(Some(values.len()))?;
                for (name, value) in values {
                    map.serialize_entry(name, value)?;
                }
                map.end()
            }
        }
    }
}

/// `0-3,7`.
pub(crate) fn ranges(chips: ChipSet) -> String {
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for chip in chips.iter() {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == chip => *last = chip,
            _ => runs.push((chip, chip)),
        }
    }
    let runs: Vec<_> = runs
        .into_iter()
        .map(|(first, last)| {
            if first == last {
                first.to_string()
            } else {
                format!("{first}-{last}")
            }
        })
        .collect();
    if runs.is_empty() {
        "-".into()
    } else {
        runs.join(",")
    }
}

/// Words of a foreign process, without what could steer a terminal.
pub(crate) fn harmless(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for letter in text.chars() {
        // Directional marks can make a line read as another one.
        let steers = letter.is_control()
            || matches!(letter, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if steers {
            shown.extend(letter.escape_default())
        } else {
            shown.push(letter)
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_format_gets_its_own_spelling() {
        let size = Value::Bytes(524_288);
        assert_eq!(size.text(false), "512.0 KiB");
        assert_eq!(size.text(true), "524288");
        assert_eq!(size.cell(), "524288");
        assert_eq!(serde_json::to_string(&size).unwrap(), "524288");
        let address = Value::Hex(0x10_0040);
        assert_eq!(serde_json::to_string(&address).unwrap(), "\"0x100040\"");
        assert_eq!(serde_json::to_string(&Value::Unknown).unwrap(), "null");
        assert_eq!(Value::Unknown.cell(), "");
        assert_eq!(Value::Unknown.text(false), "-");
    }

    #[test]
    fn the_largest_size_survives_json() {
        let value = Value::Group(vec![("bytes", Value::Bytes(u64::MAX))]);
        assert_eq!(
            serde_json::to_string(&value).unwrap(),
            r#"{"bytes":18446744073709551615}"#
        );
    }

    #[test]
    fn devices_are_shown_as_ranges() {
        assert_eq!(ranges(ChipSet(0b1000_1111)), "0-3,7");
        assert_eq!(ranges(ChipSet(u64::MAX)), "0-63");
        assert_eq!(ranges(ChipSet::EMPTY), "-");
    }

    #[test]
    fn a_command_line_cannot_steer_the_terminal() {
        assert_eq!(harmless("a\x1b[2Jb\nc"), "a\\u{1b}[2Jb\\nc");
        assert_eq!(harmless("x\u{202e}y"), "x\\u{202e}y");
        assert_eq!(harmless("größe 模型"), "größe 模型");
    }
}
