//! Circular buffers: what is resident is what the program dispatched last takes of each core.

use crate::figures::assert_agree;
use crate::rig::{Cluster, N150, T3000, rig};
use crate::script::{Quiet, Script, tracked};
use serde_json::Value;
use std::path::Path;
use support::{PrivateDir, cli};

#[test]
fn circular_buffers_of_one_chip_are_those_of_the_last_program() {
    check(N150);
}

#[test]
fn circular_buffers_of_a_mesh_are_one_buffer_on_all_its_chips() {
    check(T3000);
}

fn check(cluster: Cluster) {
    let Some(rig) = rig() else { return };
    let dir = PrivateDir::new();
    let mut allocs = 0;
    let script = Script::start(&mut tracked(rig, cluster, dir.path(), "programs.py", &[]));
    script.each_quiet(|quiet| {
        assert_agree(dir.path(), quiet);
        let dump = cli::json(dir.path(), &["dump"]);
        for device in dump["devices"].as_array().expect("devices are listed") {
            assert_resident(quiet, device);
        }
        assert_one_buffer(&dump, quiet, cluster);
        let before = std::mem::replace(&mut allocs, cb_allocs(&dump));
        if quiet.label() == "the same again" {
            assert_eq!(before, allocs, "running the same program again is no event");
        }
        if quiet.label() == "dataflow buffers" {
            let held = cb_bytes(&dump["devices"][0]);
            assert!(held > 0, "dataflow buffers are seen");
        }
    });
    assert_eq!(dir_is_empty(dir.path()), Some(true));
}

fn assert_resident(quiet: &Quiet, device: &Value) {
    let resident = &quiet.0["resident"];
    if resident.is_null() {
        return;
    }
    let number = |field: &str| resident[field].as_u64().expect("a number");
    assert_eq!(
        cb_bytes(device),
        number("per_core") * number("cores"),
        "{}",
        quiet.label()
    );
}

/// However many chips: one live entry, at the address the runtime named.
fn assert_one_buffer(dump: &Value, quiet: &Quiet, cluster: Cluster) {
    let buffers = dump["buffers"].as_array().expect("buffers are listed");
    let resident: Vec<_> = buffers
        .iter()
        .filter(|buffer| buffer["type"] == "CB")
        .collect();
    let told = &quiet.0["resident"];
    if told.is_null() {
        return;
    }
    if told["per_core"] == 0 {
        assert_eq!(resident.len(), 0, "{}", quiet.label());
        return;
    }
    assert_eq!(resident.len(), 1, "{}: {resident:?}", quiet.label());
    let address = told["address"].as_u64().expect("a number");
    assert_eq!(resident[0]["address"], format!("{address:#x}"));
    assert_eq!(
        resident[0]["devices"].as_array().map(Vec::len),
        Some(cluster.chips)
    );
}

fn cb_bytes(device: &Value) -> u64 {
    device["types"]["CB"]["bytes"].as_u64().unwrap_or(0)
}

fn cb_allocs(dump: &Value) -> u64 {
    dump["devices"][0]["types"]["CB"]["allocs"]
        .as_u64()
        .unwrap_or(0)
}

fn dir_is_empty(dir: &Path) -> Option<bool> {
    Some(std::fs::read_dir(dir).ok()?.next().is_none())
}
