//! A process that uses a Tenstorrent device or may do so, and whether it reports.

use super::segments::{self, Segments};
use procfs::ProcResult;
use procfs::process::{FDTarget, MMapPath, Process};
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use ttmem_producer::Options;

/// File names (without version) of the runtime's libraries.
pub(super) const RUNTIME: [&str; 3] = ["libtt_metal.so", "_ttnncpp.so", "libtt-umd.so"];
/// File name of the library that makes an unmodified program report.
const PRELOAD: &str = "libttmem_preload";

/// One process, as far as the kernel tells.
#[derive(Debug)]
pub(crate) struct Program {
    /// Process id here.
    pub(crate) pid: u32,
    /// Process id in its own PID namespace: what its segment says.
    pub(crate) inner_pid: u32,
    /// Command line.
    pub(crate) command: String,
    /// Devices it has open.
    pub(crate) devices: BTreeSet<String>,
    /// Libraries of the runtime it has loaded, as it names them.
    pub(crate) runtime: BTreeSet<PathBuf>,
    /// Whether it has the preload library loaded.
    pub(crate) preloaded: bool,
    /// What it was started with; none if that cannot be seen.
    pub(crate) environment: Option<Environment>,
    /// Inode of its PID namespace.
    pub(crate) pid_namespace: Option<u64>,
    /// Inode of its mount namespace.
    pub(crate) mount_namespace: Option<u64>,
}

/// What a process was started with.
#[derive(Debug)]
pub(crate) struct Environment {
    /// Whether it asks to report.
    pub(crate) on: bool,
    /// Where its segment would be, as it names it.
    pub(crate) dir: PathBuf,
}

impl Program {
    /// What there is to know, or why its open files cannot be seen.
    pub(super) fn of(process: &Process, devices: &Path) -> ProcResult<Self> {
        let files = process
            .fd()?
            .flatten()
            .filter_map(|file| match file.target {
                FDTarget::Path(path) => Some(path),
                _ => None,
            });
        let devices = files
            .filter_map(|path| Some(path.strip_prefix(devices).ok()?.display().to_string()))
            .collect();
        let mut program = Self {
            pid: process.pid.unsigned_abs(),
            inner_pid: inner_pid(process),
            command: process.cmdline().unwrap_or_default().join(" "),
            devices,
            runtime: BTreeSet::new(),
            preloaded: false,
            environment: Environment::of(process),
            pid_namespace: namespace(process, "pid"),
            mount_namespace: namespace(process, "mnt"),
        };
        for map in process.maps()? {
            let MMapPath::Path(path) = map.pathname else {
                continue;
            };
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            program.preloaded |= name.starts_with(PRELOAD);
            if RUNTIME.iter().any(|library| name.starts_with(library)) {
                program.runtime.insert(path);
            }
        }
        Ok(program)
    }

    /// Whether it has anything to do with a device.
    pub(super) fn is_of_tenstorrent(&self) -> bool {
        !self.devices.is_empty() || !self.runtime.is_empty()
    }

    /// A path of this process, as this one has to name it.
    pub(super) fn as_seen_here(&self, path: &Path) -> PathBuf {
        if self.mount_namespace == own_namespace("mnt") {
            return path.to_owned();
        }
        let inside = path.strip_prefix("/").unwrap_or(path);
        Path::new("/proc")
            .join(self.pid.to_string())
            .join("root")
            .join(inside)
    }

    /// Who it is.
    pub(super) fn name(&self) -> String {
        super::named(self.pid, &self.command)
    }
}

impl Environment {
    fn of(process: &Process) -> Option<Self> {
        let all = process.environ().ok()?;
        let variable = |name: &str| all.get(OsStr::new(name)).cloned();
        let dir = variable("TTMEM_DIR").filter(|dir| !dir.is_empty());
        let dir = dir.map_or_else(|| Options::default().dir, PathBuf::from);
        Some(Self {
            on: ttmem_producer::switched_on_by(variable),
            dir: process.cwd().unwrap_or_default().join(dir),
        })
    }
}

/// What keeps a program from being seen, if anything does.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Tracking {
    /// It reports where we look.
    Here,
    /// It reports, or will, to another directory, which is this one as seen from here.
    Elsewhere(PathBuf),
    /// It was started without the switch.
    Off,
    /// The switch is on, and there is no library that would act on it.
    NotPreloaded,
    /// All is ready; it has no device open yet.
    NotYet,
    /// All is ready and a device is open, but there is no segment.
    Failed,
    /// Its environment cannot be seen.
    Untold,
}

/// What keeps `program` from being seen in `dir`.
pub(super) fn tracking(program: &Program, segments: &Segments, dir: &Path) -> Tracking {
    if segments.has(program) {
        return Tracking::Here;
    }
    let Some(environment) = &program.environment else {
        return Tracking::Untold;
    };
    let there = program.as_seen_here(&environment.dir);
    let is_elsewhere = !is_same(&there, dir);
    let will_report = environment.on && program.preloaded;
    // One that switches itself on has a segment without the variable, and one that is linked with
    // ttmem has one without the library.
    if is_elsewhere && (will_report || segments::lies_in(program, &there)) {
        return Tracking::Elsewhere(there);
    }
    match environment {
        Environment { on: false, .. } => Tracking::Off,
        _ if !program.preloaded => Tracking::NotPreloaded,
        _ if program.devices.is_empty() => Tracking::NotYet,
        _ => Tracking::Failed,
    }
}

fn is_same(one: &Path, other: &Path) -> bool {
    let id = |path| fs::metadata(path).map(|meta| (meta.dev(), meta.ino())).ok();
    one == other || id(one).is_some_and(|one| Some(one) == id(other))
}

fn inner_pid(process: &Process) -> u32 {
    let status = process.status().ok();
    let inner = status.and_then(|status| status.nspid?.last().copied());
    inner.unwrap_or(process.pid).unsigned_abs()
}

fn namespace(process: &Process, kind: &str) -> Option<u64> {
    let path = Path::new("/proc")
        .join(process.pid.to_string())
        .join("ns")
        .join(kind);
    Some(fs::metadata(path).ok()?.ino())
}

/// Inode of a namespace of this process.
pub(super) fn own_namespace(kind: &str) -> Option<u64> {
    Some(
        fs::metadata(Path::new("/proc/self/ns").join(kind))
            .ok()?
            .ino(),
    )
}
