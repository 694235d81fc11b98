//! Groups of live allocations, for people.

use super::{GROUP, Group, Rule, Rules};
use crate::fields::columns;
use crate::grouping::{By, Sum};
use crate::output::text;
use crate::quantity::counted;
use anstyle::Style;
use std::io::{self, Write};

/// Writes the groups; those that are harmless only if `all` are asked for.
pub(crate) fn write(
    out: &mut impl Write,
    groups: &[Group],
    rules: &Rules,
    by: By,
    all: bool,
    exact: bool,
) -> io::Result<()> {
    let shown: Vec<Group> = groups
        .iter()
        .filter(|group| all || group.harmless.is_none())
        .cloned()
        .collect();
    if !shown.is_empty() {
        writeln!(out)?;
        text::table(
            out,
            &columns(GROUP, &names(rules, by, all)),
            &shown,
            style,
            exact,
        )?;
    }
    if groups.is_empty() {
        return writeln!(out, "\nnothing is live");
    }
    let (count, sum) = left_out(groups);
    if all || count == 0 {
        return Ok(());
    }
    writeln!(
        out,
        "\nharmless, and left out: {} in {}; --all lists them",
        sum.words(),
        counted(count, "group"),
    )
}

/// How many groups are harmless, and what is in them.
pub(super) fn left_out(groups: &[Group]) -> (u64, Sum) {
    let (mut count, mut sum) = (0, Sum::default());
    for group in groups.iter().filter(|group| group.harmless.is_some()) {
        count += 1;
        sum.add(group.key.buffer_type, group.amount);
    }
    (count, sum)
}

fn names(rules: &Rules, by: By, all: bool) -> Vec<&'static str> {
    let columns = [
        ("pid", by.process),
        ("state", true),
        ("devices", by.devices),
        ("type", true),
        ("size", by.size),
        ("mark", by.mark),
        ("buffers", true),
        ("bytes", true),
        ("buffers_before", rules.has(Rule::Grew)),
        ("oldest_s", true),
        ("rules", true),
        ("harmless", all),
    ];
    let shown = columns.into_iter().filter(|(_, shown)| *shown);
    shown.map(|(name, _)| name).collect()
}

/// What breaks a rule stands out, what is harmless stands back.
fn style(group: &Group) -> Style {
    if !group.findings.is_empty() {
        text::ALARM
    } else if group.harmless.is_some() {
        text::FAINT
    } else {
        text::PLAIN
    }
}
