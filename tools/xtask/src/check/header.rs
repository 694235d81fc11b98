//! The C header: what is checked in is what the source yields.

use crate::sources;
use crate::workspace::Workspace;
use anyhow::{Context, Result, bail};
use std::path::PathBuf;

fn checked_in(workspace: &Workspace) -> PathBuf {
    workspace.root().join("crates/capi/include/ttmem.h")
}

pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    let path = checked_in(workspace);
    let (have, want) = (sources::text(&path)?, generate(workspace)?);
    if have == want {
        return Ok(());
    }
    let differing = have
        .lines()
        .zip(want.lines())
        .enumerate()
        .find(|(_, (have, want))| have != want);
    let at = differing.map_or_else(
        || "one of the two ends early".to_owned(),
        |(line, (have, want))| format!("line {}:\n  have {have}\n  want {want}", line + 1),
    );
    bail!(
        "{} is not what the source yields, {at}\nRun `cargo xtask header --write`.",
        path.display()
    )
}

pub(crate) fn write(workspace: &Workspace) -> Result<()> {
    let path = checked_in(workspace);
    std::fs::write(&path, generate(workspace)?)
        .with_context(|| format!("cannot write {}", path.display()))
}

fn generate(workspace: &Workspace) -> Result<String> {
    let capi = workspace.root().join("crates/capi");
    let config = cbindgen::Config::from_file(capi.join("cbindgen.toml"))
        .map_err(|error| anyhow::anyhow!("crates/capi/cbindgen.toml: {error}"))?;
    let bindings = cbindgen::Builder::new()
        .with_crate(&capi)
        .with_config(config)
        .generate()
        .context("cbindgen cannot read crates/capi")?;
    let mut bytes = Vec::new();
    bindings.write(&mut bytes);
    let text = String::from_utf8(bytes).context("the header is not UTF-8")?;
    // A heading that Rust's documentation asks for, and C's does not have.
    let kept: Vec<&str> = text
        .lines()
        .filter(|line| line.trim() != "// # Safety")
        .collect();
    Ok(kept.join("\n") + "\n")
}
