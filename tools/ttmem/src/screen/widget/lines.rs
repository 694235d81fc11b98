//! Lines of text one below the other, from the first that is wanted.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;

/// Draws as many as there is room for.
pub(in crate::screen) fn draw(lines: &[Line<'_>], first: usize, area: Rect, buffer: &mut Buffer) {
    for (y, line) in area.rows().zip(lines.iter().skip(first)) {
        buffer.set_line(y.x, y.y, line, y.width);
    }
}
