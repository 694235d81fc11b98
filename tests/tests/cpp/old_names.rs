//! A program written against the old client's calls.

use super::tracked::{Left, STRICT, compilable, counts, run};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use support::{CProgram, PrivateDir, told_only_where};

fn program(dir: &Path) -> Option<PathBuf> {
    let program = CProgram::new("tests/cpp/old_names.cpp").with(&STRICT);
    compilable(&program).then(|| program.compile(dir))
}

fn left() -> Option<Left> {
    let build = PrivateDir::new();
    Some(Left::by(
        &program(build.path())?,
        "TT_ALLOC_TRACKING_ENABLED",
    ))
}

#[test]
fn nothing_of_the_first_use_by_many_threads_is_lost() {
    let Some(left) = left() else { return };
    // 8 threads, 100 buffers each, all but the first 8 freed.
    assert_eq!(left.counts("DRAM"), [64, 800, 736]);
    let [cbs, allocs, frees] = left.counts("CB");
    assert_eq!([cbs, allocs, frees], [64 + 1, 800 + 2, 736 + 1]);
    let by_device = left.process()["by_device"].as_array().expect("devices");
    assert_eq!(by_device.len(), 8);
    for device in by_device {
        let own = if device["device"] == 4 { 32_768 } else { 0 };
        assert_eq!(device["types"]["DRAM"]["bytes"], 8 * 4096, "{device}");
        assert_eq!(device["types"]["CB"]["bytes"], 8 * 1024 + own, "{device}");
    }
}

#[test]
fn addresses_are_used_again_and_mean_a_buffer_in_each_memory() {
    let Some(left) = left() else { return };
    let named = |buffer: &Value| {
        let address = buffer[2].as_str().expect("an address");
        buffer[1] != "DRAM" && address.len() < "0x8000000000000000".len()
    };
    let mut buffers: Vec<_> = left.buffers().into_iter().filter(named).collect();
    buffers.sort_by_key(|buffer| buffer[0].to_string());
    assert_eq!(
        buffers,
        [
            json!([[1], "L1_SMALL", "0x7000", 2000]),
            json!([[2], "L1_SMALL", "0x8000", 500]),
            json!([[4], "CB", "0x2a000", 32_768]),
            json!([[4], "KERNEL", "0x2", 1024]),
            json!([[6], "L1", "0x6000", 700]),
        ]
    );
    assert_eq!(left.counts("TRACE"), [0, 5, 5]);
    let anomalies = &left.process()["anomalies"];
    assert_eq!(anomalies["replaced_without_free"], 0, "{anomalies}");
}

#[test]
fn what_should_not_be_called_is_counted_and_changes_nothing() {
    let Some(left) = left() else { return };
    let process = left.process();
    assert_eq!(process["lost"]["rejected"], 7, "{process}");
    assert_eq!(process["anomalies"]["double_free"], 1, "{process}");
    assert_eq!(process["anomalies"]["unknown_free"], 3, "{process}");
    assert_eq!(process["devices"], json!([0, 1, 2, 3, 4, 5, 6, 7]));
}

#[test]
fn without_an_id_what_is_of_one_size_is_counted_one_by_one() {
    let Some(left) = left() else { return };
    let by_device = left.process()["by_device"].as_array().expect("devices");
    let fifth = by_device.iter().find(|device| device["device"] == 5);
    let kernels = &fifth.expect("device 5")["types"]["KERNEL"];
    assert_eq!(kernels["bytes"], 300, "{kernels}");
    assert_eq!(kernels["peak_bytes"], 700, "{kernels}");
    assert_eq!(kernels["allocs"], 7, "{kernels}");
}

#[test]
fn a_forked_child_has_books_of_its_own() {
    let Some(left) = left() else { return };
    let processes = left.dump["processes"].as_array().expect("processes");
    let child = processes.iter().find(|process| process["state"] == "dead");
    let child = child.expect("the child ended without giving its segment up");
    assert_eq!(child["devices"], json!([6]));
    assert_eq!(counts(child, "L1"), [1, 1, 0]);
    assert_eq!(counts(child, "CB"), [1, 1, 0]);
    for anomaly in ["unknown_free", "double_free", "replaced_without_free"] {
        assert_eq!(child["anomalies"][anomaly], 0, "{child}");
    }
}

#[test]
fn a_forked_child_knows_its_own_pools_whoever_attached_its_parent() {
    let (build, dir) = (PrivateDir::new(), PrivateDir::new());
    let Some(program) = program(build.path()) else {
        return;
    };
    run(told_only_where(&program, dir.path())
        .env("TTMEM", "1")
        .arg("attached"));
}

#[test]
fn another_attach_begins_with_other_pools() {
    let (build, dir) = (PrivateDir::new(), PrivateDir::new());
    let Some(program) = program(build.path()) else {
        return;
    };
    run(told_only_where(&program, dir.path())
        .env("TTMEM", "1")
        .arg("again"));
}

#[test]
fn while_tracking_is_off_the_old_calls_do_nothing() {
    let (build, dir) = (PrivateDir::new(), PrivateDir::new());
    let Some(program) = program(build.path()) else {
        return;
    };
    run(told_only_where(&program, dir.path()).arg("off"));
    assert_eq!(dir.path().read_dir().expect("it can be listed").count(), 0);
}
