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
    titles: Vec<String>,
    right: Vec<bool>,
    rows: Vec<(Style, Vec<String>)>,
}

impl Table {
    /// A table with these headings.
    pub(crate) fn new(titles: &[&str]) -> Self {
        Self {
            titles: titles.iter().map(|title| (*title).to_owned()).collect(),
            right: vec![false; titles.len()],
            ..Self::default()
        }
    }

    /// The same, some columns to the right.
    pub(crate) const fn indented(mut self, columns: usize) -> Self {
        self.indent = columns;
        self
    }

    /// Adds a row.
    pub(crate) fn row(&mut self, style: Style, values: &[Value], exact: bool) {
        for (right, value) in self.right.iter_mut().zip(values) {
            *right |= value.is_numeric();
        }
        self.rows.push((
            style,
            values.iter().map(|value| value.text(exact)).collect(),
        ));
    }

    /// Writes it.
    pub(crate) fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let mut widths: Vec<_> = self.titles.iter().map(|title| width(title)).collect();
        for (_, row) in &self.rows {
            for (widest, cell) in widths.iter_mut().zip(row) {
                *widest = (*widest).max(width(cell));
            }
        }
        self.line(out, HEADING, &self.titles, &widths)?;
        for (style, row) in &self.rows {
            self.line(out, *style, row, &widths)?;
        }
        Ok(())
    }

    fn line(
        &self,
        out: &mut impl Write,
        style: Style,
        cells: &[String],
        widths: &[usize],
    ) -> io::Result<()> {
        let mut line = " ".repeat(self.indent);
        for (at, cell) in cells.iter().enumerate() {
            let gap = " ".repeat(widths[at] - width(cell));
            if at > 0 {
                line.push_str("  ");
            }
            if self.right[at] {
                line.push_str(&gap);
                line.push_str(cell);
            } else {
                line.push_str(cell);
                line.push_str(&gap);
            }
        }
        writeln!(out, "{style}{}{style:#}", line.trim_end())
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
        let values: Vec<_> = fields.iter().map(|field| (field.value)(thing)).collect();
        table.row(style(thing), &values, exact);
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
