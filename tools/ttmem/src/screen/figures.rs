//! Figures as the screen writes them.

use super::scene::Scene;
use crate::quantity;
use crate::value::{Value, harmless};
use ratatui::text::Line;
use std::cmp::Ordering;

/// Below this width sizes are written `8.0G` instead of `8.0 GiB`.
pub(super) const NARROW: u16 = 60;

/// How to write figures in a given width.
#[derive(Clone, Copy, Debug)]
pub(super) struct Figures {
    exact: bool,
    narrow: bool,
}

impl Figures {
    /// For a scene drawn in so many columns.
    pub(super) const fn of(scene: &Scene, width: u16) -> Self {
        Self {
            exact: scene.exact,
            narrow: width < NARROW,
        }
    }

    /// So wide sizes are, mostly.
    pub(super) const fn width(self) -> usize {
        match (self.exact, self.narrow) {
            (true, _) => 12,
            (_, true) => 6,
            _ => 9,
        }
    }

    /// A size.
    pub(super) fn size(self, bytes: u64) -> String {
        let text = Value::Bytes(bytes).text(self.exact);
        match self.narrow && !self.exact {
            true => text.replace("iB", "").replace(' ', ""),
            false => text,
        }
    }

    /// A size, or a dash if it is not known.
    pub(super) fn known_size(self, bytes: Option<u64>) -> String {
        bytes.map_or_else(|| "-".into(), |bytes| self.size(bytes))
    }

    /// By how much a size changed, with its sign.
    pub(super) fn change(self, before: u64, after: u64) -> String {
        let size = self.size(after.abs_diff(before));
        match after.cmp(&before) {
            Ordering::Greater => format!("+{size}"),
            Ordering::Less => format!("-{size}"),
            Ordering::Equal => "=".into(),
        }
    }

    /// Any figure.
    pub(super) fn value(self, value: &Value<'_>) -> String {
        match value {
            Value::Bytes(bytes) => self.size(*bytes),
            other => other.text(self.exact),
        }
    }
}

/// `66.7%`, or a dash if the whole is not known.
pub(super) fn percent(part: u64, whole: u64) -> String {
    quantity::share(part, whole).map_or_else(|| "-".into(), |share| format!("{share:.1}%"))
}

/// The same without decimals: what is in use is never shown as none, what is left never as nothing.
pub(super) fn whole_percent(part: u64, whole: u64) -> String {
    match quantity::share(part, whole) {
        None => "-".into(),
        Some(_) if part == 0 => "0%".into(),
        Some(_) if part >= whole => "100%".into(),
        Some(share) => format!("{:.0}%", share.clamp(1.0, 99.0)),
    }
}

/// Events in a second.
pub(super) fn per_second(rate: Option<f64>) -> String {
    match rate {
        None => "-".into(),
        Some(rate) if rate > 0.0 && rate < 10.0 => format!("{rate:.1}"),
        Some(rate) if rate < 10_000.0 => quantity::count(rate as u64),
        Some(rate) if rate < 10_000_000.0 => format!("{:.0}k", rate / 1e3),
        Some(rate) => format!("{:.0}M", rate / 1e6),
    }
}

/// A command line without the directory of its program: what follows tells more.
pub(super) fn command(line: &str) -> String {
    let line = harmless(line);
    let end = line.find(' ').unwrap_or(line.len());
    let name = line[..end].rfind('/').map_or(0, |slash| slash + 1);
    line[name..].to_owned()
}

/// Plain words as a cell or a line.
pub(super) fn words(text: impl Into<String>) -> Line<'static> {
    Line::raw(text.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_and_shares_are_short() {
        assert_eq!(per_second(Some(0.0)), "0");
        assert_eq!(per_second(Some(2.34)), "2.3");
        assert_eq!(per_second(Some(1_234.5)), "1,234");
        assert_eq!(per_second(Some(45_678.0)), "46k");
        assert_eq!(whole_percent(1, 1_000), "1%");
        assert_eq!(whole_percent(999, 1_000), "99%");
        assert_eq!(whole_percent(7, 0), "-");
    }

    #[test]
    fn a_command_begins_with_the_name_of_its_program() {
        assert_eq!(
            command("/usr/bin/python3 /tmp/a.py -v"),
            "python3 /tmp/a.py -v"
        );
        assert_eq!(command("demo"), "demo");
        assert_eq!(command("/"), "");
        assert_eq!(command(""), "");
    }

    #[test]
    fn a_change_has_its_sign() {
        let figures = Figures {
            exact: false,
            narrow: true,
        };
        assert_eq!(figures.change(0, 2048), "+2.0K");
        assert_eq!(figures.change(2048, 0), "-2.0K");
        assert_eq!(figures.change(7, 7), "=");
    }
}
