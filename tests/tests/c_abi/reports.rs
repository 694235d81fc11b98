//! Every function reports, from C and C++, linked either way.

use crate::program::{Waiting, compiled};
use serde_json::{Value, json};
use std::path::Path;
use support::{Language, Linking, MountedDir, PrivateDir, cli, skip, told_only_where};

fn assert_type(device: &Value, name: &str, expected: [u64; 6]) {
    let [bytes, requested, buffers, peak, allocs, frees] = expected;
    let expected = json!({
        "bytes": bytes, "requested_bytes": requested, "buffers": buffers, "peak_bytes": peak,
        "allocs": allocs, "frees": frees,
    });
    for (figure, value) in expected.as_object().expect("an object") {
        assert_eq!(
            &device["types"][name][figure], value,
            "{name} {figure} of {device}"
        );
    }
}

fn every_function_reports(linking: Linking) {
    let (dir, build) = (PrivateDir::new(), PrivateDir::new());
    let program = compiled("c_abi/reporter.c", Language::C, linking, build.path());
    let Some(program) = program else { return };
    let waiting = Waiting::start(told_only_where(&program, dir.path()).env("TTMEM", "1"));
    let dump = cli::json(dir.path(), &["dump"]);
    let process = cli::process(&dump, waiting.child.id()).expect("it is shown");
    assert_eq!(process["state"], "running");
    assert_eq!(process["mark"], "decode \u{fffd} step");
    let anomalies = json!({"unknown_free": 1, "double_free": 1, "replaced_without_free": 1});
    for (name, count) in anomalies.as_object().expect("an object") {
        assert_eq!(&process["anomalies"][name], count, "{name}");
    }
    assert_eq!(
        format!("rejected {}", process["lost"]["rejected"]),
        waiting.said[0]
    );

    let first = cli::device(&dump, 0).expect("device 0 is shown");
    assert_eq!(first["unique_id"], "0xabcdef");
    assert_eq!(first["arch"], "wormhole_b0");
    assert_eq!(first["pci"], "0000:01:00.0");
    assert_eq!(
        first["capacity"],
        json!({"DRAM": 12_884_901_888_u64, "L1": 107_937_792})
    );
    assert_eq!(first["l1_per_core"]["capacity"], 1_499_136);
    assert_eq!(
        first["banks"],
        json!({"DRAM": null, "L1": {"base": "0x19520", "bytes": 1_395_424, "count": 64, "alignment": 32},
            "L1_SMALL": null, "TRACE": null})
    );
    assert_type(first, "DRAM", [12_288, 1000, 1, 12_288, 1, 0]);
    assert_type(first, "L1", [24_576, 2000, 1, 24_576, 2, 1]);
    assert_type(first, "TRACE", [0, 0, 0, 12_288, 1, 1]);
    assert_type(first, "CB", [8192, 1000, 1, 16_384, 2, 1]);
    assert_type(first, "KERNEL", [8192, 1000, 1, 16_384, 2, 1]);
    let cb = &first["types"]["CB"];
    let gauge = [
        "cb_union_bytes_per_core",
        "cb_peak_bytes_per_core",
        "programs",
    ];
    assert_eq!(
        gauge.map(|name| cb[name].as_u64()),
        [Some(4096), Some(8192), Some(3)]
    );

    // The second chip of the mesh, and the submesh on it that is gone.
    let second = cli::device(&dump, 1).expect("device 1 is shown");
    assert_type(second, "DRAM", [12_288, 1000, 1, 12_288, 1, 0]);
    assert_type(second, "L1", [24_576, 2000, 1, 36_864, 4, 3]);
    let buffers = dump["buffers"].as_array().expect("a dump has buffers");
    assert_eq!(buffers.len(), 4, "{buffers:?}");
    let dram = buffers
        .iter()
        .find(|one| one["type"] == "DRAM")
        .expect("it is listed");
    assert_eq!(
        (&dram["refs"], &dram["id"], &dram["address"]),
        (&json!(2), &json!(7), &json!("0x0"))
    );

    assert_eq!(waiting.finish(), "");
    assert!(dir.segments().is_empty(), "a clean exit leaves nothing");
}

#[test]
fn a_c_program_linked_statically_reports_by_every_function() {
    every_function_reports(Linking::Static);
}

#[test]
fn a_c_program_linked_dynamically_reports_by_every_function() {
    every_function_reports(Linking::Shared);
}

fn a_cpp_program_reports(linking: Linking) {
    let (dir, build) = (PrivateDir::new(), PrivateDir::new());
    let program = compiled("c_abi/reporter.cpp", Language::Cpp, linking, build.path());
    let Some(program) = program else { return };
    // Its options name the directory; the environment names one that does not exist.
    let waiting =
        Waiting::start(told_only_where(&program, Path::new("/nonexistent")).arg(dir.path()));
    let pid = waiting.child.id();
    let dump = cli::json(dir.path(), &["dump"]);
    let device = cli::device(&dump, 63).expect("device 63 is shown");
    let l1 = &device["types"]["L1"];
    let figures = ["bytes", "requested_bytes", "buffers", "allocs", "frees"];
    let figures = figures.map(|name| l1[name].as_u64().expect("a number"));
    assert_eq!(
        figures,
        [4 * 10 * 64, 4 * 10 * 50, 4 * 10, 4 * 1000, 4 * 990]
    );
    assert_type(device, "DRAM", [64, 60, 1, 64, 1, 0]);

    let complaints = waiting.finish();
    assert_eq!(
        complaints.lines().count(),
        1,
        "of the ring that was too large: {complaints}"
    );
    let ps = cli::json(dir.path(), &["ps"]);
    assert_eq!(
        cli::process(&ps, pid).expect("it was to be kept")["state"],
        "exited"
    );
}

#[test]
fn a_cpp_program_linked_statically_reports_from_its_threads() {
    a_cpp_program_reports(Linking::Static);
}

#[test]
fn a_cpp_program_linked_dynamically_reports_from_its_threads() {
    a_cpp_program_reports(Linking::Shared);
}

#[test]
fn without_the_switch_nothing_happens_in_silence() {
    for linking in [Linking::Static, Linking::Shared] {
        let (dir, build) = (PrivateDir::new(), PrivateDir::new());
        let program = compiled("c_abi/reporter.c", Language::C, linking, build.path());
        let Some(program) = program else { return };
        let output = told_only_where(&program, dir.path()).arg("off").output();
        let said = cli::Said::from(output.expect("the program can be started"));
        assert_eq!(
            (said.code, said.out.as_str(), said.err.as_str()),
            (Some(0), "", "")
        );
        assert_eq!(dir.path().read_dir().expect("it can be listed").count(), 0);
    }
}

#[test]
fn the_old_name_of_the_switch_works_too() {
    let (dir, build) = (PrivateDir::new(), PrivateDir::new());
    let program = compiled(
        "c_abi/reporter.c",
        Language::C,
        Linking::Shared,
        build.path(),
    );
    let Some(program) = program else { return };
    let mut command = told_only_where(&program, dir.path());
    let waiting = Waiting::start(command.env("TT_ALLOC_TRACKING_ENABLED", "1"));
    assert_eq!(dir.segments().len(), 1);
    waiting.finish();
}

#[test]
fn a_program_that_cannot_be_tracked_is_told_once_and_goes_on() {
    let Some(full) = MountedDir::new("size=1m") else {
        return skip("no tmpfs can be mounted here: neither root nor user namespaces");
    };
    full.fill_but(0);
    let build = PrivateDir::new();
    let program = compiled(
        "c_abi/untracked.c",
        Language::C,
        Linking::Static,
        build.path(),
    );
    let Some(program) = program else { return };
    let output = told_only_where(&program, full.path())
        .env("TTMEM", "1")
        .output();
    let said = cli::Said::from(output.expect("the program can be started"));
    assert_eq!(said.code, Some(0), "{said:?}");
    assert_eq!(said.err.lines().count(), 1, "{}", said.err);
    assert!(
        said.err.contains(&full.path().display().to_string()),
        "where? {}",
        said.err
    );
}
