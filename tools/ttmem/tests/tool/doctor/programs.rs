//! Programs that use a device and are not seen, each for another reason.

use super::Diagnosis;
use crate::library::built_library;
use crate::support::{Place, Producer};
use ::support::until;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use tempfile::TempDir;

/// A machine with one device, and programs that hold it open or have a runtime loaded. Neither is
/// real: files of the right names are what the kernel tells of.
struct Machine {
    dir: TempDir,
    place: Place,
}

/// A program that does nothing.
struct Program(Child);

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Program {
    fn pid(&self) -> String {
        self.0.id().to_string()
    }
}

impl Machine {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("tenstorrent")).unwrap();
        fs::write(dir.path().join("tenstorrent/0"), "").unwrap();
        Self {
            dir,
            place: Place::in_tmpfs(),
        }
    }

    fn devices(&self) -> PathBuf {
        self.dir.path().join("tenstorrent")
    }

    /// A library that is called like the runtime's: a copy of `library`.
    fn runtime(&self, library: &Path) -> PathBuf {
        let path = self.dir.path().join("libtt_metal.so");
        fs::copy(library, &path).unwrap();
        path
    }

    /// Starts a program with these libraries; the last of them has been loaded when it returns.
    fn start(&self, libraries: &[&Path], device: bool, environment: &[(&str, &Path)]) -> Program {
        let list: Vec<_> = libraries
            .iter()
            .map(|path| path.display().to_string())
            .collect();
        let mut command = Command::new("sleep");
        command.arg("600").envs(environment.iter().copied());
        for name in ["TTMEM", "TT_ALLOC_TRACKING_ENABLED", "TTMEM_DIR"] {
            if !environment.iter().any(|(one, _)| *one == name) {
                command.env_remove(name);
            }
        }
        command.env("LD_PRELOAD", list.join(":"));
        if device {
            command.stdin(File::open(self.devices().join("0")).unwrap());
        }
        let program = Program(command.spawn().unwrap());
        until("the program has loaded its libraries", || {
            let maps = fs::read_to_string(format!("/proc/{}/maps", program.pid()));
            let maps = maps.unwrap_or_default();
            list.iter().all(|library| maps.contains(library.as_str()))
        });
        program
    }

    fn diagnosis(&self, program: &Program) -> Diagnosis {
        let devices = self.devices();
        let arguments = ["--devices", devices.to_str().unwrap(), "-p", &program.pid()];
        Diagnosis::of(&self.place, &arguments)
    }
}

/// Some library of the system, which has nothing of the runtime.
fn another_library() -> PathBuf {
    let maps = fs::read_to_string("/proc/self/maps").unwrap();
    let paths = maps
        .lines()
        .filter_map(|line| line.split_whitespace().nth(5));
    let found = paths
        .filter(|path| path.contains("libgcc_s.so"))
        .map(PathBuf::from)
        .next();
    found.expect("a Rust program has loaded libgcc_s")
}

#[test]
fn one_that_was_started_without_the_switch() {
    let machine = Machine::new();
    let runtime = machine.runtime(&built_library());
    let program = machine.start(&[&runtime], true, &[]);
    let diagnosis = machine.diagnosis(&program);
    diagnosis.expect(
        "switched_on",
        "error",
        &[&program.pid(), "device 0 open", "ttmem run -- sleep 600"],
    );
    diagnosis.expect("runtime", "ok", &["all are there"]);
    diagnosis.expect("processes", "ok", &["1 device, held by 1 process"]);
    assert_eq!(diagnosis.code, 1);

    let zero = machine.start(&[&runtime], true, &[("TTMEM", Path::new("0"))]);
    machine
        .diagnosis(&zero)
        .expect("switched_on", "error", &[&zero.pid()]);
    // Nothing is lost yet: it only has the runtime loaded.
    let idle = machine.start(&[&runtime], false, &[]);
    machine
        .diagnosis(&idle)
        .expect("switched_on", "warning", &[&idle.pid()]);
    // A monitor: it has no runtime.
    let monitor = machine.start(&[], true, &[]);
    machine
        .diagnosis(&monitor)
        .expect("switched_on", "warning", &["tt-smi"]);
}

#[test]
fn one_without_the_preload_library() {
    let machine = Machine::new();
    let runtime = machine.runtime(&built_library());
    let here = machine.place.path().to_owned();
    let environment = [("TTMEM", Path::new("1")), ("TTMEM_DIR", &here)];
    let program = machine.start(&[&runtime], true, &environment);
    let diagnosis = machine.diagnosis(&program);
    diagnosis.expect("preloaded", "error", &[&program.pid(), "ttmem run -- CMD"]);
    diagnosis.expect("switched_on", "ok", &[]);
    assert_eq!(diagnosis.code, 1);
}

#[test]
fn one_that_should_report_and_does_not() {
    let machine = Machine::new();
    let library = built_library();
    let runtime = machine.runtime(&library);
    let here = machine.place.path().to_owned();
    let environment = [("TTMEM", Path::new("1")), ("TTMEM_DIR", &here)];
    let program = machine.start(&[&runtime, &library], true, &environment);
    let diagnosis = machine.diagnosis(&program);
    diagnosis.expect("preloaded", "ok", &[]);
    diagnosis.expect("reporting", "error", &[&program.pid(), "standard error"]);

    // With the old name of the switch, and no device yet: all is ready.
    let environment = [
        ("TT_ALLOC_TRACKING_ENABLED", Path::new("1")),
        ("TTMEM_DIR", &here),
    ];
    let ready = machine.start(&[&runtime, &library], false, &environment);
    let _somebody = Producer::start(&machine.place, "chat");
    let devices = machine.devices();
    let all = Diagnosis::of(&machine.place, &["--devices", devices.to_str().unwrap()]);
    all.expect("reporting", "error", &[&program.pid()]);
    assert!(
        !all.words("reporting")
            .contains(&format!("pid {}", ready.pid()))
    );
}

#[test]
fn one_that_reports_to_another_directory() {
    let machine = Machine::new();
    let library = built_library();
    let runtime = machine.runtime(&library);
    let elsewhere = Place::in_tmpfs();
    let environment = [("TTMEM", Path::new("1")), ("TTMEM_DIR", elsewhere.path())];
    let program = machine.start(&[&runtime, &library], true, &environment);
    let remedy = format!("ttmem --dir {} ps", elsewhere.path().display());
    let diagnosis = machine.diagnosis(&program);
    diagnosis.expect("same_directory", "error", &[&program.pid(), &remedy]);

    // A linked one has neither the library nor, perhaps, the variable: its segment tells.
    let linked = Producer::start(&elsewhere, "chat");
    let pid = linked.pid().to_string();
    Diagnosis::of(&machine.place, &["-p", &pid]).expect("same_directory", "error", &[&pid]);
    let there = Diagnosis::of(&elsewhere, &["-p", &pid]);
    assert_eq!((there.complaints(), there.code), (vec![], 0));
}

#[test]
fn one_whose_runtime_lacks_what_is_followed() {
    let machine = Machine::new();
    let runtime = machine.runtime(&another_library());
    let program = machine.start(&[&runtime], false, &[("TTMEM", Path::new("1"))]);
    let lacking = [
        "tt::tt_metal::AllocatorImpl::allocate_buffer",
        "libtt_metal.so",
    ];
    machine
        .diagnosis(&program)
        .expect("runtime", "warning", &lacking);

    // Before anything runs: of a directory, of a file, of what is none.
    let dir = machine.dir.path().to_str().unwrap();
    Diagnosis::of(&machine.place, &["-p", "1", "--runtime", dir])
        .expect("runtime", "warning", &lacking);
    let file = built_library();
    let judged = Diagnosis::of(
        &machine.place,
        &["-p", "1", "--runtime", file.to_str().unwrap()],
    );
    judged.expect("runtime", "ok", &[]);
    let nothing = Diagnosis::of(&machine.place, &["-p", "1", "--runtime", "/etc/passwd"]);
    nothing.expect("runtime", "warning", &["cannot read /etc/passwd"]);
}

#[test]
fn one_that_does_not_exist() {
    let place = Place::in_tmpfs();
    // No process id of Linux is as large.
    let diagnosis = Diagnosis::of(&place, &["-p", "4194305"]);
    assert_eq!(diagnosis.code, 4);
}
