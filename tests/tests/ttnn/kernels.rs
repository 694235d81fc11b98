//! Kernels: what is resident is the packed binaries of the program dispatched last, on the cores that each
//! lies on.

use crate::figures::assert_agree;
use crate::rig::{Cluster, N150, Rig, T3000, rig};
use crate::script::{Quiet, Script, tracked};
use serde_json::Value;
use std::path::Path;
use std::process::Command;
use support::{PrivateDir, cli};

#[test]
fn kernels_of_one_chip_are_those_of_the_last_program() {
    check(N150);
}

#[test]
fn kernels_of_a_mesh_lie_on_all_its_chips() {
    check(T3000);
}

#[test]
fn a_killed_program_leaves_its_kernels_to_be_seen() {
    let Some(rig) = rig() else { return };
    let (dir, cache) = (PrivateDir::new(), cache());
    let mut script = Script::start(&mut command(rig, N150, dir.path(), cache.path()));
    let quiet = loop {
        let quiet = script.next_quiet().expect("the script gets that far");
        if quiet.label() == "an op" {
            break quiet;
        }
        script.go_on();
    };
    script.kill();
    let dump = cli::json(dir.path(), &["dump"]);
    assert_eq!(dump["processes"][0]["state"], "dead");
    let kernels = kernels_of(&dump);
    let bytes: u64 = kernels.iter().map(|one| number(one, "size")).sum();
    assert_eq!(bytes, number(&quiet.0["kernels"], "bytes"));
}

fn check(cluster: Cluster) {
    let Some(rig) = rig() else { return };
    let (dir, cache) = (PrivateDir::new(), cache());
    let script = Script::start(&mut command(rig, cluster, dir.path(), cache.path()));
    let mut peaks = Peaks::default();
    let mut loads = 0;
    let mut points = 0;
    script.each_quiet(|quiet| {
        points += 1;
        assert_agree(dir.path(), quiet);
        let dump = cli::json(dir.path(), &["dump"]);
        let devices = dump["devices"].as_array().expect("devices are listed");
        assert_eq!(devices.len(), cluster.chips);
        let resident = Resident::of(quiet, &dump);
        peaks.note(&resident);
        for device in devices {
            resident.assert_on(device);
            peaks.assert_on(device);
        }
        for kernels in kernels_of(&dump) {
            let chips = kernels["devices"].as_array().map(Vec::len);
            // Each chip of a mesh has such a program of its own.
            let own = quiet.0["own_kernels"] == true;
            assert_eq!(chips, Some(if own { 1 } else { cluster.chips }));
        }
        let before =
            std::mem::replace(&mut loads, number(&devices[0]["types"]["KERNEL"], "allocs"));
        if quiet.label() == "the same again" {
            assert_eq!(before, loads, "running the same program again is no event");
        }
        if quiet.label() == "closed" {
            let log = cli::run(dir.path(), &["log", "-t", "kernel"]).out;
            let count = |event: &str| log.matches(event).count();
            assert!(count(" kernel_load ") as u64 >= loads, "{log}");
            assert_eq!(
                count(" kernel_load "),
                count(" kernel_unload KERNEL "),
                "{log}"
            );
        }
    });
    assert_eq!(points, 11, "the script went through all its quiet points");
}

/// What one chip is to show at a quiet point.
struct Resident<'a> {
    label: &'a str,
    bytes: u64,
    /// The fullest core: kernels and circular buffers.
    core: u64,
}

impl<'a> Resident<'a> {
    fn of(quiet: &'a Quiet, dump: &Value) -> Self {
        let told = &quiet.0["kernels"];
        let all = dump["buffers"].as_array().expect("buffers are listed");
        let circular = all.iter().filter(|one| one["type"] == "CB");
        let circular: u64 = circular.map(|one| number(one, "per_bank_bytes")).sum();
        Self {
            label: quiet.label(),
            bytes: number(told, "bytes"),
            core: number(told, "core") + circular,
        }
    }

    fn assert_on(&self, device: &Value) {
        let label = self.label;
        assert_eq!(
            number(&device["types"]["KERNEL"], "bytes"),
            self.bytes,
            "{label}: {device}"
        );
        let core = number(&device["l1_per_core"], "max_bytes");
        assert_eq!(core, self.core, "{label}: the fullest core of {device}");
    }
}

/// The most that was resident at any quiet point: each program is looked at.
#[derive(Default)]
struct Peaks {
    bytes: u64,
    core: u64,
}

impl Peaks {
    fn note(&mut self, resident: &Resident<'_>) {
        self.bytes = self.bytes.max(resident.bytes);
        self.core = self.core.max(resident.core);
    }

    fn assert_on(&self, device: &Value) {
        let peak = number(&device["types"]["KERNEL"], "peak_bytes");
        assert_eq!(peak, self.bytes, "the peak of kernels of {device}");
        let peak = number(&device["l1_per_core"], "max_peak_bytes");
        assert_eq!(peak, self.core, "the peak of the fullest core of {device}");
    }
}

/// The script, with binaries of its own: it looks for them.
fn command(rig: &Rig, cluster: Cluster, dir: &Path, cache: &Path) -> Command {
    let mut command = tracked(rig, cluster, dir, "kernels.py", &[]);
    command.env("TT_METAL_CACHE", cache);
    command
}

fn cache() -> tempfile::TempDir {
    tempfile::tempdir().expect("a directory for binaries")
}

fn kernels_of(dump: &Value) -> Vec<&Value> {
    let buffers = dump["buffers"].as_array().expect("buffers are listed");
    let kernels = buffers.iter().filter(|one| one["type"] == "KERNEL");
    kernels.collect()
}

/// A type that was never used may be left out.
fn number(of: &Value, field: &str) -> u64 {
    of[field].as_u64().unwrap_or(0)
}
