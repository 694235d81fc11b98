//! Tables for people.

use crate::fields::Field;
use crate::value::Value;
use anstyle::{AnsiColor, Style};
use std::io::{self, Write};

/// Headings.
pub(crate) const HEADING: Style = Style::new().bold();
/// What needs attention. Always doubled by a word or a sign.
pub(crate) const ALARM: Style = AnsiColor::Red.on_default().bold();
/// What is beside the point.
pub(crate) const FAINT: Style = Style::new().dimmed();
/// What is as it should be.
pub(crate) const FINE: Style = AnsiColor::Green.on_default();
/// Of plain text.
pub(crate) const PLAIN: Style = Style::new();

/// Columns as wide as their widest cell; amounts on the right, words on the left.
#[derive(Default)]
pub(crate) struct Table {
    indent: usize,
    columns: Vec<Column>,
    /// The cells of all rows, one after the other: a table may have a million of them.
    cells: String,
    /// Bytes of each of them.
    lengths: Vec<u32>,
    /// Of each row.
    styles: Vec<Style>,
}

#[derive(Clone, Default)]
struct Column {
    title: String,
    right: bool,
    width: usize,
}

impl Table {
    /// A table with these headings.
    pub(crate) fn new(titles: &[&str]) -> Self {
        let column = |title: &&str| Column {
            title: (*title).to_owned(),
            right: false,
            width: width(title),
        };
        Self {
            columns: titles.iter().map(column).collect(),
            ..Self::default()
        }
    }

    /// The same, some columns to the right.
    pub(crate) const fn indented(mut self, columns: usize) -> Self {
        self.indent = columns;
        self
    }

    /// Adds a row.
    pub(crate) fn row(&mut self, style: Style, values: &[Value<'_>], exact: bool) {
        self.cells_of(style, values.iter().cloned(), exact);
    }

    /// Adds a row of values that are made one by one.
    fn cells_of<'a>(&mut self, style: Style, values: impl Iterator<Item = Value<'a>>, exact: bool) {
        for (column, value) in self.columns.iter_mut().zip(values) {
            let start = self.cells.len();
            value.write(exact, &mut self.cells);
            let wide = width(&self.cells[start..]);
            self.lengths.push((self.cells.len() - start) as u32);
            column.right |= value.is_numeric();
            column.width = column.width.max(wide);
        }
        self.styles.push(style);
    }

    /// Writes it.
    pub(crate) fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let mut line = String::new();
        let titles = self.columns.iter().map(|one| &*one.title);
        self.line(out, HEADING, titles, &mut line)?;
        let mut rest = &*self.cells;
        let rows = self.lengths.chunks_exact(self.columns.len().max(1));
        for (style, row) in self.styles.iter().zip(rows) {
            let cells = row.iter().map(|length| {
                let (cell, behind) = rest.split_at(*length as usize);
                rest = behind;
                cell
            });
            self.line(out, *style, cells, &mut line)?;
        }
        Ok(())
    }

    fn line<'a>(
        &self,
        out: &mut impl Write,
        style: Style,
        cells: impl Iterator<Item = &'a str>,
        line: &mut String,
    ) -> io::Result<()> {
        line.clear();
        blanks(line, self.indent);
        for (at, (column, cell)) in self.columns.iter().zip(cells).enumerate() {
            let gap = column.width - width(cell);
            if at > 0 {
                line.push_str("  ");
            }
            if column.right {
                blanks(line, gap);
                line.push_str(cell);
            } else {
                line.push_str(cell);
                blanks(line, gap);
            }
        }
        let line = line.trim_end();
        if style == PLAIN {
            out.write_all(line.as_bytes())?;
            return out.write_all(b"\n");
        }
        writeln!(out, "{style}{line}{style:#}")
    }
}

/// Adds so many blanks to a line.
pub(crate) fn blanks(line: &mut String, count: usize) {
    const BLANKS: &str = "                                ";
    let mut rest = count;
    while rest > 0 {
        let some = rest.min(BLANKS.len());
        line.push_str(&BLANKS[..some]);
        rest -= some;
    }
}

/// Cells on the screen, near enough: names in scripts of double width are rare in command lines, and
/// the command is the last column.
fn width(text: &str) -> usize {
    text.chars().count()
}

/// Writes the given fields of all things as a table.
pub(crate) fn table<T>(
    out: &mut impl Write,
    fields: &[&Field<T>],
    things: &[T],
    style: impl Fn(&T) -> Style,
    exact: bool,
) -> io::Result<()> {
    let mut table = Table::new(&fields.iter().map(|field| field.title).collect::<Vec<_>>());
    for thing in things {
        let values = fields.iter().map(|field| (field.value)(thing));
        table.cells_of(style(thing), values, exact);
    }
    table.write(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_stand_on_the_right_and_nothing_trails() {
        let mut table = Table::new(&["NAME", "SIZE", "NOTE"]).indented(2);
        table.row(
            PLAIN,
            &[Value::Text("a".into()), Value::Bytes(1024), Value::Unknown],
            false,
        );
        table.row(
            PLAIN,
            &[
                Value::Text("longer".into()),
                Value::Bytes(5),
                Value::Unknown,
            ],
            false,
        );
        let mut out = Vec::new();
        table
            .write(&mut anstream::StripStream::new(&mut out))
            .unwrap();
        let shown = String::from_utf8(out).unwrap();
        assert_eq!(
            shown,
            "  NAME       SIZE  NOTE\n  a       1.0 KiB  -\n  longer      5 B  -\n"
        );
    }
}
