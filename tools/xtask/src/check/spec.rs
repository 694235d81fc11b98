//! The spec and `crates/layout` say the same: every field of every struct stands in a table of
//! `spec/*.md` at its offset, every number of a list with its name.
//!
//! What is looked for in the spec: a table row `| offset | size | field | … |` under a heading that
//! names the struct, and a row with the number and the name of each kind, type, section, loss and
//! anomaly. Prose is free.

use super::layout_structs::{self, LayoutStruct};
use super::none_found;
use crate::sources;
use crate::workspace::Workspace;
use anyhow::Result;
use ttmem_layout::{BufferType, Kind, PoolKind, SectionKind, anomaly, loss};

/// One row of a table, under its nearest heading.
struct Row {
    heading: String,
    cells: Vec<String>,
}

pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    let mut rows = Vec::new();
    for path in sources::with_extension(&workspace.root().join("spec"), "md")? {
        rows.extend(table_rows(&sources::text(&path)?));
    }
    let structs = layout_structs::read(workspace)?;
    let mut findings: Vec<String> = structs.iter().flat_map(|one| missing(one, &rows)).collect();
    findings.extend(rows.iter().filter_map(|row| unknown(row, &structs)));
    findings.extend(
        numbered_names()
            .into_iter()
            .filter_map(|(list, number, name)| {
                let told = rows
                    .iter()
                    .any(|row| has_cells(row, &number.to_string(), name));
                (!told).then(|| format!("no row of spec/ has {list} {number} with its name {name}"))
            }),
    );
    let advice = "spec/ and crates/layout change together. A field is found in a row \
                  `| offset | size | field | … |` under a heading that names its struct.";
    none_found(&findings, advice)
}

/// The rows of all tables. Text between backquotes is taken without them.
fn table_rows(text: &str) -> Vec<Row> {
    let mut heading = String::new();
    let mut rows = Vec::new();
    let mut fenced = false;
    for line in text.lines().map(str::trim) {
        if line.starts_with("```") {
            fenced = !fenced;
        } else if fenced {
            continue;
        } else if line.starts_with('#') {
            heading = line.trim_start_matches('#').trim().to_owned();
        } else if let Some(inner) = line.strip_prefix('|') {
            let inner = inner.strip_suffix('|').unwrap_or(inner);
            let cells = inner
                .split('|')
                .map(|cell| cell.trim().replace('`', ""))
                .collect();
            rows.push(Row {
                heading: heading.clone(),
                cells,
            });
        }
    }
    rows
}

/// Whether a heading is about a struct: it has its name as a word, or the plural of it.
fn is_about(heading: &str, name: &str) -> bool {
    heading.split(|c: char| !c.is_alphanumeric()).any(|word| {
        word.trim_end_matches('s')
            .eq_ignore_ascii_case(name.trim_end_matches('s'))
    })
}

fn has_cells(row: &Row, first: &str, second: &str) -> bool {
    row.cells.iter().any(|cell| cell == first) && row.cells.iter().any(|cell| cell == second)
}

fn is_reserved(field: &str) -> bool {
    field.starts_with("reserved")
}

/// What the spec does not say of a struct.
fn missing(one: &LayoutStruct, rows: &[Row]) -> Vec<String> {
    let about: Vec<&Row> = rows
        .iter()
        .filter(|row| is_about(&row.heading, &one.name))
        .collect();
    let told = |offset: usize, size: usize, field: &str| {
        about.iter().any(|row| {
            let size_agrees = match row.cells.get(1).and_then(|cell| cell.parse::<usize>().ok()) {
                Some(said) => said == size,
                None => true,
            };
            row.cells[0] == offset.to_string() && has_cell(row, field) && size_agrees
        })
    };
    let fields = one.fields.iter().filter(|field| !is_reserved(&field.name));
    fields
        .filter(|field| !told(field.offset, field.size, &field.name))
        .map(|field| {
            format!(
                "spec/ does not tell {}.{} at offset {} with {} bytes ({})",
                one.name, field.name, field.offset, field.size, one.file
            )
        })
        .collect()
}

fn has_cell(row: &Row, text: &str) -> bool {
    row.cells.iter().any(|cell| cell == text)
}

/// A row that gives an offset to a field that its struct does not have.
fn unknown(row: &Row, structs: &[LayoutStruct]) -> Option<String> {
    let mut about = structs
        .iter()
        .filter(|one| is_about(&row.heading, &one.name));
    let one = about.next()?;
    let (offset, size) = (row.cells.first()?.parse::<usize>().ok()?, row.cells.get(1)?);
    let name = row.cells.get(2)?;
    // A heading about two structs, or a row of another sort of table, says nothing about this one.
    if about.next().is_some() || size.parse::<usize>().is_err() {
        return None;
    }
    let known = one
        .fields
        .iter()
        .any(|field| field.name == *name && field.offset == offset);
    (!known && !is_reserved(name)).then(|| {
        format!(
            "spec/ has {}.{name} at offset {offset}, the code does not ({})",
            one.name, one.file
        )
    })
}

/// Every number that has a name in outputs or segments.
fn numbered_names() -> Vec<(&'static str, usize, &'static str)> {
    let kinds = Kind::ALL
        .iter()
        .map(|kind| ("event kind", *kind as usize, kind.name()));
    let types = BufferType::ALL.map(|one| ("buffer type", one as usize, one.name()));
    let sections = SectionKind::ALL.map(|kind| ("section", kind as usize, kind.name()));
    let pools = (0..=u8::MAX).filter_map(PoolKind::from_number);
    let pools = pools.map(|kind| ("pool kind", kind as usize, kind.name()));
    let losses = loss::NAMES
        .iter()
        .enumerate()
        .map(|(at, name)| ("loss", at, *name));
    let anomalies = anomaly::NAMES
        .iter()
        .enumerate()
        .map(|(at, name)| ("anomaly", at, *name));
    kinds
        .chain(types)
        .chain(sections)
        .chain(pools)
        .chain(losses)
        .chain(anomalies)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::layout_structs::Field;
    use super::*;

    fn pair() -> LayoutStruct {
        let field = |name: &str, offset| Field {
            name: name.to_owned(),
            offset,
            size: 8,
        };
        LayoutStruct {
            name: "Pair".to_owned(),
            file: "pair.rs".to_owned(),
            fields: vec![field("first", 0), field("second", 8)],
            size_asserted: true,
        }
    }

    #[test]
    fn a_struct_told_in_full_has_no_findings() {
        let rows =
            table_rows("## The pairs\n| 0 | 8 | `first` | one |\n| 8 | 8 | `second` | two |\n");
        assert!(missing(&pair(), &rows).is_empty());
        assert!(rows.iter().all(|row| unknown(row, &[pair()]).is_none()));
    }

    #[test]
    fn a_field_that_moved_or_was_renamed_is_noticed_from_both_sides() {
        let rows = table_rows("# Pair\n| 0 | 8 | `first` | one |\n| 16 | 8 | `second` | two |\n");
        assert_eq!(missing(&pair(), &rows).len(), 1);
        assert_eq!(
            rows.iter()
                .filter_map(|row| unknown(row, &[pair()]))
                .count(),
            1
        );
    }

    #[test]
    fn a_table_under_another_heading_does_not_count() {
        let rows = table_rows("# Repair\n| 0 | 8 | first |\n# Other\n| 8 | 8 | second |\n");
        assert_eq!(missing(&pair(), &rows).len(), 2);
    }
}
