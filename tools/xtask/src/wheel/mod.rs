//! The Python wheel: the command, the preload library and the module in one file.

mod stage;

use crate::workspace::Workspace;
use crate::{setup, shell};
use anyhow::{Context, Result};
use clap::Args;
use std::path::PathBuf;
use std::process::Command;

/// Flags of `cargo xtask wheel`.
#[derive(Args)]
pub(crate) struct Flags {
    /// Profile to build with: release, or dev for the tests
    #[arg(long, default_value = "release")]
    profile: String,
    /// Where the wheel goes [default: wheel below the target directory]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Take the command and the preload library that were built with this profile before
    #[arg(long)]
    no_build: bool,
}

/// Builds what goes into it, puts it together, and has maturin check and pack it.
pub(crate) fn build(workspace: &Workspace, flags: &Flags) -> Result<()> {
    let here = workspace.target().join("wheel");
    let out = flags.out.clone().unwrap_or_else(|| here.clone());
    std::fs::create_dir_all(&out).with_context(|| format!("cannot make {}", out.display()))?;
    let out = out.canonicalize().context("the directory is gone")?;
    let maturin = setup::maturin(workspace)?;
    let profile = ["--profile", flags.profile.as_str()];
    if !flags.no_build {
        let packages = ["--package", "ttmem", "--package", "ttmem-preload"];
        let mut cargo = workspace.cargo(&["build", "--quiet", "--locked"]);
        shell::run(cargo.args(packages).args(profile))?;
    }
    // One for each profile: two may be built at a time.
    let stage = here.join("stage").join(&flags.profile);
    stage::make(workspace, &flags.profile, &stage)?;
    let mut command = Command::new(&maturin);
    command
        .args(["build", "--locked", "--interpreter"])
        .arg(maturin.with_file_name("python"))
        .arg("--target-dir")
        .arg(workspace.target())
        .args(profile)
        .arg("--out")
        .arg(out)
        .current_dir(stage);
    shell::run(&mut command)
}
