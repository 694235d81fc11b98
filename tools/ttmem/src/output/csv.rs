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
        // A table without rows still says what its columns would be.
        let names: Vec<_> = fields.iter().map(|field| field.name).collect();
        rows.writer.write_record(names)?;
    }
    for thing in things {
        rows.row(&group(fields, thing))?;
    }
    rows.flush()
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
