//! LTTng-UST: the same payload through a tracepoint, recorded into a ring that overwrites the oldest.

use super::child::{nanoseconds, start};
use super::comparison::{Comparison, Ours, compare};
use super::compile::compile;
use super::rows;
use crate::child::Child;
use crate::measure::per_event;
use crate::results::Results;
use crate::row::Row;
use crate::workload::EVENTS;
use anyhow::{Context, Result};
use std::fs::{create_dir_all, write};
use std::path::Path;
use std::process::{Command, Stdio};

const FILES: [(&str, &str); 3] = [
    ("lttng_peer.c", include_str!("../../peers/lttng_peer.c")),
    (
        "lttng_peer_tp.h",
        include_str!("../../peers/lttng_peer_tp.h"),
    ),
    (
        "lttng_session.sh",
        include_str!("../../peers/lttng_session.sh"),
    ),
];

/// A program whose tracepoint is being recorded. The program goes first, then the session.
pub(super) struct Lttng {
    program: Child,
    _session: Child,
}

impl Lttng {
    /// None where LTTng-UST is not installed.
    pub(super) fn start(directory: &Path) -> Result<Option<Self>> {
        let Some(flags) = flags() else {
            return Ok(None);
        };
        let flags: Vec<&str> = ["-I."]
            .into_iter()
            .chain(flags.split_whitespace())
            .collect();
        let directory = directory.join("lttng");
        create_dir_all(&directory)?;
        for (name, text) in FILES {
            write(directory.join(name), text).with_context(|| format!("cannot write {name}"))?;
        }
        let program = compile(&directory, "lttng_peer.c", "lttng_peer", &flags)?;
        let mut session = Command::new("sh");
        session
            .arg(directory.join("lttng_session.sh"))
            .env("LTTNG_HOME", &directory);
        let session = start(&mut session, &directory, "session")?;
        let mut program = Command::new(program);
        program.env("LTTNG_HOME", &directory);
        Ok(Some(Self {
            program: start(&mut program, &directory, "program")?,
            _session: session,
        }))
    }
}

impl Comparison for Lttng {
    fn round(&mut self, ours: &Ours, results: &mut Results) -> Result<()> {
        let batch = EVENTS.to_string();
        let event = || ours.chip.batch();
        let floor = || ours.floor.batch(0);
        let lines: [(Row, &dyn Fn()); 2] = [(rows::LTTNG, &event), (rows::FLOOR_LTTNG, &floor)];
        for (row, ours) in lines {
            let tracepoint = || nanoseconds(&mut self.program, &batch);
            compare(row, results, tracepoint, || per_event(ours))?;
        }
        Ok(())
    }
}

/// How to compile for it, if it and its tools are there.
fn flags() -> Option<String> {
    for tool in ["lttng", "lttng-sessiond"] {
        let found = Command::new(tool)
            .arg("--version")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        found.ok().filter(|status| status.success())?;
    }
    let flags = Command::new("pkg-config")
        .args(["--cflags", "--libs", "lttng-ust >= 2.13"])
        .output()
        .ok()
        .filter(|output| output.status.success())?;
    let flags = String::from_utf8(flags.stdout).ok()?;
    Some(format!("{flags} -ldl"))
}
