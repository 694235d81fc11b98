//! Which crate may depend on which: layout -> region -> {producer, reader} -> tools, with the C
//! interface on the producer and the preload library on both.

use super::none_found;
use crate::workspace::Workspace;
use anyhow::Result;
use cargo_metadata::DependencyKind;

/// What a package may depend on, of this workspace. Tests and benches look at everything but the
/// tools; the second reader shares nothing with the product, and sees it in its tests only.
const ALLOWED: [(&str, &[&str]); 12] = [
    ("ttmem-layout", &[]),
    ("ttmem-region", &["ttmem-layout"]),
    ("ttmem-producer", &["ttmem-layout", "ttmem-region"]),
    ("ttmem-reader", &["ttmem-layout", "ttmem-region"]),
    ("ttmem-capi", &["ttmem-layout", "ttmem-producer"]),
    (
        "ttmem-preload",
        // The C interface because a preloaded process has to have one ttmem: see spec/architecture.md.
        &["ttmem-layout", "ttmem-producer", "ttmem-capi"],
    ),
    (
        "ttmem",
        &[
            "ttmem-layout",
            "ttmem-region",
            "ttmem-producer",
            "ttmem-reader",
        ],
    ),
    // Reports as a C program does, reads as the command does.
    ("ttmem-python", &["ttmem-capi", "ttmem"]),
    ("xtask", &["ttmem-layout"]),
    (
        "ttmem-tests",
        &[
            "ttmem-layout",
            "ttmem-region",
            "ttmem-producer",
            "ttmem-reader",
        ],
    ),
    ("ttmem-second-reader", &[]),
    (
        "ttmem-benches",
        &[
            // For its structures only: what is measured is the shared library.
            "ttmem-capi",
            "ttmem-layout",
            "ttmem-region",
            "ttmem-producer",
            "ttmem-reader",
        ],
    ),
];

pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    let packages = workspace.metadata().workspace_packages();
    let names: Vec<&str> = packages
        .iter()
        .map(|package| package.name.as_str())
        .collect();
    let mut findings = Vec::new();
    for package in &packages {
        let name = package.name.as_str();
        let Some((_, allowed)) = ALLOWED.iter().find(|(known, _)| *known == name) else {
            findings.push(format!(
                "{name}: nothing says what this package may depend on"
            ));
            continue;
        };
        for dependency in &package.dependencies {
            let other = dependency.name.as_str();
            let inner = names.contains(&other) && other != name;
            // What only a crate's own tests use is no arrow.
            let arrow = dependency.kind != DependencyKind::Development;
            if inner && arrow && !allowed.contains(&other) {
                findings.push(format!("{name} depends on {other}, which it must not"));
            }
        }
    }
    none_found(
        &findings,
        "The arrows are in spec/ and in tools/xtask/src/check/direction.rs.",
    )
}
