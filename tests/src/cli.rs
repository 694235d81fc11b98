//! Runs `ttmem` as a user would and reads what it says.

use crate::{binaries, told_only_where};
use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// `ttmem` looking at the segments in `dir`, free of what the caller's environment says.
pub fn ttmem(dir: &Path) -> Command {
    let mut command = told_only_where(&binaries::ttmem(), dir);
    command.stdin(Stdio::null());
    command
}

/// What a finished command left.
#[derive(Debug)]
pub struct Said {
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
    /// Exit status; none if a signal ended it.
    pub code: Option<i32>,
}

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        Self {
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
            code: output.status.code(),
        }
    }
}

/// Runs `ttmem ARGS` to its end.
///
/// # Panics
/// If it cannot be started.
pub fn run(dir: &Path, args: &[&str]) -> Said {
    ttmem(dir)
        .args(args)
        .output()
        .expect("ttmem can be started")
        .into()
}

/// Runs `ttmem ARGS --json` and parses what it prints.
///
/// # Panics
/// If it fails or prints anything but JSON.
pub fn json(dir: &Path, args: &[&str]) -> Value {
    let said = run(dir, &[args, &["--json"]].concat());
    assert_eq!(
        said.code,
        Some(0),
        "ttmem {args:?} failed: {}{}",
        said.out,
        said.err
    );
    serde_json::from_str(&said.out)
        .unwrap_or_else(|error| panic!("ttmem {args:?} printed no JSON ({error}): {}", said.out))
}

/// The process with this pid in a `dump` or `ps`.
pub fn process(document: &Value, pid: u32) -> Option<&Value> {
    document["processes"]
        .as_array()?
        .iter()
        .find(|process| process["pid"] == pid)
}

/// The device of this number in a `dump`.
pub fn device(document: &Value, number: u32) -> Option<&Value> {
    document["devices"]
        .as_array()?
        .iter()
        .find(|device| device["device"] == number)
}
