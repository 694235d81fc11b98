//! Each header by itself.

use super::tracked::STRICT;
use std::path::{Path, PathBuf};
use std::process::Command;
use support::{Compiler, Language, PrivateDir, binaries, in_path, skip};

/// Every header, as a program names it.
fn headers() -> Vec<String> {
    let include = binaries::include_dir();
    let mut found: Vec<PathBuf> = Vec::new();
    for dir in [include.clone(), include.join("ttmem")] {
        let entries = std::fs::read_dir(dir).expect("the headers can be listed");
        found.extend(entries.map(|entry| entry.expect("the headers can be listed").path()));
    }
    let files = found.into_iter().filter(|path| path.is_file());
    let names = files.map(|path| {
        let name = path.strip_prefix(&include).expect("it lies there");
        name.display().to_string()
    });
    names.collect()
}

/// Compiles a file that is nothing but this include, twice over.
fn compiles_alone(compiler: Compiler, standard: &str, header: &str, extra: &[&str], dir: &Path) {
    let language = if standard.starts_with("c++") {
        Language::Cpp
    } else {
        Language::C
    };
    let source = dir.join(match language {
        Language::C => "alone.c",
        Language::Cpp => "alone.cpp",
    });
    let text =
        format!("#include <{header}>\n#include <{header}>\nint main(void) {{ return 0; }}\n");
    std::fs::write(&source, text).expect("it can be written");
    let mut command = Command::new(compiler.program(language));
    command
        .arg(format!("-std={standard}"))
        .args(["-Wall", "-Wextra", "-Werror", "-pedantic", "-fsyntax-only"])
        .args(STRICT)
        .args(extra)
        .arg("-I")
        .arg(binaries::include_dir())
        .arg(&source);
    let output = command.output().expect("the compiler can be started");
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && complaints.is_empty(),
        "{command:?}:\n{complaints}"
    );
}

fn each_alone(compiler: Compiler) {
    if !in_path(compiler.program(Language::Cpp)) {
        return skip(&format!("{compiler:?}'s compiler is not installed"));
    }
    let dir = PrivateDir::new();
    let headers = headers();
    assert!(headers.contains(&"ttmem.h".to_owned()) && headers.len() > 10);
    let strict: &[&str] = &["-Wold-style-cast", "-Wsign-conversion"];
    let bare: &[&str] = &["-fno-exceptions", "-fno-rtti"];
    for (standard, extra) in [("c++17", strict), ("c++20", strict), ("c++17", bare)] {
        for header in &headers {
            compiles_alone(compiler, standard, header, extra, dir.path());
        }
    }
    for standard in ["c99", "c11"] {
        compiles_alone(
            compiler,
            standard,
            "ttmem.h",
            &["-Wstrict-prototypes"],
            dir.path(),
        );
    }
}

#[test]
fn each_header_compiles_alone_with_gcc() {
    each_alone(Compiler::Gnu);
}

#[test]
fn each_header_compiles_alone_with_clang() {
    each_alone(Compiler::Clang);
}
