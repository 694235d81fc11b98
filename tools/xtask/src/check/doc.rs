//! Documentation.

use crate::shell;
use crate::workspace::Workspace;
use anyhow::Result;

pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    let mut cargo = workspace.cargo(&["doc", "--quiet", "--workspace", "--no-deps"]);
    shell::run(cargo.env("RUSTDOCFLAGS", "--deny warnings"))
}
