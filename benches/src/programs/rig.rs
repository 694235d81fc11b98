//! Where the real runtime is, and how a program that uses it is started.

use super::cluster::Cluster;
use crate::peers::compile::compile;
use anyhow::{Context, Result, ensure};
use std::ffi::OsString;
use std::fs::{create_dir_all, write};
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

const PROGRAM: &str = include_str!("../../programs/program.py");
const STAND_IN: &str = include_str!("../../programs/stand_in.c");

/// Tells the program of the cluster, which has to be `$1`: not every shell passes arguments to what it
/// reads with a dot.
const START: &str = r#". "$2/env.sh" && if [ -n "$3" ]; then export TT_METAL_SHM_TRACKING_DISABLED=1
else unset TT_METAL_SHM_TRACKING_DISABLED; fi
python=$2/venv/bin/python preload=$4 && shift 4 && LD_PRELOAD=$preload exec "$python" "$@""#;

/// How a program is observed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Setting {
    /// By nobody.
    Untracked,
    /// The preload library is there and was not asked to do anything.
    SwitchedOff,
    /// By ttmem.
    Tracked,
    /// By ttmem, with the stand-in behind the preload library.
    Hook,
    /// By the runtime's own tracker.
    OwnTracker,
}

impl Setting {
    pub(super) const ALL: [Self; 5] = [
        Self::Untracked,
        Self::SwitchedOff,
        Self::Tracked,
        Self::Hook,
        Self::OwnTracker,
    ];

    pub(super) const fn has_segment(self) -> bool {
        matches!(self, Self::Tracked | Self::Hook)
    }

    const fn has_stand_in(self) -> bool {
        matches!(self, Self::SwitchedOff | Self::Hook)
    }

    const fn is_preloaded(self) -> bool {
        self.has_segment() || self.has_stand_in()
    }
}

/// All that programs need to be started.
pub(super) struct Rig {
    runtime: PathBuf,
    preload: PathBuf,
    stand_in: PathBuf,
    program: PathBuf,
    segments: PathBuf,
    built: TempDir,
}

impl Rig {
    /// Finds the runtime and the preload library, and makes the rest. Segments go into `segments`.
    pub(super) fn find(segments: &Path) -> Result<Self> {
        let runtime = std::env::var_os("TTMEM_TTNN_RIG")
            .context("set TTMEM_TTNN_RIG to a directory made by tests/ttnn/setup.sh")?;
        let runtime = PathBuf::from(runtime);
        ensure!(
            runtime.join("ready").is_file(),
            "{} was not made, or not to the end, by tests/ttnn/setup.sh",
            runtime.display()
        );
        let own = std::env::current_exe().context("cannot find this program's own file")?;
        let preload = own.with_file_name("libttmem_preload.so");
        ensure!(
            preload.is_file(),
            "there is no libttmem_preload.so beside {}: benches/run builds both",
            own.display()
        );
        create_dir_all(segments).with_context(|| format!("cannot make {}", segments.display()))?;
        // Where segments are, nothing may be executable.
        let built = tempfile::tempdir().context("cannot make a directory for a program")?;
        let program = built.path().join("program.py");
        write(&program, PROGRAM).context("cannot write a script")?;
        write(built.path().join("stand_in.c"), STAND_IN).context("cannot write a program")?;
        let flags = ["-shared", "-fPIC", "-fexceptions", "-ldl"];
        let stand_in = compile(built.path(), "stand_in.c", "stand_in.so", &flags)?;
        Ok(Self {
            runtime,
            preload,
            stand_in,
            program,
            segments: segments.to_owned(),
            built,
        })
    }

    /// Where programs put their segments.
    pub(super) fn segments(&self) -> &Path {
        &self.segments
    }

    /// A file for what a program complains of.
    pub(super) fn complaints(&self, cluster: &Cluster, setting: Setting) -> PathBuf {
        self.built
            .path()
            .join(format!("{}.{setting:?}", cluster.name))
    }

    /// The command that starts a program.
    pub(super) fn command(&self, cluster: &Cluster, setting: Setting) -> Command {
        let mut preloaded = OsString::new();
        if setting.is_preloaded() {
            preloaded.push(&self.preload);
        }
        if setting.has_stand_in() {
            preloaded.push(":");
            preloaded.push(&self.stand_in);
        }
        let own_tracker_disabled = match setting {
            Setting::OwnTracker => "",
            _ => "1",
        };
        let mut command = Command::new("sh");
        for (name, _) in std::env::vars_os() {
            if name.as_encoded_bytes().starts_with(b"TTMEM") {
                command.env_remove(name);
            }
        }
        command
            .env_remove("TT_ALLOC_TRACKING_ENABLED")
            .args(["-c", START, "sh"])
            .arg(cluster.name)
            .arg(&self.runtime)
            .arg(own_tracker_disabled)
            .arg(preloaded)
            .arg(&self.program);
        if setting.has_stand_in() {
            command.arg(&self.stand_in);
        }
        if setting.has_segment() {
            command.env("TTMEM", "1").env("TTMEM_DIR", &self.segments);
        }
        command
    }
}
