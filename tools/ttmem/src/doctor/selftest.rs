//! A producer that does a known set of everything, and whether readers see just that.

use super::check::Check;
use crate::demo::{Actor, Role};
use crate::quantity::{count, counted};
use anyhow::Context;
use std::path::Path;

/// Steps that are done before each look.
const STEPS: u64 = 3;

/// Starts a producer beside the segments of others, where nobody else looks, and checks every figure
/// while it lives and after it was killed.
pub(crate) fn selftest(dir: &Path) -> anyhow::Result<Check> {
    let name = "selftest";
    let place = tempfile::Builder::new()
        .prefix(".ttmem-selftest-")
        .tempdir_in(dir)
        .with_context(|| format!("cannot make a directory in {}", dir.display()))?;
    let mut actor = Actor::start(Role::Everything, place.path())?;
    let mut compared = 0;
    let mut wrong = Vec::new();
    let mut look = |actor: &Actor, when: &str| -> anyhow::Result<()> {
        let (number, differing) = actor.check()?;
        compared += number;
        wrong.extend(differing.into_iter().map(|one| format!("{when}: {one}")));
        Ok(())
    };
    look(&actor, "at the start")?;
    for _ in 0..STEPS {
        actor.step()?;
    }
    look(&actor, "alive")?;
    actor.kill()?;
    look(&actor, "killed")?;
    let compared = counted(compared as u64, "figure");
    if wrong.is_empty() {
        let found =
            format!("{compared} compared, alive and after SIGKILL: all are what they must be");
        return Ok(Check::ok(name, found));
    }
    let found = format!("{} of {compared} wrong", count(wrong.len() as u64));
    Ok(Check::error(name, found)
        .with(wrong)
        .advise("ttmem cannot be trusted on this machine: please report it with these lines"))
}
