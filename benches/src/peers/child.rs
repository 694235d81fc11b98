//! A program that does something on the bench's behalf until its standard input ends.

use crate::child::Child;
use anyhow::{Context, Result, bail};
use std::path::Path;
use std::process::Command;

/// The first word it prints when it can be told to do something.
pub(super) const READY: &str = "ready";

/// Starts it and waits until it is ready. `name` is of a file in `directory` for what it complains of.
pub(super) fn start(command: &mut Command, directory: &Path, name: &str) -> Result<Child> {
    let complaints = directory.join(name).with_extension("complaints");
    let mut child = Child::start(command, Some(complaints))?;
    loop {
        let line = child.answer()?;
        if line.split_whitespace().next() == Some(READY) {
            return Ok(child);
        }
    }
}

/// Gives an order that is answered with a time.
pub(super) fn nanoseconds(child: &mut Child, order: &str) -> Result<f64> {
    let time: f64 = child
        .order(order)?
        .trim()
        .parse()
        .context("it gave no time")?;
    if time > 0.0 {
        Ok(time)
    } else {
        bail!("it says that it took {time} ns")
    }
}
