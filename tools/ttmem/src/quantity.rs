//! Sizes, counts, durations and times: how people write them and how they read them.

use std::time::Duration;

const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

/// `524288` as `512.0 KiB`; below one KiB exact.
pub(crate) fn size(bytes: u64) -> String {
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    let mut value = bytes as f64 / 1024.0;
    let mut unit = 0;
    // 1023.95 would be printed as 1024.0: that is one of the next unit.
    while value >= 1023.95 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    format!("{value:.1} {}", UNITS[unit])
}

/// `1204` as `1,204`.
pub(crate) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
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

/// Part of a whole in percent; nothing if the whole is not known.
pub(crate) fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 * 100.0 / whole as f64)
}

/// Seconds as people say them: `1.5s`, `12m03s`, `3h12m`, `4d02h`.
pub(crate) fn age(seconds: f64) -> String {
    let seconds = seconds.max(0.0);
    let whole = seconds as u64;
    match whole {
        0..60 => format!("{seconds:.1}s"),
        60..3_600 => format!("{}m{:02}s", whole / 60, whole % 60),
        3_600..86_400 => format!("{}h{:02}m", whole / 3_600, whole / 60 % 60),
        _ => format!("{}d{:02}h", whole / 86_400, whole / 3_600 % 24),
    }
}

/// Nanoseconds since 1970 as RFC 3339, UTC, microseconds. A moment that no calendar has (a damaged
/// segment may say anything) is shown as the nearest one that it has.
pub(crate) fn time(nanoseconds: i64) -> String {
    let moment = jiff::Timestamp::from_nanosecond(i128::from(nanoseconds)).unwrap_or_default();
    format!("{moment:.6}")
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
        assert_eq!(age(1.55), "1.6s");
        assert_eq!(age(723.0), "12m03s");
        assert_eq!(age(93_600.0), "1d02h");
    }
}
