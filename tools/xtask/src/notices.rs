//! The licences of everything that is linked in, as they ask for it: beside what is shipped.

use crate::sources;
use anyhow::{Context, Result};
use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package, PackageId};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

/// What licence files are called.
const NAMES: [&str; 4] = ["LICENSE", "LICENCE", "COPYING", "NOTICE"];

/// Licences of libraries in C that a crate brings along. (zstd has another one to choose from, beside it.)
const BUNDLED: [(&str, &str); 1] = [("zstd-sys", "zstd/LICENSE")];

/// One text: every licence file of every crate that these packages link in, each once, under the crates it is
/// of.
pub(crate) fn of(packages: &[&str]) -> Result<String> {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    let metadata = MetadataCommand::new().manifest_path(manifest).exec();
    let metadata = metadata.context("cargo cannot tell what is linked in")?;
    let mut texts: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for package in linked(&metadata, packages) {
        let title = format!(
            "{} {} ({})",
            package.name,
            package.version,
            package.license.as_deref().unwrap_or("see below")
        );
        for text in licenses(package)? {
            texts.entry(text).or_default().insert(title.clone());
        }
    }
    let mut notices = String::from("ttmem carries the following libraries.\n");
    for (text, titles) in texts {
        let titles: Vec<_> = titles.into_iter().collect();
        let line = "=".repeat(80);
        write!(
            notices,
            "\n{line}\n{}\n{line}\n\n{}\n",
            titles.join("\n"),
            text.trim()
        )?;
    }
    Ok(notices)
}

/// Other people's packages that are linked in: neither what only builds nor what only tests.
fn linked<'a>(metadata: &'a Metadata, packages: &[&str]) -> Vec<&'a Package> {
    let Some(resolved) = &metadata.resolve else {
        return Vec::new();
    };
    let roots = metadata.workspace_packages();
    let mut queue: Vec<&PackageId> = roots
        .iter()
        .filter(|package| packages.contains(&package.name.as_str()))
        .map(|package| &package.id)
        .collect();
    let mut seen = BTreeSet::new();
    while let Some(id) = queue.pop() {
        let node = resolved.nodes.iter().find(|node| node.id == *id);
        let Some(node) = node.filter(|_| seen.insert(id)) else {
            continue;
        };
        let normal = node.deps.iter().filter(|one| {
            let mut kinds = one.dep_kinds.iter();
            kinds.any(|kind| kind.kind == DependencyKind::Normal)
        });
        queue.extend(normal.map(|one| &one.pkg));
    }
    let all = metadata.packages.iter();
    all.filter(|one| seen.contains(&one.id) && one.source.is_some())
        .collect()
}

fn licenses(package: &Package) -> Result<Vec<String>> {
    let dir = package.manifest_path.parent();
    let dir = dir.context("a manifest lies in a directory")?;
    let bundled = BUNDLED.iter().filter(|(name, _)| package.name == *name);
    let mut files: Vec<PathBuf> = bundled.map(|(_, file)| dir.join(file).into()).collect();
    for entry in fs::read_dir(dir).with_context(|| format!("cannot list {dir}"))? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if NAMES
            .iter()
            .any(|start| name.to_uppercase().starts_with(start))
            && path.is_file()
        {
            files.push(path);
        }
    }
    files.iter().map(|file| sources::text(file)).collect()
}
