//! The examples: compiled as strictly as can be, run, and what `ttmem` shows of them.

use super::tracked::{Left, STRICT, compilable};
use serde_json::json;
use support::{CProgram, Compiler, PrivateDir};

const EXAMPLES: [&str; 4] = ["report.c", "owners.cpp", "wrappers.cpp", "old_names.cpp"];

/// Each with this compiler and these flags; in C++ by this standard.
fn each(compiler: Compiler, standard: &'static str, flags: &[&'static str]) {
    for name in EXAMPLES {
        let build = PrivateDir::new();
        let mut program = CProgram::new(&format!("crates/capi/examples/{name}"))
            .by(compiler)
            .with(&STRICT)
            .with(flags);
        if name.ends_with(".cpp") {
            program = program.standard(standard);
        }
        if !compilable(&program) {
            return;
        }
        shown(name, &Left::by(&program.compile(build.path()), "TTMEM"));
    }
}

/// What is left of an example, as its comments say.
fn shown(name: &str, left: &Left) {
    let process = left.process();
    assert_eq!(process["exact"], true, "{process}");
    for anomaly in ["unknown_free", "double_free", "replaced_without_free"] {
        assert_eq!(process["anomalies"][anomaly], 0, "{name}: {process}");
    }
    match name {
        "report.c" => {
            assert_eq!(left.buffers(), [json!([[0], "L1", "0x20000", 1 << 20])]);
            assert_eq!(process["mark"], "decode");
        }
        "owners.cpp" => {
            assert!(left.buffers().is_empty());
            let ended = left.events();
            let marks = ended.iter().filter(|[event, _]| event == "mark");
            let marks: Vec<&str> = marks.map(|[_, text]| text.as_str()).collect();
            assert_eq!(marks, ["decode", "decode end", "end"]);
            assert!(
                left.out.starts_with("peak of decode on chip 0: "),
                "{}",
                left.out
            );
        }
        "wrappers.cpp" => {
            assert!(left.buffers().is_empty());
            let failed = [
                "alloc_failed",
                "Out of Memory: Not enough space to allocate 67108864 B",
            ];
            assert!(left.events().contains(&failed.map(str::to_owned)));
        }
        _ => {
            assert_eq!(left.counts("DRAM"), [8, 8, 0]);
            assert_eq!(left.counts("L1"), [8, 16, 8]);
        }
    }
}

#[test]
fn the_examples_run_by_gcc() {
    each(Compiler::Gnu, "c++17", &[]);
}

#[test]
fn the_examples_run_by_clang() {
    each(Compiler::Clang, "c++20", &[]);
}

#[test]
fn the_examples_run_under_the_memory_sanitizers() {
    let flags = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"];
    each(Compiler::Gnu, "c++20", &flags);
    each(Compiler::Clang, "c++17", &flags);
}

#[test]
fn the_examples_run_under_the_thread_sanitizer() {
    each(Compiler::Gnu, "c++20", &["-fsanitize=thread"]);
    each(Compiler::Clang, "c++17", &["-fsanitize=thread"]);
}
