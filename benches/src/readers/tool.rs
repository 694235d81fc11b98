//! The `ttmem` binary, run as a user runs it.

use crate::measure::time;
use anyhow::{Context, Result, ensure};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Whatever is shown takes at least so many bytes.
const BYTES_EACH: u64 = 20;

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
        let mut command = self.command(directory, arguments);
        command.stdout(Stdio::null());
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

    /// Makes sure that it prints what is asked for: a binary that is not built from this source may
    /// find nothing to read, and be very fast.
    pub(super) fn ensure_prints(
        &self,
        directory: &Path,
        arguments: &[&str],
        things: u64,
    ) -> Result<()> {
        let mut command = self.command(directory, arguments);
        let mut process = command
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot run ttmem")?;
        let mut output = process.stdout.take().context("a tool without output")?;
        let printed = io::copy(&mut output, &mut io::sink());
        process.wait().context("cannot wait for ttmem")?;
        let printed = printed.context("cannot read what ttmem prints")?;
        ensure!(
            printed >= things * BYTES_EACH,
            "ttmem {} prints {printed} bytes where {things} things are to be shown: benches/run builds both",
            arguments.join(" ")
        );
        Ok(())
    }

    fn command(&self, directory: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.path);
        command
            .arg("--dir")
            .arg(directory)
            .args(arguments)
            .stdin(Stdio::null())
            .stderr(Stdio::null());
        command
    }
}
