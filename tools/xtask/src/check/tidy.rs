//! What is where: unsafe code in the crates that may have it, one thing a file under a name that says
//! which, and a size assert beside each struct of a segment.

use super::{layout_structs, none_found};
use crate::sources;
use crate::workspace::Workspace;
use anyhow::{Context, Result};
use proc_macro2::{TokenStream, TokenTree};
use std::path::{Component, Path};
use std::str::FromStr;

/// Where `unsafe` may stand. Tests may need it to fork and to lock themselves in; some of the benches are
/// bare memory reached by hand, or call C.
const UNSAFE_IN: [&str; 10] = [
    "crates/region",
    "crates/producer",
    "crates/capi",
    "crates/preload",
    "tests",
    "benches/src/account/silence.rs",
    "benches/src/events/c_abi.rs",
    "benches/src/floor.rs",
    "benches/src/peers/debug_log.rs",
    "benches/src/readers/mapped.rs",
];

/// Names that say nothing about what is inside.
const EMPTY_NAMES: [&str; 6] = ["util", "utils", "common", "manager", "helper", "helpers"];

pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    let mut findings = Vec::new();
    for path in sources::with_extension(workspace.root(), "rs")? {
        let relative = path.strip_prefix(workspace.root()).unwrap_or(&path);
        if let Some(name) = empty_name(relative) {
            findings.push(format!(
                "{}: {name} is no name for a module",
                relative.display()
            ));
        }
        let text = sources::text(&path)?;
        let tokens = TokenStream::from_str(&text)
            .map_err(|error| anyhow::anyhow!("{error}"))
            .with_context(|| format!("{} is not Rust", relative.display()))?;
        if !may_be_unsafe(relative)
            && let Some(line) = unsafe_at(tokens)
        {
            findings.push(format!(
                "{}:{line}: unsafe has no place here",
                relative.display()
            ));
        }
    }
    for found in layout_structs::read(workspace)? {
        if !found.size_asserted {
            findings.push(format!(
                "{}: nothing asserts size_of::<{}>()",
                found.file, found.name
            ));
        }
    }
    none_found(
        &findings,
        "What belongs where is said in spec/ and tools/xtask/src/check/tidy.rs.",
    )
}

fn may_be_unsafe(path: &Path) -> bool {
    UNSAFE_IN.iter().any(|dir| path.starts_with(dir))
        || path
            .components()
            .any(|part| part == Component::Normal("tests".as_ref()))
}

fn empty_name(path: &Path) -> Option<String> {
    path.with_extension("")
        .components()
        .map(|part| part.as_os_str().to_string_lossy().to_lowercase())
        .find(|part| {
            EMPTY_NAMES
                .iter()
                .any(|empty| part.split('_').any(|word| word == *empty))
        })
}

/// The line of the first `unsafe`, in comments and strings not counted.
fn unsafe_at(tokens: TokenStream) -> Option<usize> {
    tokens.into_iter().find_map(|token| match token {
        TokenTree::Ident(word) if word == "unsafe" => Some(word.span().start().line),
        TokenTree::Group(group) => unsafe_at(group.stream()),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(source: &str) -> Option<usize> {
        unsafe_at(TokenStream::from_str(source).unwrap())
    }

    #[test]
    fn unsafe_is_found_where_it_is_code_and_nowhere_else() {
        assert_eq!(line("fn f() {\n unsafe { g() }\n}"), Some(2));
        assert_eq!(line("m! {\n unsafe }"), Some(2));
        assert_eq!(
            line("// unsafe\nconst A: &str = \"unsafe\"; #![forbid(unsafe_code)]"),
            None
        );
    }

    #[test]
    fn names_are_looked_at_word_by_word() {
        assert_eq!(
            empty_name(Path::new("src/string_utils.rs")).as_deref(),
            Some("string_utils")
        );
        assert_eq!(
            empty_name(Path::new("src/common/mod.rs")).as_deref(),
            Some("common")
        );
        assert_eq!(
            empty_name(Path::new("crates/layout/src/utilization.rs")),
            None
        );
    }
}
