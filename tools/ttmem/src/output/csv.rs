//! CSV: one row per thing, nested figures under joined names.

use crate::fields::{Field, group};
use crate::value::Value;
use std::io::{self, Write};

/// Writes rows of one sort, their names first.
pub(crate) struct Rows<W: Write> {
    writer: Box<csv::Writer<W>>,
    named: bool,
    /// Where each cell is written first.
    cell: String,
}

impl<W: Write> Rows<W> {
    /// Rows into `out`.
    pub(crate) fn new(out: W) -> Self {
        Self {
            writer: Box::new(csv::Writer::from_writer(out)),
            named: false,
            cell: String::new(),
        }
    }

    /// Leaves out the line of names: it has been written before.
    pub(crate) const fn omit_names(&mut self) {
        self.named = true;
    }

    /// Writes the line of names before rows that may not come: a table without rows still says what its
    /// columns are.
    pub(crate) fn names(&mut self, names: &[String]) -> io::Result<()> {
        self.named = true;
        Ok(self.writer.write_record(names)?)
    }

    /// Writes one row.
    pub(crate) fn row(&mut self, figures: &[(&'static str, Value<'_>)]) -> io::Result<()> {
        if !self.named {
            self.named = true;
            let mut names = Vec::new();
            for (name, value) in figures {
                name_parts(name, value, &mut names);
            }
            self.writer.write_record(&names)?;
        }
        for (_, value) in figures {
            self.cells(value)?;
        }
        self.end()
    }

    /// Writes what the fields say of a thing as one row.
    pub(crate) fn fields<T>(&mut self, fields: &[Field<T>], thing: &T) -> io::Result<()> {
        if !self.named {
            return self.row(&group(fields, thing));
        }
        for field in fields {
            self.cells(&(field.value)(thing))?;
        }
        self.end()
    }

    fn cells(&mut self, value: &Value<'_>) -> io::Result<()> {
        if let Value::Group(figures) = value {
            return figures.iter().try_for_each(|(_, part)| self.cells(part));
        }
        self.cell.clear();
        value.write_cell(&mut self.cell);
        Ok(self.writer.write_field(&self.cell)?)
    }

    fn end(&mut self) -> io::Result<()> {
        Ok(self.writer.write_record(None::<&[u8]>)?)
    }

    /// Passes on what was written.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

/// Writes a whole table.
pub(crate) fn table<T>(out: impl Write, fields: &[Field<T>], things: &[T]) -> io::Result<()> {
    let mut rows = Rows::new(out);
    rows.names(&names(fields))?;
    for thing in things {
        rows.fields(fields, thing)?;
    }
    rows.flush()
}

/// Writes one of several tables that follow each other as one: each row begins with the table's time, and
/// the names stand before the `first` alone.
pub(crate) fn table_of_moment<T>(
    out: impl Write,
    time_ns: i64,
    fields: &[Field<T>],
    things: &[T],
    first: bool,
) -> io::Result<()> {
    let mut rows = Rows::new(out);
    rows.omit_names();
    if first {
        let mut all = vec!["time".to_owned()];
        all.extend(names(fields));
        rows.names(&all)?;
    }
    for thing in things {
        rows.cells(&Value::Time(time_ns))?;
        rows.fields(fields, thing)?;
    }
    rows.flush()
}

/// The names of columns.
pub(crate) fn names<T>(fields: &[Field<T>]) -> Vec<String> {
    let mut names = Vec::new();
    for field in fields {
        if field.parts.is_empty() {
            names.push(field.name.to_owned());
        }
        names.extend(
            field
                .parts
                .iter()
                .map(|part| format!("{}_{part}", field.name)),
        );
    }
    names
}

fn name_parts(name: &str, value: &Value<'_>, names: &mut Vec<String>) {
    if let Value::Group(figures) = value {
        for (part, value) in figures {
            name_parts(&format!("{name}_{part}"), value, names);
        }
    } else {
        names.push(name.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fields::{BUFFER, PROCESS};
    use crate::view::sample;
    use ttmem_reader::State;

    #[test]
    fn a_table_has_the_same_columns_with_and_without_rows() {
        let first_line = |processes: &[crate::view::Process]| {
            let mut out = Vec::new();
            table(&mut out, PROCESS, processes).unwrap();
            String::from_utf8(out)
                .unwrap()
                .lines()
                .next()
                .unwrap()
                .to_owned()
        };
        let process = sample::process(1, State::Dead, &[(0, 7, 64)]);
        assert_eq!(first_line(&[]), first_line(&[process]));
        assert!(names(BUFFER).iter().any(|name| name == "address"));
    }
}
