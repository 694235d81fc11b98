//! The runtime's own tracker, called in the runtime's own library on a mock cluster.

use super::child::{nanoseconds, start};
use super::comparison::{Comparison, Ours, compare};
use super::compile::compile;
use super::rows;
use crate::child::Child;
use crate::measure::per_event;
use crate::results::Results;
use crate::row::Row;
use anyhow::{Context, Result};
use std::fs::write;
use std::path::{Path, PathBuf};
use std::process::Command;

const PROGRAM: &str = include_str!("../../peers/tracker_peer.c");
const SCRIPT: &str = include_str!("../../peers/tracker_peer.py");

/// Tells the runtime of the cluster, then makes it track.
const START: &str = r#"rig=$1 library=$3 script=$4 && set -- "$2" && . "$rig/env.sh" &&
unset TT_METAL_SHM_TRACKING_DISABLED && LD_PRELOAD=$library exec "$rig/venv/bin/python" "$script""#;

/// What is pretended to be there.
#[derive(Clone, Copy)]
pub(super) enum Cluster {
    OneChip,
    /// Opened as one mesh.
    EightChips,
}

/// The programs the runtime runs in.
pub(super) struct Rig {
    rig: PathBuf,
    directory: PathBuf,
    preloaded: PathBuf,
    script: PathBuf,
}

impl Rig {
    /// From the directory made by `tests/ttnn/setup.sh`; none if nobody names one.
    pub(super) fn find(directory: &Path) -> Result<Option<Self>> {
        let Some(rig) = std::env::var_os("TTMEM_TTNN_RIG").filter(|rig| !rig.is_empty()) else {
            return Ok(None);
        };
        let script = directory.join("tracker_peer.py");
        write(&script, SCRIPT).context("cannot write a script")?;
        write(directory.join("tracker_peer.c"), PROGRAM).context("cannot write a program")?;
        let flags = ["-shared", "-fPIC", "-fexceptions", "-ldl"];
        let preloaded = compile(directory, "tracker_peer.c", "tracker_peer.so", &flags)?;
        Ok(Some(Self {
            rig: PathBuf::from(rig),
            directory: directory.to_owned(),
            preloaded,
            script,
        }))
    }

    /// A program with this cluster open, and the tracker on.
    pub(super) fn open(&self, cluster: Cluster) -> Result<Tracker> {
        let name = match cluster {
            Cluster::OneChip => "n150",
            Cluster::EightChips => "t3k",
        };
        let mut command = Command::new("sh");
        command.args(["-c", START, "sh"]);
        command.arg(&self.rig).arg(name);
        command.args([&self.preloaded, &self.script]);
        let program = start(&mut command, &self.directory, name)?;
        Ok(Tracker { program, cluster })
    }
}

/// Allocations and frees in one batch: fewer than elsewhere, because they are slow.
const PAIRS: u64 = 2048;

/// The tracker in one program.
pub(super) struct Tracker {
    program: Child,
    cluster: Cluster,
}

impl Tracker {
    /// The whole of what the runtime does for its tracker about one event: find the processors, take a
    /// lock, find the chips, and for each ask the system for the process's number and add to the totals.
    fn hook(&mut self) -> Result<f64> {
        nanoseconds(&mut self.program, &format!("hook {PAIRS}"))
    }

    /// The last of these steps only, for one chip.
    fn record(&mut self) -> Result<f64> {
        nanoseconds(&mut self.program, &format!("record {PAIRS}"))
    }
}

/// Something that is asked of it.
type Call = fn(&mut Tracker) -> Result<f64>;

impl Comparison for Tracker {
    fn round(&mut self, ours: &Ours, results: &mut Results) -> Result<()> {
        let event = || ours.chip.batch();
        let mesh = || ours.mesh_8.batch();
        let floor = || ours.floor.batch(0);
        let lines: &[(Row, Call, &dyn Fn())] = match self.cluster {
            Cluster::OneChip => &[
                (rows::RECORD, Self::record, &event),
                (rows::HOOK, Self::hook, &event),
            ],
            Cluster::EightChips => &[
                (rows::HOOK_8, Self::hook, &mesh),
                (rows::FLOOR_HOOK_8, Self::hook, &floor),
            ],
        };
        for &(row, call, ours) in lines {
            compare(row, results, || call(self), || per_event(ours))?;
        }
        Ok(())
    }
}
