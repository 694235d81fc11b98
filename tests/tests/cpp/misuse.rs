//! Programs that are wrong, and what the compiler says of them first.

use std::process::Command;
use support::{Compiler, Language, PrivateDir, binaries, in_path, skip};

/// What every program begins with.
const OBJECTS: &str = "\
#include <ttmem.hpp>
struct Whole { int address() const { return 4; } int size() const { return 8; } };
struct Sizeless { int address() const { return 4; } };
struct Nothing {};
void wrong(const ttmem::Pool &pool) {
    using namespace ttmem;
    (void)pool;
";

/// Wrong statements, and words of the first error.
const ERRORS: [(&str, &str); 9] = [
    (
        "track_buffer(pool, {}, [] { return Sizeless{}; });",
        "this has address() but no size()",
    ),
    (
        "track_buffer(pool, {}, [] { return std::make_unique<Sizeless>(); });",
        "this has address() but no size()",
    ),
    (
        "track_buffer(pool, {}, [] { return Nothing{}; });",
        "neither this nor what it points to has address() and size()",
    ),
    (
        "track_buffer(pool, {}, [] {});",
        "nothing is returned: describe it yourself",
    ),
    (
        "track_buffer(pool, {}, [] { return Whole{}; }, [](const Whole &) {});",
        "what describe returns is no ttmem::Allocation",
    ),
    (
        "track_buffer(pool, {}, [] { return 4; }, [](int) { return OnCores{}; });",
        "what describe returns is no ttmem::Allocation",
    ),
    (
        "add_kernel_with_tracking(pool, [] { return 4; }, [](int) { return 4; });",
        "what describe returns is no ttmem::Allocation",
    ),
    (
        "auto held = tracked_buffer(pool, {}, [] { return Whole{}; }, [](Nothing) { return Allocation{}; });",
        "describe cannot be called with what create returns",
    ),
    (
        "track_buffer(pool, {}, [] { return 4; }, OnCores{});",
        "describe cannot be called with what create returns",
    ),
];

/// Owners that end where they begin, which is a warning.
const ENDED_AT_ONCE: [&str; 8] = [
    "Phase{\"decode\"};",
    "Phase{std::string_view{\"decode\"}};",
    "Peaks{};",
    "Pool::chip(0);",
    "Buffer{pool, Allocation{}};",
    "CircularBuffer{pool, OnCores{}};",
    "Kernel{pool, OnCores{}};",
    "tracked_buffer(pool, {}, [] { return Whole{}; });",
];

/// What the compiler complains of in a program with this statement.
fn complaints(compiler: Compiler, statement: &str) -> String {
    let dir = PrivateDir::new();
    let source = dir.path().join("wrong.cpp");
    std::fs::write(&source, format!("{OBJECTS}    {statement}\n}}\n")).expect("it can be written");
    let mut command = Command::new(compiler.program(Language::Cpp));
    command
        .args(["-std=c++17", "-Wall", "-Wextra", "-fsyntax-only", "-I"])
        .arg(binaries::include_dir())
        .arg(&source)
        .env("LC_ALL", "C");
    let output = command.output().expect("the compiler can be started");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The compilers that are there; says which tests are skipped for want of the others.
fn compilers() -> Vec<Compiler> {
    let mut there = Vec::new();
    for compiler in Compiler::ALL {
        if in_path(compiler.program(Language::Cpp)) {
            there.push(compiler);
        } else {
            skip(&format!("{compiler:?}'s compiler is not installed"));
        }
    }
    there
}

#[test]
fn the_first_error_says_what_is_wrong() {
    for compiler in compilers() {
        for (statement, said) in ERRORS {
            let complaints = complaints(compiler, statement);
            let first = complaints.lines().find(|line| line.contains("error:"));
            assert!(
                first.is_some_and(|line| line.contains(said)),
                "{compiler:?}: {statement}\n{complaints}"
            );
        }
    }
}

#[test]
fn an_owner_that_ends_at_once_is_a_warning() {
    for compiler in compilers() {
        for statement in ENDED_AT_ONCE {
            let complaints = complaints(compiler, statement);
            assert!(
                complaints.contains("warning: ignoring") && !complaints.contains("error:"),
                "{compiler:?}: {statement}\n{complaints}"
            );
        }
    }
}
