//! Something longer than the screen: written from the top, and shown from where it was scrolled to.

use super::theme::Theme;
use super::widget::table::Table;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;

/// More lines than anybody scrolls through; of whatever is longer there is a view of its own.
const LONGEST: u16 = 1_000;

/// Cells below one another, as many as there are lines.
pub(super) struct Canvas {
    buffer: Buffer,
    next: u16,
}

impl Canvas {
    /// Nothing yet, in so many columns.
    pub(super) fn new(width: u16) -> Self {
        Self {
            buffer: Buffer::empty(Rect::new(0, 0, width, 0)),
            next: 0,
        }
    }

    /// Columns.
    pub(super) const fn width(&self) -> u16 {
        self.buffer.area.width
    }

    /// Adds a line.
    pub(super) fn line(&mut self, line: Line<'_>) {
        let area = self.grow(1);
        if !area.is_empty() {
            self.buffer.set_line(area.x, area.y, &line, area.width);
        }
    }

    /// Adds a table with all its rows.
    pub(super) fn table(&mut self, theme: &Theme, table: &Table) {
        let area = self.grow(table.len() + 1);
        if !area.is_empty() {
            table.draw(theme, area, 0, &mut self.buffer);
        }
    }

    fn grow(&mut self, lines: usize) -> Rect {
        let lines = lines.min(usize::from(LONGEST - self.next)) as u16;
        let area = Rect::new(0, self.next, self.width(), lines);
        self.next += lines;
        self.buffer.resize(Rect::new(0, 0, self.width(), self.next));
        area
    }

    /// Shows it from line `first` on; which line that was, if there are not so many.
    pub(super) fn show(&self, first: usize, area: Rect, buffer: &mut Buffer) -> usize {
        let first = first.min(usize::from(self.next.saturating_sub(area.height)));
        for (y, from) in area.rows().zip(first as u16..self.next) {
            for x in 0..area.width.min(self.width()) {
                buffer[(y.x + x, y.y)] = self.buffer[(x, from)].clone();
            }
        }
        first
    }
}
