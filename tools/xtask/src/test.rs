//! Everything: set-up, checks, tests.

use crate::check::Check;
use crate::workspace::{Workspace, in_ci};
use crate::{cargo_test, setup, summary};
use anyhow::{Result, ensure};

pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    let rig = setup::everything(workspace)?;
    // Each check is run even if another failed: one run tells everything there is to mend.
    let checks = Check::ALL.map(|check| {
        eprintln!("xtask: check {}", check.name());
        let verdict = check.run(workspace);
        if let Err(error) = &verdict {
            eprintln!("xtask: {} failed: {error:#}", check.name());
        }
        (check.name(), verdict)
    });
    let tests = cargo_test::run(workspace, rig.as_deref());
    let good = summary::print(&checks, &tests, in_ci());
    ensure!(good, "not everything passed");
    Ok(())
}
