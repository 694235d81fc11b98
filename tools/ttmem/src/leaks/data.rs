//! Groups of live allocations, for programs.

use super::text::left_out;
use super::verdict::breaking;
use super::{GROUP, Group, Rule, Rules, Suppressions};
use crate::fields::{HOST, group};
use crate::grouping::Sum;
use crate::output::{csv, json};
use crate::value::Value;
use crate::view::Host;
use std::io::{self, Write};

/// What was found on a host.
pub(crate) struct Told<'a> {
    /// The host.
    pub(crate) host: &'a Host,
    /// The groups to tell of.
    pub(crate) groups: &'a [Group],
    /// How much only the closing of its device freed, judged or not.
    pub(crate) closed: &'a Sum,
    /// The rules.
    pub(crate) rules: &'a Rules,
    /// What was suppressed.
    pub(crate) suppressions: &'a Suppressions,
    /// Whether what is harmless is told as well.
    pub(crate) all: bool,
}

impl Told<'_> {
    /// One document.
    pub(crate) fn document(&self, out: &mut impl Write) -> io::Result<()> {
        let mut figures = self.head();
        let groups = self.shown().map(|one| Value::Group(group(GROUP, one)));
        figures.push(("groups", Value::List(groups.collect())));
        json::pretty(out, &Value::Group(figures))
    }

    /// One object a line: the host and the verdict first.
    pub(crate) fn lines(&self, out: &mut impl Write) -> io::Result<()> {
        let mut figures = self.head();
        figures.insert(0, ("object", Value::words("leaks")));
        json::line(out, &Value::Group(figures))?;
        for thing in self.shown() {
            json::row(out, "group", GROUP, thing)?;
        }
        Ok(())
    }

    /// The groups as one table.
    pub(crate) fn table(&self, out: &mut impl Write) -> io::Result<()> {
        let shown: Vec<Group> = self.shown().cloned().collect();
        csv::table(out, GROUP, &shown)
    }

    fn shown(&self) -> impl Iterator<Item = &Group> {
        let shown = |group: &&Group| self.all || group.harmless.is_none();
        self.groups.iter().filter(shown)
    }

    fn head(&self) -> Vec<(&'static str, Value<'_>)> {
        let mut figures = group(HOST, self.host);
        let tripped = self.groups.iter().any(|group| !group.findings.is_empty());
        figures.push(("tripped", Value::Flag(tripped)));
        let on = Rule::ALL.into_iter().filter(|rule| self.rules.has(*rule));
        let rules = on.map(|rule| {
            let (groups, sum) = breaking(self.groups, rule);
            let mut figures = vec![
                ("rule", Value::words(rule.name())),
                ("text", Value::Text(self.rules.words(rule).into())),
                ("groups", Value::Count(groups)),
            ];
            figures.extend(sum.figures());
            Value::Group(figures)
        });
        figures.push(("rules", Value::List(rules.collect())));
        let closed = self.closed.figures().into_iter().collect();
        figures.push(("freed_by_closing", Value::Group(closed)));
        let (groups, sum) = left_out(self.groups);
        let mut harmless = vec![("groups", Value::Count(groups))];
        harmless.extend(sum.figures());
        figures.push(("harmless", Value::Group(harmless)));
        let lines = self.suppressions.lines().iter().map(|line| {
            let mut figures = vec![
                ("line", Value::Number(line.number as u64)),
                ("query", Value::words(&line.text)),
            ];
            figures.extend(line.sum.figures());
            Value::Group(figures)
        });
        figures.push(("suppressions", Value::List(lines.collect())));
        figures
    }
}
