//! A difference, for people.

use super::{Difference, GROUP, GroupChange, PROCESS, TOTAL, TotalChange};
use crate::fields::{BUFFER, Field, columns, field};
use crate::output::text;
use crate::value::Value;
use crate::view::{Held, alike};
use anstyle::Style;
use std::io::{self, Write};

/// The chips of totals, which are those of each of them; those of groups are sums over all.
const DEVICES: Field<TotalChange> = field("devices", "DEVICES", |one| {
    Value::Text(alike::each(one.chips).into())
});
/// The figures of whatever has two of each.
const FIGURES: &[&str] = &[
    "bytes_before",
    "bytes_after",
    "bytes_change",
    "buffers_after",
    "buffers_change",
];
const PROCESS_COLUMNS: &[&str] = &[
    "pid",
    "user",
    "change",
    "state_after",
    "dram_bytes_before",
    "dram_bytes_after",
    "l1_bytes_before",
    "l1_bytes_after",
    "command",
];

/// Writes what changed; single allocations only where they are `listed`.
pub(crate) fn write(
    out: &mut impl Write,
    difference: &Difference,
    listed: bool,
    exact: bool,
) -> io::Result<()> {
    let Difference {
        totals,
        processes,
        groups,
        singles,
    } = difference;
    let plain = text::PLAIN;
    if !totals.is_empty() {
        let mut fields = vec![&DEVICES];
        fields.extend(columns(TOTAL, &[&["type"], FIGURES].concat()));
        writeln!(out)?;
        text::table(out, &fields, totals, total_style, exact)?;
    }
    if !processes.is_empty() {
        let fields = columns(PROCESS, PROCESS_COLUMNS);
        writeln!(out)?;
        text::table(out, &fields, processes, |_| plain, exact)?;
    }
    if !groups.is_empty() {
        writeln!(out)?;
        text::table(out, &group_columns(groups), groups, |_| plain, exact)?;
    }
    if groups.is_empty() && processes.is_empty() {
        writeln!(out, "\nno process came or went, no group grew or shrank")?;
    }
    if listed {
        list(out, "appeared", &singles.appeared, exact)?;
        list(out, "vanished", &singles.vanished, exact)?;
    }
    Ok(())
}

/// What the groups have in common, and their figures.
fn group_columns(groups: &[GroupChange]) -> Vec<&'static Field<GroupChange>> {
    let all = groups.first().map(|group| &group.key);
    let mut names = Vec::new();
    if all.is_some_and(|key| key.owner.is_some()) {
        names.push("pid");
    }
    if all.is_some_and(|key| key.chips.is_some()) {
        names.push("devices");
    }
    names.push("type");
    if all.is_some_and(|key| key.size.is_some()) {
        names.push("size");
    }
    names.extend(FIGURES);
    columns(GROUP, &names)
}

fn list(out: &mut impl Write, title: &str, buffers: &[Held], exact: bool) -> io::Result<()> {
    const COLUMNS: [&str; 9] = [
        "devices", "type", "address", "size", "refs", "age_s", "pid", "thread", "sequence",
    ];
    if buffers.is_empty() {
        return Ok(());
    }
    let heading = text::HEADING;
    writeln!(out, "\n{heading}{title}{heading:#}")?;
    let plain = |_: &Held| text::PLAIN;
    text::table(out, &columns(BUFFER, &COLUMNS), buffers, plain, exact)
}

/// What stayed as it was stands back.
fn total_style(total: &TotalChange) -> Style {
    if total.before == total.after {
        text::FAINT
    } else {
        text::PLAIN
    }
}
