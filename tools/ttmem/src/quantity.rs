//! Sizes, counts, durations and times: how people write them and how they read them.

use std::cell::RefCell;
use std::fmt::Write;
use std::time::Duration;

const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

/// `524288` as `512.0 KiB`; below one KiB exact.
pub(crate) fn size(bytes: u64) -> String {
    written(|line| write_size(line, bytes))
}

/// Adds what [`size`] says to a line.
pub(crate) fn write_size(line: &mut String, bytes: u64) {
    if bytes < 1024 {
        write_number(line, bytes);
        line.push_str(" B");
        return;
    }
    let mut value = bytes as f64 / 1024.0;
    let mut unit = 0;
    // 1023.95 would be printed as 1024.0: that is one of the next unit.
    while value >= 1023.95 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    write_tenths(line, value);
    line.push(' ');
    line.push_str(UNITS[unit]);
}

/// `1204` as `1,204`.
pub(crate) fn count(number: u64) -> String {
    written(|line| write_count(line, number))
}

/// Adds what [`count`] says to a line.
pub(crate) fn write_count(line: &mut String, number: u64) {
    let mut buffer = itoa::Buffer::new();
    let mut digits = buffer.format(number);
    while let Some(first) = (digits.len() > 3).then_some((digits.len() - 1) % 3 + 1) {
        let (group, rest) = digits.split_at(first);
        line.push_str(group);
        line.push(',');
        digits = rest;
    }
    line.push_str(digits);
}

/// Adds a number to a line.
pub(crate) fn write_number(line: &mut String, number: u64) {
    line.push_str(itoa::Buffer::new().format(number));
}

/// Adds a number to a line, in hexadecimal digits.
pub(crate) fn write_hex(line: &mut String, number: u64) {
    line.push_str("0x");
    write_hex_digits(line, number, 1);
}

/// Adds hexadecimal digits to a line, at least so many.
pub(crate) fn write_hex_digits(line: &mut String, number: u64, least: usize) {
    let mut text = [b'0'; 16];
    let mut rest = number;
    for digit in text.iter_mut().rev() {
        *digit = b"0123456789abcdef"[(rest & 0xf) as usize];
        rest >>= 4;
    }
    let digits = (u64::BITS - number.leading_zeros()).div_ceil(4) as usize;
    line.extend(str::from_utf8(&text[16 - digits.max(least)..]));
}

/// Adds a number that is not negative to a line, with one decimal, as `{:.1}` does.
fn write_tenths(line: &mut String, number: f64) {
    let tenths = number * 10.0;
    let whole = tenths.round();
    // The number itself decides which way to round: near the middle leave it to who knows all of it.
    if tenths < 1e12 && ((tenths - tenths.floor()) - 0.5).abs() > 1e-3 {
        let whole = whole as u64;
        write_number(line, whole / 10);
        line.push('.');
        write_number(line, whole % 10);
    } else {
        let _ = write!(line, "{number:.1}");
    }
}

fn written(write: impl FnOnce(&mut String)) -> String {
    let mut text = String::new();
    write(&mut text);
    text
}

/// `1 buffer`, `2 buffers`.
pub(crate) fn counted(number: u64, noun: &str) -> String {
    let plural = match (number, noun) {
        (1, _) => "",
        (_, noun) if noun.ends_with("ss") => "es",
        _ => "s",
    };
    format!("{} {noun}{plural}", count(number))
}

/// `live overflow 1,204`, for each name that something was counted under.
pub(crate) fn counted_by_name(names: &[&str], numbers: &[u64]) -> Vec<String> {
    let some = names.iter().zip(numbers).filter(|(_, number)| **number > 0);
    some.map(|(name, number)| format!("{} {}", name.replace('_', " "), count(*number)))
        .collect()
}

/// Part of a whole in percent; nothing if the whole is not known.
pub(crate) fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 * 100.0 / whole as f64)
}

/// Adds seconds to a line as people say them: `20.5us`, `3.2ms`, `1.5s`, `12m03s`, `3h12m`, `4d02h`.
pub(crate) fn write_age(line: &mut String, seconds: f64) {
    let seconds = seconds.max(0.0);
    let whole = seconds as u64;
    let (large, unit, small, end) = match whole {
        0..60 => {
            // As seconds with one decimal most allocations of a running model would live for none.
            let (number, unit) = match seconds {
                0.0 | 0.1.. => (seconds, "s"),
                0.000_1.. => (seconds * 1e3, "ms"),
                _ => (seconds * 1e6, "us"),
            };
            write_tenths(line, number);
            line.push_str(unit);
            return;
        }
        60..3_600 => (whole / 60, 'm', whole % 60, 's'),
        3_600..86_400 => (whole / 3_600, 'h', whole / 60 % 60, 'm'),
        _ => (whole / 86_400, 'd', whole / 3_600 % 24, 'h'),
    };
    write_number(line, large);
    line.push(unit);
    write_digits(line, small, 2);
    line.push(end);
}

/// Nanoseconds since 1970 as RFC 3339, UTC, microseconds. A moment that no calendar has (a damaged
/// segment may say anything) is shown as the nearest one that it has.
pub(crate) fn time(nanoseconds: i64) -> String {
    written(|line| write_time(line, nanoseconds))
}

/// Adds what [`time`] says to a line. What a calendar has to be asked for is kept for the moments that
/// follow: neighbours in a list are often of the same second.
pub(crate) fn write_time(line: &mut String, nanoseconds: i64) {
    thread_local! {
        static LAST: RefCell<(i64, String)> = const { RefCell::new((i64::MIN, String::new())) };
    }
    let second = nanoseconds.div_euclid(1_000_000_000);
    let micros = nanoseconds.rem_euclid(1_000_000_000) / 1_000;
    LAST.with_borrow_mut(|(known, text)| {
        if *known != second {
            let moment = jiff::Timestamp::from_second(second).unwrap_or_default();
            text.clear();
            let _ = write!(text, "{moment:.0}");
            // The zone comes after the fraction.
            text.pop();
            *known = second;
        }
        line.push_str(text);
    });
    line.push('.');
    write_digits(line, micros as u64, 6);
    line.push('Z');
}

/// Adds the last digits of a number to a line, zeros in front.
fn write_digits(line: &mut String, number: u64, digits: usize) {
    let mut text = [b'0'; 20];
    let text = &mut text[..digits];
    let mut rest = number;
    for digit in text.iter_mut().rev() {
        *digit = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    line.extend(str::from_utf8(text));
}

/// Reads `500ms`, `2s`, `1.5m`, `1h`, `2d`; a bare number is in seconds.
pub(crate) fn parse_duration(text: &str) -> Result<Duration, String> {
    let text = text.trim();
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let scale = match &text[digits.len()..] {
        "ms" => 1e-3,
        "" | "s" => 1.0,
        "m" | "min" => 60.0,
        "h" => 3_600.0,
        "d" => 86_400.0,
        _ => return Err("write it like 500ms, 2s, 1.5m or 1h".into()),
    };
    let number: f64 = digits
        .trim()
        .parse()
        .map_err(|_| "write it like 500ms, 2s, 1.5m or 1h")?;
    let seconds = number * scale;
    if !(0.001..=1e9).contains(&seconds) {
        return Err("it must be between 1ms and some years".into());
    }
    Ok(Duration::from_secs_f64(seconds))
}

/// Reads `4096`, `1M`, `1.5GiB`. Units are binary, whichever way they are written.
pub(crate) fn parse_size(text: &str) -> Result<u64, String> {
    let help = || "write it like 4096, 64K, 1.5M or 2GiB".to_owned();
    let text = text.trim();
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let shift = match text[digits.len()..].to_ascii_lowercase().as_str() {
        "" | "b" => 0,
        "k" | "kb" | "kib" => 10,
        "m" | "mb" | "mib" => 20,
        "g" | "gb" | "gib" => 30,
        "t" | "tb" | "tib" => 40,
        _ => return Err(help()),
    };
    if let Ok(whole) = digits.trim().parse::<u64>() {
        return whole
            .checked_mul(1 << shift)
            .ok_or_else(|| "too large".to_owned());
    }
    let number: f64 = digits.trim().parse().map_err(|_| help())?;
    let bytes = number * (1_u64 << shift) as f64;
    if (0.0..9e18).contains(&bytes) {
        Ok(bytes as u64)
    } else {
        Err(help())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_binary_and_never_show_1024_of_a_unit() {
        assert_eq!(size(0), "0 B");
        assert_eq!(size(1023), "1023 B");
        assert_eq!(size(1024), "1.0 KiB");
        assert_eq!(size((1 << 20) - 1), "1.0 MiB");
        assert_eq!(size(12 << 30), "12.0 GiB");
        assert_eq!(size(u64::MAX), "16.0 EiB");
    }

    #[test]
    fn counts_are_grouped() {
        assert_eq!(count(7), "7");
        assert_eq!(count(1_204), "1,204");
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(counted(1, "process"), "1 process");
        assert_eq!(counted(2, "process"), "2 processes");
        assert_eq!(counted(0, "record"), "0 records");
        let names = ["rejected", "live_overflow", "pool_unknown"];
        let by_name = counted_by_name(&names, &[1, 1_204, 0]);
        assert_eq!(by_name, ["rejected 1", "live overflow 1,204"]);
    }

    /// Numbers of all magnitudes.
    fn numbers() -> impl Iterator<Item = u64> {
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        (0..20_000).map(move |turn| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            state >> (turn % 64)
        })
    }

    #[test]
    fn whatever_is_written_quickly_is_written_as_the_library_would() {
        let ties = (1..200).map(|at| 1024 + at * 64);
        for number in numbers().chain(ties).chain([0, u64::MAX]) {
            let hex = |least| written(|line| write_hex_digits(line, number, least));
            assert_eq!(
                written(|line| write_hex(line, number)),
                format!("{number:#x}")
            );
            assert_eq!(hex(10), format!("{number:010x}"));
            for value in [number as f64 / 1024.0, number as f64 / 1e9] {
                assert_eq!(
                    written(|line| write_tenths(line, value)),
                    format!("{value:.1}")
                );
            }
            let moment = jiff::Timestamp::from_nanosecond(i128::from(number as i64));
            assert_eq!(time(number as i64), format!("{:.6}", moment.unwrap()));
            let micros = number % 1_000_000;
            assert_eq!(
                written(|line| write_digits(line, micros, 6)),
                format!("{micros:06}")
            );
        }
    }

    #[test]
    fn durations_and_sizes_are_read_as_people_write_them() {
        assert_eq!(parse_duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(parse_duration("2"), Ok(Duration::from_secs(2)));
        assert_eq!(parse_duration("1.5m"), Ok(Duration::from_secs(90)));
        assert!(parse_duration("0").is_err());
        assert!(parse_duration("-1s").is_err());
        assert!(parse_duration("soon").is_err());
        assert!(parse_duration("NaN").is_err());
        assert_eq!(parse_size("64K"), Ok(65_536));
        assert_eq!(parse_size("1.5MiB"), Ok(1_572_864));
        assert_eq!(parse_size("0"), Ok(0));
        assert!(parse_size("99999999T").is_err());
        assert!(parse_size("-1").is_err());
        assert!(parse_size("python").is_err());
    }

    #[test]
    fn times_have_microseconds_and_a_zone() {
        assert_eq!(
            time(1_795_176_000_000_001_500),
            "2026-11-20T12:00:00.000001Z"
        );
        assert_eq!(time(0), "1970-01-01T00:00:00.000000Z");
        assert!(time(i64::MIN).ends_with('Z'));
        let age = |seconds| written(|line| write_age(line, seconds));
        assert_eq!(age(1.55), "1.6s");
        assert_eq!(age(0.0), "0.0s");
        assert_eq!(age(0.000_020_5), "20.5us");
        assert_eq!(age(0.003_24), "3.2ms");
        assert_eq!(age(723.0), "12m03s");
        assert_eq!(age(93_600.0), "1d02h");
    }
}
