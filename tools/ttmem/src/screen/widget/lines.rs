//! Lines of text one below the other, from the first that is wanted.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;
use std::borrow::Cow;
use textwrap::Options;

/// Draws as many as there is room for.
pub(in crate::screen) fn draw(lines: &[Line<'_>], first: usize, area: Rect, buffer: &mut Buffer) {
    for (y, line) in area.rows().zip(lines.iter().skip(first)) {
        buffer.set_line(y.x, y.y, line, y.width);
    }
}

/// Prose in lines of at most so many columns, but for words that are longer. What goes on below stands
/// further in.
pub(in crate::screen) fn wrapped(text: &str, width: usize) -> Vec<String> {
    let blanks = text.len() - text.trim_start_matches(' ').len();
    let (first, further) = (" ".repeat(blanks), " ".repeat(blanks + 4));
    let options = Options::new(width)
        .initial_indent(&first)
        .subsequent_indent(&further)
        .break_words(false);
    let lines = textwrap::wrap(&text[blanks..], options);
    lines.into_iter().map(Cow::into_owned).collect()
}

/// The same of lines some of which are not prose: what stands in columns, two blanks apart, is left as it
/// is.
pub(in crate::screen) fn wrapped_prose(text: &str, width: usize) -> Vec<String> {
    text.lines()
        .flat_map(|line| match line.trim_start().contains("  ") {
            true => vec![line.to_owned()],
            false => wrapped(line, width),
        })
        .collect()
}
