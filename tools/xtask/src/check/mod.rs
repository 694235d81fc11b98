//! The checks, each in a file of its own.

mod clippy;
mod deny;
mod direction;
mod doc;
mod fmt;
pub(crate) mod header;
mod layout_structs;
mod spec;
mod spec_text;
mod tidy;

use crate::workspace::Workspace;
use anyhow::{Result, bail};

/// One check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Check {
    Fmt,
    Direction,
    Tidy,
    Spec,
    Header,
    Deny,
    Clippy,
    Doc,
}

/// How a check went, unless it failed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Passed,
    /// Not run on this machine, for this reason.
    Skipped(String),
}

impl Check {
    /// All of them, the quick ones first.
    pub(crate) const ALL: [Self; 8] = [
        Self::Fmt,
        Self::Direction,
        Self::Tidy,
        Self::Spec,
        Self::Header,
        Self::Deny,
        Self::Clippy,
        Self::Doc,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Fmt => "fmt",
            Self::Direction => "direction",
            Self::Tidy => "tidy",
            Self::Spec => "spec",
            Self::Header => "header",
            Self::Deny => "deny",
            Self::Clippy => "clippy",
            Self::Doc => "doc",
        }
    }

    pub(crate) fn run(self, workspace: &Workspace) -> Result<Verdict> {
        let passed = |()| Verdict::Passed;
        match self {
            Self::Fmt => fmt::check(workspace).map(passed),
            Self::Direction => direction::check(workspace).map(passed),
            Self::Tidy => tidy::check(workspace).map(passed),
            Self::Spec => spec::check(workspace).map(passed),
            Self::Header => header::check(workspace).map(passed),
            Self::Deny => deny::check(workspace),
            Self::Clippy => clippy::check(workspace).map(passed),
            Self::Doc => doc::check(workspace).map(passed),
        }
    }

    /// As a command of its own.
    pub(crate) fn run_alone(self, workspace: &Workspace) -> Result<()> {
        match self.run(workspace)? {
            Verdict::Passed => println!("{}: ok", self.name()),
            Verdict::Skipped(reason) => println!("{}: skipped: {reason}", self.name()),
        }
        Ok(())
    }
}

/// Fails with all findings, one a line.
fn none_found(findings: &[String], advice: &str) -> Result<()> {
    if findings.is_empty() {
        return Ok(());
    }
    bail!("{}\n{advice}", findings.join("\n"))
}
