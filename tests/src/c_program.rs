//! Compiling C and C++ programs against the checked-in headers.

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

/// Who compiles it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compiler {
    /// gcc and g++.
    Gnu,
    /// clang and clang++.
    Clang,
}

impl Compiler {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Gnu, Self::Clang];

    /// The program that compiles this language.
    pub const fn program(self, language: Language) -> &'static str {
        match (self, language) {
            (Self::Gnu, Language::C) => "gcc",
            (Self::Gnu, Language::Cpp) => "g++",
            (Self::Clang, Language::C) => "clang",
            (Self::Clang, Language::Cpp) => "clang++",
        }
    }
}

impl Language {
    /// The compiler it needs.
    pub const fn compiler(self) -> &'static str {
        Compiler::Gnu.program(self)
    }

    const fn standard(self) -> &'static str {
        match self {
            Self::C => "c11",
            Self::Cpp => "c++17",
        }
    }
}

/// A program of one file, and how it is compiled: with every warning an error.
#[derive(Clone, Debug)]
pub struct CProgram {
    source: PathBuf,
    language: Language,
    compiler: Compiler,
    standard: &'static str,
    linking: Linking,
    flags: Vec<&'static str>,
}

impl CProgram {
    /// The program in this file, below the root of the source tree: by gcc or g++, as C11 or C++17,
    /// linked to the shared library.
    pub fn new(source: &str) -> Self {
        let language = match source.rsplit_once('.') {
            Some((_, "c")) => Language::C,
            _ => Language::Cpp,
        };
        Self {
            source: binaries::workspace().join(source),
            language,
            compiler: Compiler::Gnu,
            standard: language.standard(),
            linking: Linking::Shared,
            flags: Vec::new(),
        }
    }

    /// By this compiler.
    #[must_use]
    pub fn by(self, compiler: Compiler) -> Self {
        Self { compiler, ..self }
    }

    /// As this version of the language, e.g. `c++20`.
    #[must_use]
    pub fn standard(self, standard: &'static str) -> Self {
        Self { standard, ..self }
    }

    /// Linked to this library.
    #[must_use]
    pub fn linked(self, linking: Linking) -> Self {
        Self { linking, ..self }
    }

    /// With more flags.
    #[must_use]
    pub fn with(mut self, flags: &[&'static str]) -> Self {
        self.flags.extend(flags);
        self
    }

    /// The compiler it needs.
    pub fn compiler(&self) -> &'static str {
        self.compiler.program(self.language)
    }

    /// Compiles it into `dir`.
    ///
    /// # Panics
    /// With the compiler's complaints, if it has any.
    pub fn compile(&self, dir: &Path) -> PathBuf {
        let name = self.source.file_stem().expect("a source has a name");
        let program = dir.join(name);
        let mut command = Command::new(self.compiler());
        command
            .arg(format!("-std={}", self.standard))
            .args(["-Wall", "-Wextra", "-Werror", "-pedantic", "-pthread"])
            .args(&self.flags)
            .arg("-I")
            .arg(binaries::include_dir())
            .arg(&self.source)
            .arg("-o")
            .arg(&program);
        match self.linking {
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
}

/// Compiles `source` (below the tests' directory) into `dir`, with every warning an error.
///
/// # Panics
/// With the compiler's complaints, if it has any.
pub fn compile(source: &str, language: Language, linking: Linking, dir: &Path) -> PathBuf {
    let program = CProgram::new(&format!("tests/{source}")).linked(linking);
    debug_assert_eq!(program.language, language);
    program.compile(dir)
}
