//! Compiling C and C++ programs against the checked-in header.

use crate::binaries;
use std::path::{Path, PathBuf};
use std::process::Command;

/// In which language a program is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// C11, by gcc.
    C,
    /// C++17, by g++.
    Cpp,
}

/// Which of the two libraries it is linked to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Linking {
    /// libttmem.a
    Static,
    /// libttmem.so
    Shared,
}

impl Language {
    /// The compiler it needs.
    pub const fn compiler(self) -> &'static str {
        match self {
            Self::C => "gcc",
            Self::Cpp => "g++",
        }
    }

    const fn standard(self) -> &'static str {
        match self {
            Self::C => "-std=c11",
            Self::Cpp => "-std=c++17",
        }
    }
}

/// Compiles `source` (below the tests' directory) into `dir`, with every warning an error.
///
/// # Panics
/// With the compiler's complaints, if it has any.
pub fn compile(source: &str, language: Language, linking: Linking, dir: &Path) -> PathBuf {
    compile_by(language.compiler(), &[], source, language, linking, dir)
}

/// The same by another compiler, with more flags.
///
/// # Panics
/// With the compiler's complaints, if it has any.
pub fn compile_by(
    compiler: &str,
    flags: &[&str],
    source: &str,
    language: Language,
    linking: Linking,
    dir: &Path,
) -> PathBuf {
    let program = dir.join(format!("{language:?}-{linking:?}"));
    let mut command = Command::new(compiler);
    command.args([
        language.standard(),
        "-Wall",
        "-Wextra",
        "-Werror",
        "-pedantic",
        "-pthread",
    ]);
    command.args(flags);
    command.arg("-I").arg(binaries::include_dir());
    command
        .arg(binaries::workspace().join("tests").join(source))
        .arg("-o")
        .arg(&program);
    match linking {
        Linking::Static => {
            command
                .arg(binaries::static_library())
                .args(["-ldl", "-lm"]);
        }
        Linking::Shared => {
            let library = binaries::shared_library();
            let place = library.parent().expect("a library lies in a directory");
            command
                .arg(&library)
                .arg(format!("-Wl,-rpath,{}", place.display()));
        }
    }
    let output = command.output().expect("the compiler can be started");
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && complaints.is_empty(),
        "{command:?}:\n{complaints}"
    );
    program
}
