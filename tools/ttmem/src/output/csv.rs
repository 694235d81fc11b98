//! CSV: one row per thing, nested figures under joined names.

use crate::fields::{Field, group};
use crate::value::Value;
use std::io::{self, Write};

/// Writes rows of one sort, their names first.
pub(crate) struct Rows<W: Write> {
    writer: Box<csv::Writer<W>>,
    named: bool,
}

impl<W: Write> Rows<W> {
    /// Rows into `out`.
    pub(crate) fn new(out: W) -> Self {
        Self {
            writer: Box::new(csv::Writer::from_writer(out)),
            named: false,
        }
    }

    /// Leaves out the line of names: it has been written before.
    pub(crate) const fn omit_names(&mut self) {
        self.named = true;
    }

    /// Writes one row.
    pub(crate) fn row(&mut self, figures: &[(&'static str, Value)]) -> io::Result<()> {
        let mut names = Vec::new();
        let mut cells = Vec::new();
        for (name, value) in figures {
            flatten(name, value, &mut names, &mut cells);
        }
        if !self.named {
            self.named = true;
            self.writer.write_record(&names)?;
        }
        self.writer.write_record(&cells)?;
        Ok(())
    }

    /// Passes on what was written.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

/// Writes a whole table.
pub(crate) fn table<T>(out: impl Write, fields: &[Field<T>], things: &[T]) -> io::Result<()> {
    let mut rows = Rows::new(out);
    if things.is_empty() {
        // A table without rows still says what its columns are.
        rows.writer.write_record(names(fields))?;
    }
    for thing in things {
        rows.row(&group(fields, thing))?;
    }
    rows.flush()
}

fn names<T>(fields: &[Field<T>]) -> Vec<String> {
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

fn flatten(name: &str, value: &Value, names: &mut Vec<String>, cells: &mut Vec<String>) {
    if let Value::Group(figures) = value {
        for (part, value) in figures {
            flatten(&format!("{name}_{part}"), value, names, cells);
        }
    } else {
        names.push(name.to_owned());
        cells.push(value.cell());
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
