//! Licences, sources and versions of the dependencies, and known faults in them.

use super::Verdict;
use crate::setup;
use crate::shell;
use crate::workspace::Workspace;
use anyhow::Result;
use std::process::Command;

/// Where cargo-deny takes its advisories from.
const ADVISORIES: &str = "https://github.com/rustsec/advisory-db";

pub(crate) fn check(workspace: &Workspace) -> Result<Verdict> {
    if let Err(error) = setup::cargo_deny(workspace) {
        return Ok(Verdict::Skipped(format!("{error:#}")));
    }
    let deny = ["deny", "--log-level", "warn", "check"];
    let mut cargo = workspace.cargo(&deny);
    shell::run(cargo.args(["licenses", "bans", "sources"]))?;
    if advisories_reachable() {
        shell::run(workspace.cargo(&deny).arg("advisories"))?;
    } else {
        println!(
            "xtask: advisories were not checked: {ADVISORIES} is out of reach from here \
             (licences, bans and sources were)"
        );
    }
    Ok(Verdict::Passed)
}

fn advisories_reachable() -> bool {
    let mut git = Command::new("timeout");
    git.args(["20", "git", "ls-remote", "--exit-code", ADVISORIES, "HEAD"]);
    shell::succeeds(git.env("GIT_TERMINAL_PROMPT", "0"))
}
