//! Runs `cargo test` and counts from what it prints.

use crate::shell;
use crate::summary::Tests;
use crate::workspace::Workspace;
use anyhow::{Context, Result};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::Stdio;

/// Builds everything, runs every test of the workspace and counts them.
pub(crate) fn run(workspace: &Workspace, rig: Option<&Path>) -> Result<Tests> {
    // The tests first: `cargo build` then finds most of its dependencies built, and lifts binaries and
    // libraries for C to where the tests look for them.
    shell::run(&mut workspace.cargo(&["test", "--workspace", "--no-run", "--quiet"]))?;
    shell::run(&mut workspace.cargo(&["build", "--workspace", "--quiet"]))?;
    let skips = SkipLog::new(workspace)?;
    let mut cargo = workspace.cargo(&["test", "--workspace", "--no-fail-fast"]);
    cargo
        .env("TTMEM_SKIP_LOG", &skips.path)
        .env("TTMEM_TEST_BUILT", "1");
    if let Some(rig) = rig {
        cargo.env("TTMEM_TTNN_RIG", rig);
    }
    eprintln!("xtask: {}", shell::shown(&cargo));
    let mut child = cargo
        .stdout(Stdio::piped())
        .spawn()
        .context("cargo test cannot be started")?;
    let output = child.stdout.take().context("cargo test has no output")?;
    let mut tests = Tests::default();
    for line in BufReader::new(output).split(b'\n') {
        let line = line.context("cargo test's output broke off")?;
        let line = String::from_utf8_lossy(&line);
        // A reader of ours that went away is no reason to stop testing.
        let _ = writeln!(std::io::stdout(), "{line}");
        tests.count(&line);
    }
    tests.clean_exit = child.wait().context("cargo test was lost")?.success();
    tests.skipped_with_reason(skips.read()?);
    Ok(tests)
}

/// The file in which tests that cannot run say so.
struct SkipLog {
    path: PathBuf,
}

impl SkipLog {
    fn new(workspace: &Workspace) -> Result<Self> {
        let path = workspace.target().join("ttmem-skips");
        std::fs::write(&path, "").with_context(|| format!("cannot write {}", path.display()))?;
        Ok(Self { path })
    }

    /// Test and reason of each line `ttmem-skip: <test>: <reason>`, each test once.
    fn read(&self) -> Result<BTreeMap<String, String>> {
        let text = crate::sources::text(&self.path)?;
        let parts = text
            .lines()
            .filter_map(|line| line.strip_prefix("ttmem-skip: "));
        Ok(parts
            .map(|line| {
                let (test, reason) = line.split_once(": ").unwrap_or((line, "no reason given"));
                (test.to_owned(), reason.to_owned())
            })
            .collect())
    }
}
