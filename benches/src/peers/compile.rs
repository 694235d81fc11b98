//! C sources, compiled when they are needed: what they need is not on every machine.

use anyhow::{Context, Result, ensure};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Compiles `source` in `directory` with these flags.
pub(crate) fn compile(
    directory: &Path,
    source: &str,
    output: &str,
    flags: &[&str],
) -> Result<PathBuf> {
    let compiler = std::env::var_os("CC").unwrap_or_else(|| "cc".into());
    let built = Command::new(&compiler)
        .current_dir(directory)
        .args(["-O2", "-o", output, source])
        .args(flags)
        .output()
        .with_context(|| format!("there is no C compiler {}", compiler.display()))?;
    let complaint = String::from_utf8_lossy(&built.stderr);
    let first = complaint.lines().find(|line| line.contains("error"));
    ensure!(
        built.status.success(),
        "{source} could not be compiled: {}",
        first.unwrap_or("the compiler gave no reason")
    );
    Ok(directory.join(output))
}
