//! One figure, with all its ways to be shown. What a figure is decides how each format writes it, so
//! that text, JSON and CSV cannot disagree.

use crate::quantity;
use serde::ser::{Serialize, SerializeMap, Serializer};
use std::borrow::Cow;
use std::cell::RefCell;
use std::cmp::Ordering;
use std::fmt::{self, Write};
use ttmem_layout::ChipSet;

/// One figure or group of figures. Words are borrowed from what they are said of: a figure of a hundred
/// thousand buffers is not a hundred thousand strings.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value<'a> {
    /// Not known; `null` in JSON, empty in CSV, `-` in text.
    Unknown,
    /// A size: exact in data, in binary units for people.
    Bytes(u64),
    /// A number of things: plain in data, grouped for people.
    Count(u64),
    /// By how many bytes a size changed.
    BytesChange(i64),
    /// By how much a number of things changed.
    CountChange(i64),
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
    Text(Cow<'a, str>),
    /// Devices.
    Chips(ChipSet),
    /// Several of a kind.
    List(Vec<Value<'a>>),
    /// Named figures that belong together.
    Group(Vec<(&'static str, Value<'a>)>),
}

impl<'a> Value<'a> {
    /// A size that is not known when it is zero.
    pub(crate) const fn known_bytes(bytes: u64) -> Self {
        if bytes == 0 {
            Self::Unknown
        } else {
            Self::Bytes(bytes)
        }
    }

    /// By how many bytes a size changed.
    pub(crate) fn bytes_change(before: u64, after: u64) -> Self {
        Self::BytesChange(change(before, after))
    }

    /// By how much a number of things changed.
    pub(crate) fn count_change(before: u64, after: u64) -> Self {
        Self::CountChange(change(before, after))
    }

    /// An id that is not known when it is zero.
    pub(crate) const fn known_hex(id: u64) -> Self {
        if id == 0 {
            Self::Unknown
        } else {
            Self::Hex(id)
        }
    }

    /// A number that is not known when it is zero.
    pub(crate) const fn known_number(number: u64) -> Self {
        if number == 0 {
            Self::Unknown
        } else {
            Self::Number(number)
        }
    }

    /// Words that are not known when there are none.
    pub(crate) const fn known_text(text: &'a str) -> Self {
        if text.is_empty() {
            Self::Unknown
        } else {
            Self::Text(Cow::Borrowed(text))
        }
    }

    /// Words.
    pub(crate) const fn words(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }

    /// For people. `exact` writes sizes to the byte.
    pub(crate) fn text(&self, exact: bool) -> String {
        let mut text = String::new();
        self.write(exact, &mut text);
        text
    }

    /// Adds it to a line for people. `exact` writes sizes to the byte.
    pub(crate) fn write(&self, exact: bool, line: &mut String) {
        match self {
            Self::Unknown => line.push('-'),
            Self::Bytes(bytes) if exact => quantity::write_number(line, *bytes),
            Self::Bytes(bytes) => quantity::write_size(line, *bytes),
            Self::Count(number) => quantity::write_count(line, *number),
            Self::BytesChange(change) => {
                line.push_str(sign(*change));
                Self::Bytes(change.unsigned_abs()).write(exact, line);
            }
            Self::CountChange(change) => {
                line.push_str(sign(*change));
                quantity::write_count(line, change.unsigned_abs());
            }
            Self::Number(number) => quantity::write_number(line, *number),
            Self::Hex(number) => quantity::write_hex(line, *number),
            Self::Time(moment) => quantity::write_time(line, *moment),
            Self::Seconds(seconds) => quantity::write_age(line, *seconds),
            Self::Percent(percent) => push(line, format_args!("{percent:.1}%")),
            Self::Flag(flag) => line.push_str(if *flag { "yes" } else { "no" }),
            Self::Text(text) => write_harmless(line, text),
            Self::Chips(chips) => write_ranges(line, *chips),
            Self::List(values) => {
                for (at, value) in values.iter().enumerate() {
                    line.push_str(if at > 0 { " " } else { "" });
                    value.write(exact, line);
                }
            }
            Self::Group(values) => {
                for (at, (name, value)) in values.iter().enumerate() {
                    line.push_str(if at > 0 { " " } else { "" });
                    line.push_str(name);
                    line.push('=');
                    value.write(exact, line);
                }
            }
        }
    }

    /// Adds it to a CSV cell.
    pub(crate) fn write_cell(&self, cell: &mut String) {
        match self {
            Self::Unknown => {}
            Self::Bytes(number) | Self::Count(number) => quantity::write_number(cell, *number),
            Self::BytesChange(change) | Self::CountChange(change) => {
                push(cell, format_args!("{change}"));
            }
            Self::Seconds(seconds) => push(cell, format_args!("{seconds:.6}")),
            Self::Percent(percent) => push(cell, format_args!("{percent:.3}")),
            Self::Flag(flag) => cell.push_str(if *flag { "true" } else { "false" }),
            Self::Text(text) => cell.push_str(text),
            Self::List(values) => {
                for (at, value) in values.iter().enumerate() {
                    cell.push_str(if at > 0 { " " } else { "" });
                    value.write_cell(cell);
                }
            }
            other => other.write(true, cell),
        }
    }

    /// Whether columns of it are aligned on the right.
    pub(crate) const fn is_numeric(&self) -> bool {
        matches!(
            self,
            Self::Bytes(_)
                | Self::Count(_)
                | Self::BytesChange(_)
                | Self::CountChange(_)
                | Self::Number(_)
                | Self::Seconds(_)
                | Self::Percent(_)
        )
    }

    /// The order of `--sort`: amounts largest first, names and places ascending.
    pub(crate) fn order(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Bytes(a), Self::Bytes(b)) | (Self::Count(a), Self::Count(b)) => b.cmp(a),
            (Self::BytesChange(a), Self::BytesChange(b))
            | (Self::CountChange(a), Self::CountChange(b)) => b.cmp(a),
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

impl Serialize for Value<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Unknown => serializer.serialize_unit(),
            Self::Bytes(number) | Self::Count(number) | Self::Number(number) => {
                serializer.serialize_u64(*number)
            }
            Self::BytesChange(change) | Self::CountChange(change) => {
                serializer.serialize_i64(*change)
            }
            Self::Seconds(number) | Self::Percent(number) => serializer.serialize_f64(*number),
            Self::Flag(flag) => serializer.serialize_bool(*flag),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Hex(_) | Self::Time(_) => LINE.with_borrow_mut(|line| {
                line.clear();
                self.write(true, line);
                serializer.serialize_str(line)
            }),
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

thread_local! {
    /// Where a figure that JSON has as a string is written first.
    static LINE: RefCell<String> = const { RefCell::new(String::new()) };
}

fn push(line: &mut String, text: fmt::Arguments<'_>) {
    // Writing to a string does not fail.
    let _ = line.write_fmt(text);
}

fn change(before: u64, after: u64) -> i64 {
    let change = i128::from(after) - i128::from(before);
    change.clamp(i64::MIN.into(), i64::MAX.into()) as i64
}

/// What stands before a change.
const fn sign(change: i64) -> &'static str {
    match change {
        1.. => "+",
        0 => "",
        _ => "-",
    }
}

/// `0-3,7`.
pub(crate) fn ranges(chips: ChipSet) -> String {
    let mut text = String::new();
    write_ranges(&mut text, chips);
    text
}

/// Adds `0-3,7` to a line.
pub(crate) fn write_ranges(line: &mut String, chips: ChipSet) {
    if chips.is_empty() {
        line.push('-');
    }
    let mut rest = chips.0;
    let mut passed = 0;
    while rest != 0 {
        line.push_str(if passed > 0 { "," } else { "" });
        let first = passed + rest.trailing_zeros();
        let run = (chips.0 >> first).trailing_ones();
        quantity::write_number(line, first.into());
        if run > 1 {
            line.push('-');
            quantity::write_number(line, (first + run - 1).into());
        }
        passed = first + run;
        rest = chips.0.checked_shr(passed).unwrap_or(0);
    }
}

/// `on device 3`, `on each of devices 0-7`.
pub(crate) fn on_devices(chips: ChipSet) -> String {
    match chips.len() {
        1 => format!("on device {}", ranges(chips)),
        _ => format!("on each of devices {}", ranges(chips)),
    }
}

/// Words of a foreign process, without what could steer a terminal.
pub(crate) fn harmless(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    write_harmless(&mut shown, text);
    shown
}

/// The same, cut to so many letters; `more` is the last of them where something is missing.
pub(crate) fn shortened(text: &str, letters: usize, more: &str) -> String {
    let text = harmless(text);
    match text.char_indices().nth(letters) {
        None => text,
        Some(_) => {
            let kept = text.chars().take(letters.saturating_sub(1));
            kept.chain(more.chars()).collect()
        }
    }
}

fn write_harmless(line: &mut String, text: &str) {
    // Most words are plain, and plain words are copied whole.
    if text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        line.push_str(text);
        return;
    }
    for letter in text.chars() {
        // Directional marks can make a line read as another one.
        let steers = letter.is_control()
            || matches!(letter, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if steers {
            line.extend(letter.escape_default())
        } else {
            line.push(letter)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(value: &Value<'_>) -> String {
        let mut cell = String::new();
        value.write_cell(&mut cell);
        cell
    }

    #[test]
    fn each_format_gets_its_own_spelling() {
        let size = Value::Bytes(524_288);
        assert_eq!(size.text(false), "512.0 KiB");
        assert_eq!(size.text(true), "524288");
        assert_eq!(cell(&size), "524288");
        assert_eq!(serde_json::to_string(&size).unwrap(), "524288");
        let address = Value::Hex(0x10_0040);
        assert_eq!(serde_json::to_string(&address).unwrap(), "\"0x100040\"");
        assert_eq!(serde_json::to_string(&Value::Unknown).unwrap(), "null");
        assert_eq!(cell(&Value::Unknown), "");
        assert_eq!(Value::Unknown.text(false), "-");
    }

    #[test]
    fn a_change_has_its_sign() {
        assert_eq!(Value::bytes_change(0, 524_288).text(false), "+512.0 KiB");
        assert_eq!(Value::bytes_change(524_288, 0).text(true), "-524288");
        assert_eq!(Value::count_change(7, 7).text(false), "0");
        let fewer = Value::count_change(2_000, 0);
        assert_eq!(fewer.text(false), "-2,000");
        assert_eq!(cell(&fewer), "-2000");
        assert_eq!(serde_json::to_string(&fewer).unwrap(), "-2000");
        let most = Value::bytes_change(0, u64::MAX);
        assert_eq!(most, Value::BytesChange(i64::MAX));
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
    fn long_words_end_with_a_sign_that_there_are_more() {
        assert_eq!(shortened("größe 模型", 8, "…"), "größe 模型");
        assert_eq!(shortened("größe 模型", 7, "…"), "größe …");
        assert_eq!(shortened("a\nbcdef", 6, "~"), "a\\nbc~");
    }

    #[test]
    fn a_command_line_cannot_steer_the_terminal() {
        assert_eq!(harmless("a\x1b[2Jb\nc"), "a\\u{1b}[2Jb\\nc");
        assert_eq!(harmless("x\u{202e}y"), "x\\u{202e}y");
        assert_eq!(harmless("größe 模型"), "größe 模型");
    }
}
