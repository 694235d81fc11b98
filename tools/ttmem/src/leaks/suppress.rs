//! A file that says which allocations are known and meant: a query a line.

use crate::exit::Refused;
use crate::fields::BUFFER;
use crate::grouping::Sum;
use crate::query::{Bound, Query};
use crate::view::Held;
use anyhow::Context;
use std::path::{Path, PathBuf};

/// What stands in a suppression file, with what each line suppressed.
#[derive(Default)]
pub(crate) struct Suppressions {
    file: PathBuf,
    lines: Vec<Line>,
}

/// A line with a query.
pub(crate) struct Line {
    /// Its number in the file.
    pub(crate) number: usize,
    /// What it says.
    pub(crate) text: String,
    query: Bound<Held>,
    /// What it applied to.
    pub(crate) sum: Sum,
}

impl Suppressions {
    /// Reads a file. Empty lines and lines that begin with # say nothing.
    pub(crate) fn read(file: &Path, now_ns: i64) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(file)
            .with_context(|| format!("cannot read the suppressions in {}", file.display()))?;
        let mut lines = Vec::new();
        for (at, line) in text.lines().enumerate() {
            let (number, text) = (at + 1, line.trim());
            if text.is_empty() || text.starts_with('#') {
                continue;
            }
            let wrong =
                |what: String| Refused::usage(format!("{}:{number}: {what}", file.display()));
            let query = Query::parse(text).map_err(wrong)?;
            let query = query
                .bind(BUFFER, now_ns)
                .map_err(|error| wrong(error.to_string()))?;
            lines.push(Line {
                number,
                text: text.to_owned(),
                query,
                sum: Sum::default(),
            });
        }
        Ok(Self {
            file: file.to_owned(),
            lines,
        })
    }

    /// Whether a line applies.
    pub(super) fn suppress(&self, held: &Held) -> bool {
        self.lines.iter().any(|line| line.query.matches(held))
    }

    /// Number of the first line that applies. Every one that does counts it.
    pub(super) fn find(&mut self, held: &Held) -> Option<usize> {
        let mut first = None;
        for line in &mut self.lines {
            if line.query.matches(held) {
                line.sum.count(held);
                first = first.or(Some(line.number));
            }
        }
        first
    }

    /// The lines.
    pub(crate) fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// What each line did, as sentences.
    pub(crate) fn sentences(&self) -> impl Iterator<Item = String> {
        self.lines.iter().map(|line| {
            let place = format!("{}:{}", self.file.display(), line.number);
            if line.sum.buffers == 0 {
                format!("{place}: suppresses nothing (any more): {}", line.text)
            } else {
                format!("{place}: suppressed {}", line.sum.words())
            }
        })
    }
}
