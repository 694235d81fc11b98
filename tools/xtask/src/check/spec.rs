//! The spec and `crates/layout` say the same: every field of every struct is told in `spec/*.md` with
//! its offset and size, every number of a list with its name.
//!
//! A field is told by a table row `| offset | size | field | … |` under a heading that names its
//! struct, or in a paragraph `Struct (64 bytes): offset 0 `field` (8), 8 `field` (4), …`. A name is told
//! by a table row with its number, or as `0 name` anywhere.

use super::layout_structs::{self, LayoutStruct};
use super::none_found;
use super::spec_text::{Told, says, told_fields};
use crate::sources;
use crate::workspace::Workspace;
use anyhow::Result;
use ttmem_layout::{BufferType, Kind, PoolKind, SectionKind, anomaly, loss};

pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    let pages: Result<Vec<String>> = sources::with_extension(&workspace.root().join("spec"), "md")?
        .iter()
        .map(|path| sources::text(path))
        .collect();
    let pages = pages?;
    let told: Vec<Told> = pages.iter().flat_map(|page| told_fields(page)).collect();
    let structs = layout_structs::read(workspace)?;
    let mut findings: Vec<String> = structs.iter().flat_map(|one| missing(one, &told)).collect();
    findings.extend(told.iter().filter_map(|field| unknown(field, &structs)));
    findings.extend(
        numbered_names()
            .into_iter()
            .filter_map(|(list, number, name)| {
                let told = pages.iter().any(|page| says(page, number, name));
                (!told).then(|| format!("spec/ does not tell {list} {number} with its name {name}"))
            }),
    );
    findings.extend(uncited_points(workspace, &pages)?);
    let advice = "spec/ and crates/layout change together. How a field is told so that it is found: \
                  tools/xtask/src/check/spec.rs.";
    none_found(&findings, advice)
}

/// Synchronisation points of the protocol that the code does not name at both ends: at the producer's,
/// and at the reader's or, between threads of a producer, at the producer's other one.
fn uncited_points(workspace: &Workspace, pages: &[String]) -> Result<Vec<String>> {
    let code = |package: &str| -> Result<String> {
        let folder = workspace.root().join("crates").join(package).join("src");
        let files = sources::with_extension(&folder, "rs")?;
        files.iter().map(|path| sources::text(path)).collect()
    };
    let (producer, reader) = (code("producer")?, code("reader")?);
    let rows = pages.iter().flat_map(|page| page.lines());
    let cells = rows.filter_map(|line| line.strip_prefix("| [")?.split('|').next());
    let names = cells
        .flat_map(|cell| cell.split(','))
        .map(|name| name.trim().trim_matches(['[', ']']).to_owned());
    let is_point = |name: &String| {
        name.bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte == b'-')
    };
    let uncited = names.filter(is_point).filter(|name| {
        let point = format!("[{name}]");
        let ends = producer.matches(&point).count() + reader.matches(&point).count();
        !producer.contains(&point) || ends < 2
    });
    Ok(uncited
        .map(|name| format!("crates/ does not name [{name}] at both ends"))
        .collect())
}

fn is_reserved(field: &str) -> bool {
    field.starts_with("reserved")
}

/// What the spec does not say of a struct.
fn missing(one: &LayoutStruct, told: &[Told]) -> Vec<String> {
    let fields = one.fields.iter().filter(|field| !is_reserved(&field.name));
    fields
        .filter(|field| {
            !told.iter().any(|told| {
                told.is_about(&one.name)
                    && told.field == field.name
                    && (told.offset, told.size) == (field.offset, field.size)
            })
        })
        .map(|field| {
            format!(
                "spec/ does not tell {}.{} at offset {} with {} bytes ({})",
                one.name, field.name, field.offset, field.size, one.file
            )
        })
        .collect()
}

/// A field that the spec tells of a struct and the code does not have.
fn unknown(told: &Told, structs: &[LayoutStruct]) -> Option<String> {
    let about: Vec<_> = structs
        .iter()
        .filter(|one| told.is_about(&one.name))
        .collect();
    let known = about.iter().flat_map(|one| &one.fields).any(|field| {
        field.name == told.field && (field.offset, field.size) == (told.offset, told.size)
    });
    (!about.is_empty() && !known && !is_reserved(&told.field)).then(|| {
        format!(
            "spec/ tells {} at offset {} with {} bytes under \"{}\", where the code has none",
            told.field, told.offset, told.size, told.subject
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

    fn findings(page: &str) -> (usize, usize) {
        let told = told_fields(page);
        let unknown = told
            .iter()
            .filter_map(|told| unknown(told, &[pair()]))
            .count();
        (missing(&pair(), &told).len(), unknown)
    }

    #[test]
    fn a_struct_told_in_full_has_no_findings() {
        let table = "## The pairs\n| 0 | 8 | `first` | one |\n| 8 | 8 | `second` | two |\n";
        assert_eq!(findings(table), (0, 0));
        assert_eq!(
            findings("Pair (16 bytes): offset 0 `first` (8, one), 8\n`second` (8).\n"),
            (0, 0)
        );
    }

    #[test]
    fn a_field_that_moved_grew_or_was_renamed_is_noticed_from_both_sides() {
        let page = |last| format!("# Pair\n| 0 | 8 | `first` | one |\n{last}\n");
        assert_eq!(findings(&page("| 16 | 8 | `second` | two |")), (1, 1));
        assert_eq!(findings(&page("| 8 | 2 × 8 | `second` | two |")), (1, 1));
        assert_eq!(findings(&page("| 8 | 8 | `other` | two |")), (1, 1));
    }

    #[test]
    fn a_table_under_another_heading_does_not_count() {
        let page = "# Repair\n| 0 | 8 | first |\n# Other\n| 8 | 8 | second |\n";
        assert_eq!(findings(page), (2, 0));
    }
}
