//! The main job in one command: the built-in workload, then the real runtime where it can be had.

use crate::workspace::Workspace;
use crate::{setup, shell};
use anyhow::Result;
use std::process::Command;

pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    let packages = ["build", "--package", "ttmem", "--package", "ttmem-preload"];
    shell::run(&mut workspace.cargo(&packages))?;
    let ttmem = workspace.target().join("debug/ttmem");
    shell::run(Command::new(&ttmem).arg("demo"))?;
    println!("\nThe same with the real runtime, on a mock N150: ttnn from PyPI, unmodified.");
    let rig = match setup::for_runtime(workspace) {
        Ok(rig) => rig,
        Err(error) => {
            println!("It cannot be set up on this machine, so this part is left out: {error:#}");
            return Ok(());
        }
    };
    // env.sh points the runtime at the mock device.
    let script = workspace.root().join("tools/xtask/demo.py");
    let mut bash = Command::new("bash");
    bash.args([
        "-c",
        ". \"$1/env.sh\" n150 && exec \"$2\" run -- \"$1/venv/bin/python\" \"$3\"",
        "demo",
    ]);
    shell::run(
        bash.arg(&rig)
            .arg(&ttmem)
            .arg(script)
            .env("TTMEM_BINARY", &ttmem),
    )
}
