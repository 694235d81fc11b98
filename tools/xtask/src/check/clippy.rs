//! Lints.

use crate::shell;
use crate::workspace::Workspace;
use anyhow::Result;

pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    let arguments = [
        "clippy",
        "--quiet",
        "--workspace",
        "--all-targets",
        "--",
        "--deny",
        "warnings",
    ];
    shell::run(&mut workspace.cargo(&arguments))
}
