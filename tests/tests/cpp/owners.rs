//! Owners: what they begin, they end, once, and in the process that began it.

use super::tracked::{Left, STRICT, compilable, counts, run};
use serde_json::json;
use std::path::{Path, PathBuf};
use support::{CProgram, Linking, PrivateDir, cli, told_only_where};

fn program(linking: Linking, dir: &Path) -> Option<PathBuf> {
    let program = CProgram::new("tests/cpp/owners.cpp")
        .linked(linking)
        .with(&STRICT);
    compilable(&program).then(|| program.compile(dir))
}

#[test]
fn what_owners_begin_they_end_unless_they_are_released() {
    for linking in [Linking::Shared, Linking::Static] {
        let build = PrivateDir::new();
        let Some(program) = program(linking, build.path()) else {
            return;
        };
        let left = Left::by(&program, "TTMEM");
        let kept: Vec<_> = (0..10)
            .map(|number| json!([[0], "DRAM", format!("{:#x}", number << 12), 1008]))
            .collect();
        assert_eq!(left.buffers(), kept);
        let process = left.process();
        assert_eq!(process["anomalies"]["double_free"], 1, "{process}");
        assert_eq!(process["anomalies"]["unknown_free"], 0, "{process}");
        assert_eq!(process["lost"]["rejected"], 8, "{process}");
        for name in ["L1", "CB", "KERNEL", "TRACE", "SYSTEM_MEMORY"] {
            let [buffers, allocs, frees] = counts(process, name);
            assert_eq!((buffers, allocs), (0, frees), "{name}");
            assert_ne!(allocs, 0, "{name}");
        }
    }
}

#[test]
fn a_phase_is_a_mark_at_its_beginning_and_one_at_its_end() {
    let build = PrivateDir::new();
    let Some(program) = program(Linking::Shared, build.path()) else {
        return;
    };
    let events = Left::by(&program, "TTMEM").events();
    let marks: Vec<&str> = events
        .iter()
        .filter(|[event, _]| event == "mark")
        .map(|[_, text]| text.as_str())
        .collect();
    let long = "x".repeat(107);
    assert_eq!(
        marks,
        [
            "outer",
            "inner",
            "inner end",
            // 112 bytes are kept, and no half of a character.
            &format!("{long}\u{e4}\u{e4}"),
            &format!("{long} end"),
            "outer end",
            "forking",
            "forking end",
        ]
    );
}

#[test]
fn a_forked_child_does_not_report_the_end_of_what_it_inherited() {
    let build = PrivateDir::new();
    let Some(program) = program(Linking::Shared, build.path()) else {
        return;
    };
    let left = Left::by(&program, "TTMEM");
    let processes = left.dump["processes"].as_array().expect("processes");
    let child = processes.iter().find(|process| process["state"] == "dead");
    let child = child.expect("the child ended without giving its segment up");
    assert_eq!(child["anomalies"]["unknown_free"], 0, "{child}");
    assert_eq!(child["anomalies"]["double_free"], 0, "{child}");
    assert_eq!(child["lost"]["rejected"], 1, "{child}");
    assert_eq!(counts(child, "L1"), [2, 2, 0]);
    assert_eq!(child["mark"], json!(null));
}

#[test]
fn while_tracking_is_off_owners_do_nothing() {
    let (build, dir) = (PrivateDir::new(), PrivateDir::new());
    let Some(program) = program(Linking::Shared, build.path()) else {
        return;
    };
    run(told_only_where(&program, dir.path()).arg("off"));
    assert_eq!(dir.path().read_dir().expect("it can be listed").count(), 0);
}

#[test]
fn under_run_an_owner_reports_into_the_one_segment_of_its_process() {
    let (build, dir) = (PrivateDir::new(), PrivateDir::new());
    let Some(program) = program(Linking::Shared, build.path()) else {
        return;
    };
    let program = program.to_str().expect("a path of plain text");
    let said = cli::run(dir.path(), &["run", "--keep", "--", program]);
    assert_eq!(said.code, Some(0), "{said:?}");
    let dump = cli::json(dir.path(), &["dump"]);
    let states = dump["processes"].as_array().expect("processes").iter();
    let states: Vec<_> = states.map(|process| &process["state"]).collect();
    assert_eq!(states.len(), 2, "the program and its child: {states:?}");
}
