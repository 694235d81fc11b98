//! The headers under the sanitizers. The library itself is built without them, as it is installed: what
//! they see is the program, the headers in it, and what the library asks of libc.

use super::tracked::{Left, STRICT, compilable, said_in_place};
use support::{CProgram, Compiler, PrivateDir, told_only_where};

const MEMORY: [&str; 4] = [
    "-fsanitize=address,undefined",
    "-fno-sanitize-recover=all",
    "-g",
    "-O1",
];
const THREADS: [&str; 3] = ["-fsanitize=thread", "-g", "-O1"];

fn silent(compiler: Compiler, flags: &'static [&'static str]) {
    for name in ["owners", "wrappers", "old_names", "million"] {
        let build = PrivateDir::new();
        let program = CProgram::new(&format!("tests/cpp/{name}.cpp"))
            .by(compiler)
            .with(&STRICT)
            .with(flags);
        if !compilable(&program) {
            return;
        }
        let left = Left::by(&program.compile(build.path()), "TTMEM");
        if name == "million" {
            a_million_events(&left);
        }
    }
}

fn a_million_events(left: &Left) {
    let process = left.process();
    for anomaly in ["unknown_free", "double_free", "replaced_without_free"] {
        assert_eq!(process["anomalies"][anomaly], 0, "{process}");
    }
    assert_eq!(process["lost"]["rejected"], 0, "{process}");
    let device = &process["by_device"][1]["types"];
    let figures =
        |name: &str| ["buffers", "allocs", "frees"].map(|figure| device[name][figure].as_u64());
    let known = |figures: [u64; 3]| figures.map(Some);
    // Those of the mesh, and those that the old names report on device 1.
    assert_eq!(figures("DRAM"), known([0, 200_000, 200_000]));
    assert_eq!(figures("L1"), known([0, 100_000, 100_000]));
    assert_eq!(figures("CB"), known([0, 100_000, 100_000]));
    assert_eq!(figures("KERNEL"), known([0, 100_000, 100_000]));
    assert_eq!(figures("TRACE"), known([4, 4, 0]));
}

#[test]
fn memory_is_used_as_it_should_be_with_gcc() {
    silent(Compiler::Gnu, &MEMORY);
}

#[test]
fn memory_is_used_as_it_should_be_with_clang() {
    silent(Compiler::Clang, &MEMORY);
}

#[test]
fn threads_do_not_race_with_gcc() {
    silent(Compiler::Gnu, &THREADS);
}

#[test]
fn threads_do_not_race_with_clang() {
    silent(Compiler::Clang, &THREADS);
}

/// That the sanitizers are at work at all.
#[test]
fn a_race_of_the_program_itself_is_reported() {
    for compiler in Compiler::ALL {
        let (build, dir) = (PrivateDir::new(), PrivateDir::new());
        let program = CProgram::new("tests/cpp/racing.cpp")
            .by(compiler)
            .with(&THREADS);
        if !compilable(&program) {
            return;
        }
        let said = said_in_place(&program.compile(build.path()), |program| {
            let mut command = told_only_where(program, dir.path());
            command.env("TTMEM", "1");
            command
        });
        assert!(said.err.contains("data race"), "{compiler:?}: {said:?}");
    }
}
