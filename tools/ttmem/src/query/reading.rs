//! What a word of a query may mean. Which of its meanings counts, the figure it is compared with
//! decides: `10m` is ten minutes of an age and ten MiB of a size.

use crate::quantity::{parse_duration, parse_size};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use ttmem_layout::{ChipSet, MAX_CHIPS};

/// All meanings of one word.
#[derive(Clone, Debug)]
pub(super) struct Reading {
    /// The word itself, in lower case.
    pub(super) word: String,
    /// No figure at all.
    pub(super) null: bool,
    /// A size, number, address or id.
    pub(super) number: Option<u64>,
    /// A span in seconds.
    pub(super) seconds: Option<f64>,
    /// A share in percent.
    pub(super) percent: Option<f64>,
    /// A moment in nanoseconds since 1970.
    pub(super) moment: Option<i64>,
    /// Yes or no.
    pub(super) flag: Option<bool>,
    /// Devices.
    pub(super) chips: Option<ChipSet>,
}

impl Reading {
    /// Reads a word, at this moment.
    pub(super) fn of(text: &str, quoted: bool, now_ns: i64) -> Self {
        let word = text.trim().to_lowercase();
        Self {
            null: word == "null" && !quoted,
            number: number(&word),
            seconds: seconds(&word),
            percent: real(word.strip_suffix('%').unwrap_or(&word)),
            moment: moment(text.trim(), now_ns),
            flag: match &*word {
                "true" | "yes" => Some(true),
                "false" | "no" => Some(false),
                _ => None,
            },
            chips: chips(&word),
            word,
        }
    }
}

/// `4242`, `#88`, `0x1000`, `64k`, `1.5m`.
fn number(word: &str) -> Option<u64> {
    let word = word.strip_prefix('#').unwrap_or(word);
    if let Some(digits) = word.strip_prefix("0x") {
        return u64::from_str_radix(digits, 16).ok();
    }
    // Part of a byte, or of a thing, is none.
    let is_part = word.contains('.') && word.ends_with(|last: char| last.is_ascii_digit());
    parse_size(word).ok().filter(|_| !is_part)
}

fn real(word: &str) -> Option<f64> {
    word.parse().ok().filter(|number: &f64| number.is_finite())
}

fn seconds(word: &str) -> Option<f64> {
    let short = || real(word.strip_suffix("us")?).map(|micros| micros / 1e6);
    let long = || Some(parse_duration(word).ok()?.as_secs_f64());
    real(word).or_else(short).or_else(long)
}

/// `2026-11-20T12:00:00Z`; without a zone it is UTC, as in all output. `-10m` is ten minutes ago.
fn moment(word: &str, now_ns: i64) -> Option<i64> {
    if word.eq_ignore_ascii_case("now") {
        return Some(now_ns);
    }
    if let Some(ago) = word.strip_prefix('-') {
        let ago = parse_duration(ago).ok()?;
        return now_ns.checked_sub(i64::try_from(ago.as_nanos()).ok()?);
    }
    let local = || {
        let time: DateTime = word.parse().ok()?;
        Some(time.to_zoned(TimeZone::UTC).ok()?.timestamp())
    };
    let moment = word.parse::<Timestamp>().ok().or_else(local)?;
    i64::try_from(moment.as_nanosecond()).ok()
}

/// `3` or `0-3`.
fn chips(word: &str) -> Option<ChipSet> {
    let number = |text: &str| {
        let chip: u32 = text.parse().ok()?;
        ((chip as usize) < MAX_CHIPS).then_some(chip)
    };
    let (first, last) = word.split_once('-').unwrap_or((word, word));
    let chips = number(first)?..=number(last)?;
    Some(
        chips
            .filter_map(ChipSet::of)
            .fold(ChipSet::EMPTY, ChipSet::or),
    )
}
