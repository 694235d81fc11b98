//! Wrappers: what passes through them, and what they report.

use super::tracked::{Left, STRICT, compilable, run};
use serde_json::json;
use std::path::{Path, PathBuf};
use support::{CProgram, PrivateDir, told_only_where};

fn program(dir: &Path) -> Option<PathBuf> {
    let program = CProgram::new("tests/cpp/wrappers.cpp").with(&STRICT);
    compilable(&program).then(|| program.compile(dir))
}

#[test]
fn what_really_happened_is_what_is_reported() {
    let build = PrivateDir::new();
    let Some(program) = program(build.path()) else {
        return;
    };
    let left = Left::by(&program, "TTMEM");
    let mut buffers = left.buffers();
    buffers.sort_by_key(|buffer| buffer[2].to_string());
    assert_eq!(
        buffers,
        [
            // 96 bytes of each of 12 banks: what the object says of itself.
            json!([[0], "L1", "0x1000", 1152]),
            // One chip's share of 2000 bytes, over 12 banks.
            json!([[0], "DRAM", "0x2000", 2004]),
            json!([[0], "DRAM", "0x3000", 300]),
            json!([[0], "TRACE", "0x400", 500]),
            json!([[0], "DRAM", "0x4000", 400]),
            json!([[0], "CB", "0x5000", 4096]),
            json!([[0], "KERNEL", "0x6", 16384]),
        ]
    );
    assert_eq!(
        left.process()["lost"]["rejected"],
        1,
        "the one nobody could describe"
    );
    assert_eq!(left.process()["anomalies"]["unknown_free"], 0);
    assert_eq!(left.process()["anomalies"]["double_free"], 0);
}

#[test]
fn an_allocation_that_throws_is_told_with_its_own_message() {
    let build = PrivateDir::new();
    let Some(program) = program(build.path()) else {
        return;
    };
    let events = Left::by(&program, "TTMEM").events();
    let failed: Vec<&str> = events
        .iter()
        .filter(|[event, _]| event == "alloc_failed")
        .map(|[_, text]| text.as_str())
        .collect();
    assert_eq!(failed, ["Out of Memory: 1 MiB", "not a std::exception"]);
}

#[test]
fn while_tracking_is_off_everything_passes_through_as_well() {
    let (build, dir) = (PrivateDir::new(), PrivateDir::new());
    let Some(program) = program(build.path()) else {
        return;
    };
    run(told_only_where(&program, dir.path()).arg("off"));
    assert_eq!(dir.path().read_dir().expect("it can be listed").count(), 0);
}
