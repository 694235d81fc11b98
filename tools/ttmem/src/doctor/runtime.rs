//! The runtime's version: does it have the functions that the preload library stands in for?

use super::check::Check;
use super::program::{Program, RUNTIME};
use object::read::elf::ElfFile64;
use object::{Endianness, Object, ObjectSymbol, ReadCache};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::path::{Path, PathBuf};

/// What all functions of the runtime begin with.
const OF_THE_RUNTIME: &str = "_ZN2tt";

/// Whether the runtime of every program, and what was named, can be followed entirely. The preload
/// library says by itself which functions it stands in for: it defines them.
pub(super) fn check(library: Option<&Path>, programs: &[Program], named: &[PathBuf]) -> Check {
    let name = "runtime";
    let mut runtimes: BTreeMap<Vec<PathBuf>, Vec<String>> = BTreeMap::new();
    for program in programs.iter().filter(|one| !one.runtime.is_empty()) {
        let files = program
            .runtime
            .iter()
            .map(|path| program.as_seen_here(path));
        let users = runtimes.entry(files.collect()).or_default();
        users.push(program.name());
    }
    for path in named {
        runtimes.entry(libraries(path)).or_default();
    }
    if runtimes.is_empty() {
        return Check::not_applicable(
            name,
            "no program has the runtime loaded; --runtime DIR judges one beforehand",
        );
    }
    let Some(library) = library else {
        return Check::not_applicable(name, "there is no preload library to compare with");
    };
    let followed = match functions([library]) {
        Ok(followed) => followed,
        Err(error) => return Check::error(name, error),
    };
    let mut lacking = Vec::new();
    let mut unread = Vec::new();
    for (files, users) in &runtimes {
        let of = files.first().map(|file| file.display().to_string());
        let who = if users.is_empty() {
            String::new()
        } else {
            format!(", {}", users.join(", "))
        };
        match functions(files.iter().map(PathBuf::as_path)) {
            Ok(there) => {
                // A destructor has several symbols and one name.
                let missing: BTreeSet<_> = followed
                    .difference(&there)
                    .map(|one| readable(one))
                    .collect();
                let missing: Vec<_> = missing.into_iter().collect();
                if !missing.is_empty() {
                    let of = of.unwrap_or_default();
                    lacking.push(format!("{of}{who}: lacks {}", missing.join(", ")));
                }
            }
            Err(error) => unread.push(format!("{error}{who}")),
        }
    }
    let judged = format!("{} functions of the runtime are followed", followed.len());
    if !lacking.is_empty() {
        return Check::warning(name, format!("{judged}; some are not there, and what they tell is not tracked"))
            .with(lacking.into_iter().chain(unread))
            .advise("use a ttnn that ttmem knows; what is not tracked the program says when it opens a device");
    }
    if !unread.is_empty() {
        return Check::warning(name, "a library of the runtime could not be read").with(unread);
    }
    Check::ok(name, format!("{judged}, and all are there"))
}

/// A file, or the runtime's libraries in a directory.
fn libraries(path: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(path) else {
        return vec![path.to_owned()];
    };
    let mut files: Vec<_> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            RUNTIME.iter().any(|library| name == *library)
        })
        .collect();
    files.sort();
    if files.is_empty() {
        files.push(path.join(RUNTIME[0]));
    }
    files
}

/// Functions of the runtime that these files define.
fn functions<'a>(files: impl IntoIterator<Item = &'a Path>) -> Result<BTreeSet<String>, String> {
    let mut names = BTreeSet::new();
    for path in files {
        let cannot =
            |error: &dyn std::fmt::Display| format!("cannot read {}: {error}", path.display());
        let file = File::open(path).map_err(|error| cannot(&error))?;
        let cache = ReadCache::new(file);
        let library = ElfFile64::<Endianness, _>::parse(&cache).map_err(|error| cannot(&error))?;
        let defined = library
            .dynamic_symbols()
            .filter(|symbol| symbol.is_definition());
        let defined = defined.filter_map(|symbol| symbol.name().ok().map(str::to_owned));
        names.extend(defined.filter(|name| name.starts_with(OF_THE_RUNTIME)));
    }
    Ok(names)
}

/// `tt::tt_metal::AllocatorImpl::clear` for `_ZN2tt8tt_metal13AllocatorImpl5clearEv`: names, without
/// arguments.
fn readable(mangled: &str) -> String {
    let mut rest = mangled.trim_start_matches("_ZN");
    let mut parts = Vec::new();
    while let Some(end) = rest.find(|one: char| !one.is_ascii_digit()) {
        let Some(part) = rest[..end]
            .parse()
            .ok()
            .and_then(|length: usize| rest.get(end..end + length))
        else {
            break;
        };
        parts.push(part.to_owned());
        rest = &rest[end + part.len()..];
    }
    if rest.starts_with('D') {
        parts.extend(parts.last().map(|class| format!("~{class}")));
    }
    if parts.is_empty() {
        mangled.to_owned()
    } else {
        parts.join("::")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_for_people() {
        assert_eq!(
            readable("_ZN2tt8tt_metal13AllocatorImpl5clearEv"),
            "tt::tt_metal::AllocatorImpl::clear"
        );
        assert_eq!(
            readable("_ZN2tt8tt_metal6detail11ProgramImplD1Ev"),
            "tt::tt_metal::detail::ProgramImpl::~ProgramImpl"
        );
        assert_eq!(readable("_exit"), "_exit");
        assert_eq!(readable("_ZN9999999x"), "_ZN9999999x");
    }
}
