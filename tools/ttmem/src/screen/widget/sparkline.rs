//! A line of small columns: how something went in the last minutes.

use crate::screen::theme::Theme;
use ratatui::text::Span;

/// One column for each value, from none to the largest of them; where nothing is known, nothing.
pub(in crate::screen) fn spark(theme: &Theme, values: &[Option<u64>]) -> Span<'static> {
    let levels = theme.signs.levels;
    let most = values.iter().flatten().max().copied().unwrap_or(0);
    let column = |value: &Option<u64>| match value {
        None => ' ',
        Some(_) if most == 0 => levels[0],
        Some(value) => {
            let height = (*value as f64 / most as f64 * (levels.len() - 1) as f64).round();
            levels[(height as usize).min(levels.len() - 1)]
        }
    };
    Span::raw(values.iter().map(column).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_is_as_high_as_can_be() {
        let theme = Theme::new(false, false);
        let shown = |values: &[Option<u64>]| spark(&theme, values).content.into_owned();
        assert_eq!(shown(&[None, Some(0), Some(5), Some(10)]), " ▁▅█");
        assert_eq!(shown(&[Some(0), Some(0)]), "▁▁");
        assert_eq!(shown(&[]), "");
    }
}
