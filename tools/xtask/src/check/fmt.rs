//! Formatting.

use crate::shell;
use crate::workspace::Workspace;
use anyhow::{Context, Result};

pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    shell::run(&mut workspace.cargo(&["fmt", "--all", "--check"])).context("run `cargo fmt --all`")
}
