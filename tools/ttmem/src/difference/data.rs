//! A difference, for programs.

use super::{Difference, GROUP, PROCESS, TOTAL};
use crate::fields::{BUFFER, Field, HOST, group};
use crate::output::{csv, json};
use crate::value::Value;
use crate::view::{Held, Host};
use std::io::{self, Write};

/// Two views and what changed between them.
pub(crate) struct Told<'a> {
    /// The view of before.
    pub(crate) before: &'a Host,
    /// The view of after.
    pub(crate) after: &'a Host,
    /// What changed.
    pub(crate) difference: &'a Difference,
    /// Whether single allocations are told as well.
    pub(crate) listed: bool,
}

impl Told<'_> {
    /// One document.
    pub(crate) fn document(&self, out: &mut impl Write) -> io::Result<()> {
        let Difference {
            totals,
            processes,
            groups,
            singles,
        } = self.difference;
        let mut figures = self.moments();
        figures.push(("totals", list(TOTAL, totals)));
        figures.push(("processes", list(PROCESS, processes)));
        figures.push(("groups", list(GROUP, groups)));
        if self.listed {
            figures.push(("appeared", list(BUFFER, &singles.appeared)));
            figures.push(("vanished", list(BUFFER, &singles.vanished)));
        }
        json::pretty(out, &Value::Group(figures))
    }

    /// One object a line: the two moments first.
    pub(crate) fn lines(&self, out: &mut impl Write) -> io::Result<()> {
        let mut figures = self.moments();
        figures.insert(0, ("object", Value::words("diff")));
        json::line(out, &Value::Group(figures))?;
        lines(out, "total", TOTAL, &self.difference.totals)?;
        lines(out, "process", PROCESS, &self.difference.processes)?;
        lines(out, "group", GROUP, &self.difference.groups)?;
        if self.listed {
            for row in self.singles() {
                let object = ("object", Value::words("buffer"));
                let row = std::iter::once(object).chain(row).collect();
                json::line(out, &Value::Group(row))?;
            }
        }
        Ok(())
    }

    /// One table: of the single allocations where they are told, of the groups otherwise.
    pub(crate) fn table(&self, out: &mut impl Write) -> io::Result<()> {
        if !self.listed {
            return csv::table(out, GROUP, &self.difference.groups);
        }
        let mut rows = csv::Rows::new(out);
        let mut names = vec!["change".to_owned()];
        names.extend(csv::names(BUFFER));
        rows.names(&names)?;
        for row in self.singles() {
            rows.row(&row)?;
        }
        rows.flush()
    }

    fn moments(&self) -> Vec<(&'static str, Value<'_>)> {
        let moment = |host| Value::Group(group(&HOST[1..], host));
        vec![
            ("schema", Value::Number(1)),
            ("before", moment(self.before)),
            ("after", moment(self.after)),
        ]
    }

    /// The single allocations, each with what became of it.
    fn singles(&self) -> impl Iterator<Item = Vec<(&'static str, Value<'_>)>> {
        let row = |change, held| {
            let change = ("change", Value::words(change));
            std::iter::once(change).chain(group(BUFFER, held)).collect()
        };
        let singles = &self.difference.singles;
        let appeared = singles.appeared.iter();
        let appeared = appeared.map(move |held: &Held| row("appeared", held));
        let vanished = singles.vanished.iter();
        appeared.chain(vanished.map(move |held| row("vanished", held)))
    }
}

fn list<'a, T>(fields: &[Field<T>], things: &'a [T]) -> Value<'a> {
    let things = things
        .iter()
        .map(|thing| Value::Group(group(fields, thing)));
    Value::List(things.collect())
}

fn lines<T>(
    out: &mut impl Write,
    object: &'static str,
    fields: &[Field<T>],
    things: &[T],
) -> io::Result<()> {
    things
        .iter()
        .try_for_each(|thing| json::row(out, object, fields, thing))
}
