//! The `ttmem` binary, run as a user runs it.

use crate::measure::time;
use anyhow::{Context, Result, ensure};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The binary beside this program's own.
pub(super) struct Tool {
    path: PathBuf,
}

impl Tool {
    /// Finds it.
    pub(super) fn find() -> Result<Self> {
        let own = std::env::current_exe().context("cannot find this program's own file")?;
        let path = own.with_file_name("ttmem");
        ensure!(
            path.is_file(),
            "there is no ttmem beside {}: benches/run builds both",
            own.display()
        );
        Ok(Self { path })
    }

    /// Nanoseconds it takes, from its start to its end, with what it prints thrown away.
    pub(super) fn time(&self, directory: &Path, arguments: &[&str]) -> Result<f64> {
        let mut command = Command::new(&self.path);
        command
            .arg("--dir")
            .arg(directory)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let mut status = None;
        let nanoseconds = time(|| status = Some(command.status()));
        let status = status.context("not run")?.context("cannot run ttmem")?;
        ensure!(
            status.success(),
            "ttmem {} ended with {status}",
            arguments.join(" ")
        );
        Ok(nanoseconds)
    }
}
