//! A table that fits: the least important columns go first, and what is left is cut at the edge.

use crate::screen::theme::Theme;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Line;

/// Blanks between two columns.
const GAP: usize = 2;
/// For the sign of the cursor.
const GUTTER: usize = 2;

/// A column.
#[derive(Clone, Debug)]
pub(in crate::screen) struct Column {
    title: String,
    /// The higher, the sooner it has to go.
    spare: u8,
    /// Whether cells stand on the right.
    right: bool,
    /// At least so wide, so that a figure that grows does not push the others about.
    least: usize,
}

impl Column {
    /// Words, on the left.
    pub(in crate::screen) fn words(title: impl Into<String>, spare: u8) -> Self {
        Self {
            title: title.into(),
            spare,
            right: false,
            least: 0,
        }
    }

    /// Amounts, on the right.
    pub(in crate::screen) fn amount(title: impl Into<String>, spare: u8) -> Self {
        Self {
            right: true,
            ..Self::words(title, spare)
        }
    }

    /// At least so wide.
    pub(in crate::screen) const fn least(mut self, width: usize) -> Self {
        self.least = width;
        self
    }

    /// With a sign that it is sorted by.
    pub(in crate::screen) fn sorted(mut self, sign: &str) -> Self {
        self.title.push_str(sign);
        self
    }
}

/// A row.
#[derive(Clone, Debug, Default)]
pub(in crate::screen) struct Row {
    cells: Vec<Line<'static>>,
    style: Style,
}

impl Row {
    /// A row of these cells.
    pub(in crate::screen) fn new(cells: Vec<Line<'static>>) -> Self {
        Self {
            cells,
            style: Style::new(),
        }
    }

    /// The same in another style.
    pub(in crate::screen) const fn styled(mut self, style: Style) -> Self {
        self.style = style;
        self
    }
}

/// Rows under headings.
#[derive(Debug)]
pub(in crate::screen) struct Table {
    columns: Vec<Column>,
    rows: Vec<Row>,
    /// The row the cursor is on, and how many rows belong to it.
    chosen: Option<(usize, usize)>,
}

impl Table {
    /// No rows yet.
    pub(in crate::screen) const fn new(columns: Vec<Column>) -> Self {
        Self {
            columns,
            rows: Vec::new(),
            chosen: None,
        }
    }

    /// Adds a row.
    pub(in crate::screen) fn row(&mut self, row: Row) {
        self.rows.push(row);
    }

    /// How many rows there are.
    pub(in crate::screen) const fn len(&self) -> usize {
        self.rows.len()
    }

    /// Puts the cursor on so many rows.
    pub(in crate::screen) const fn choose(&mut self, first: usize, rows: usize) {
        self.chosen = Some((first, rows));
    }

    /// Draws headings and, from row `first` on, as many rows as there is room for.
    pub(in crate::screen) fn draw(
        &self,
        theme: &Theme,
        area: Rect,
        first: usize,
        buffer: &mut Buffer,
    ) {
        let shown = usize::from(area.height).saturating_sub(1);
        let end = self.rows.len().min(first.saturating_add(shown));
        let rows = &self.rows[first.min(end)..end];
        let fitted = self.fit(rows, usize::from(area.width));
        let mut line = area;
        line.height = area.height.min(1);
        let titles = self.columns.iter().map(|one| Line::raw(one.title.clone()));
        self.line(line, &fitted, titles, theme.heading(), buffer);
        for (at, row) in rows.iter().enumerate() {
            line.y += 1;
            self.line(line, &fitted, row.cells.iter().cloned(), row.style, buffer);
            let is_chosen =
                |(start, count): (usize, usize)| (start..start + count).contains(&(first + at));
            if self.chosen.is_some_and(is_chosen) {
                if self.chosen.is_some_and(|(start, _)| start == first + at) {
                    buffer.set_stringn(
                        line.x,
                        line.y,
                        theme.signs.cursor,
                        line.width.into(),
                        Style::new(),
                    );
                }
                buffer.set_style(line, theme.chosen());
            }
        }
    }

    /// The width of each column that stays; none for one that goes.
    fn fit(&self, rows: &[Row], width: usize) -> Vec<Option<usize>> {
        let mut fitted: Vec<Option<usize>> = self
            .columns
            .iter()
            .enumerate()
            .map(|(at, column)| {
                let cells = rows.iter().filter_map(|row| row.cells.get(at));
                let widest = cells.map(Line::width).max().unwrap_or(0);
                let title = Line::raw(&column.title).width();
                Some(widest.max(title).max(column.least))
            })
            .collect();
        let last = self.columns.len().saturating_sub(1);
        loop {
            let staying: Vec<usize> = fitted.iter().flatten().copied().collect();
            // Words in the last column may be cut.
            let needed =
                GUTTER + staying.iter().sum::<usize>() + GAP * staying.len().saturating_sub(1);
            let cut = match (fitted.last().copied().flatten(), self.columns.last()) {
                (Some(widest), Some(column)) if !column.right => {
                    widest - widest.min(column.least.max(CUT))
                }
                _ => 0,
            };
            if needed - cut <= width {
                if let Some(Some(widest)) = fitted.get_mut(last) {
                    *widest -= cut.min(needed.saturating_sub(width));
                }
                return fitted;
            }
            let dispensable = (0..self.columns.len())
                .filter(|at| fitted[*at].is_some() && self.columns[*at].spare > 0)
                .max_by_key(|at| (self.columns[*at].spare, *at));
            match dispensable {
                Some(at) => fitted[at] = None,
                None => return fitted,
            }
        }
    }

    fn line(
        &self,
        area: Rect,
        fitted: &[Option<usize>],
        cells: impl Iterator<Item = Line<'static>>,
        style: Style,
        buffer: &mut Buffer,
    ) {
        buffer.set_style(area, style);
        let mut at = GUTTER;
        for ((column, width), cell) in self.columns.iter().zip(fitted).zip(cells) {
            let Some(width) = *width else { continue };
            let indent = if column.right {
                width.saturating_sub(cell.width())
            } else {
                0
            };
            let room = usize::from(area.width)
                .saturating_sub(at + indent)
                .min(width - indent.min(width));
            if room > 0 && area.height > 0 {
                // Below the width of the area, which fits.
                let x = area.x + (at + indent) as u16;
                buffer.set_line(x, area.y, &cell, room as u16);
            }
            at += width + GAP;
        }
    }
}

/// So much of the last column is left before another has to go.
const CUT: usize = 12;

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(width: u16) -> String {
        let mut table = Table::new(vec![
            Column::words("NAME", 0),
            Column::amount("SIZE", 2).least(6),
            Column::amount("RARE", 5),
            Column::words("COMMAND", 1),
        ]);
        let cells = ["a", "10", "7", "python a program with arguments"];
        table.row(Row::new(cells.map(Line::raw).to_vec()));
        table.choose(0, 1);
        let area = Rect::new(0, 0, width, 2);
        let mut buffer = Buffer::empty(area);
        table.draw(&Theme::new(false, true), area, 0, &mut buffer);
        let rows: Vec<String> = (0..2)
            .map(|y| {
                let row: String = (0..width)
                    .map(|x| buffer[(x, y)].symbol().to_owned())
                    .collect();
                row.trim_end().to_owned()
            })
            .collect();
        rows.join("\n")
    }

    #[test]
    fn the_least_important_columns_go_first() {
        assert_eq!(
            shown(60),
            "  NAME    SIZE  RARE  COMMAND\n> a         10     7  python a program with arguments"
        );
        assert_eq!(
            shown(40),
            "  NAME    SIZE  RARE  COMMAND\n> a         10     7  python a program w"
        );
        assert_eq!(
            shown(30),
            "  NAME    SIZE  COMMAND\n> a         10  python a progr"
        );
        assert_eq!(shown(20), "  NAME  COMMAND\n> a     python a pro");
        assert_eq!(shown(8), "  NAME\n> a");
        assert_eq!(shown(3), "  N\n> a");
    }
}
