//! An installed ttmem, moved to another place: what programs are built with by pkg-config and CMake, with
//! nothing of the source tree.

use super::tracked::run;
use std::path::{Path, PathBuf};
use std::process::Command;
use support::{Compiler, Language, PrivateDir, binaries, cli, in_path, skip, told_only_where};
use tempfile::TempDir;

/// A prefix with everything in it, and the examples beside it.
struct Installed {
    root: TempDir,
}

impl Installed {
    fn new() -> Self {
        // Built before, if they are not.
        let _ = (binaries::ttmem(), binaries::preload_library());
        let _ = (binaries::shared_library(), binaries::static_library());
        let root = place();
        let first = root.path().join("first");
        install(&["--prefix", first.to_str().expect("a path of plain text")]);
        let installed = Self { root };
        std::fs::rename(first, installed.prefix()).expect("it can be moved");
        let examples = binaries::workspace().join("crates/capi/examples");
        let sources = installed.sources();
        std::fs::create_dir(&sources).expect("a directory can be made");
        for entry in examples.read_dir().expect("the examples can be listed") {
            let from = entry.expect("the examples can be listed").path();
            let to = sources.join(from.file_name().expect("a file has a name"));
            std::fs::copy(from, to).expect("an example can be copied");
        }
        installed
    }

    fn prefix(&self) -> PathBuf {
        self.root.path().join("moved")
    }

    fn sources(&self) -> PathBuf {
        self.root.path().join("examples")
    }

    /// What pkg-config says of a package of ours.
    fn flags(&self, package: &str) -> Vec<String> {
        let mut asked = Command::new("pkg-config");
        asked
            .args(["--cflags", "--libs", package])
            .env("PKG_CONFIG_PATH", self.prefix().join("lib/pkgconfig"));
        let words = run(&mut asked);
        words.split_whitespace().map(str::to_owned).collect()
    }

    /// Runs a program tracked, by the installed command, and reads what it reported.
    fn reports(&self, program: &Path) {
        let dir = PrivateDir::new();
        let mut tracked = told_only_where(&self.prefix().join("bin/ttmem"), dir.path());
        tracked
            .args(["run", "--json", "--"])
            .arg(program)
            .env("LD_LIBRARY_PATH", self.prefix().join("lib"));
        let said = cli::Said::from(tracked.output().expect("ttmem can be started"));
        assert_eq!(said.code, Some(0), "{said:?}");
        let report: serde_json::Value =
            serde_json::from_str(&said.err).unwrap_or_else(|error| panic!("{error}: {said:?}"));
        let processes = report["processes"].as_array().expect("processes");
        assert_eq!(processes.len(), 1, "one process, one segment: {report}");
    }
}

/// A directory on disk: what is built for tests is too large for memory.
fn place() -> TempDir {
    TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).expect("a directory can be made")
}

fn install(flags: &[&str]) {
    let mut install = Command::new(binaries::xtask());
    install
        .args(["install", "--no-build", "--profile", &binaries::profile()])
        .args(flags)
        .env("CARGO_TARGET_DIR", binaries::target_dir());
    let said = cli::Said::from(install.output().expect("xtask can be started"));
    assert_eq!(said.code, Some(0), "{said:?}");
}

/// Runs a step of a build, which must have nothing to complain of.
fn step(command: &mut Command) {
    let output = command.output().expect("it can be started");
    let said = cli::Said::from(output);
    assert_eq!(said.code, Some(0), "{command:?}: {}{}", said.out, said.err);
}

fn missing(program: &str) -> bool {
    let missing = !in_path(program);
    if missing {
        skip(&format!("{program} is not installed"));
    }
    missing
}

#[test]
fn examples_are_built_by_pkg_config() {
    if missing("pkg-config") || missing("clang") || missing("clang++") {
        return;
    }
    let installed = Installed::new();
    for package in ["ttmem", "ttmem-static"] {
        let flags = installed.flags(package);
        for compiler in Compiler::ALL {
            for name in ["report.c", "owners.cpp"] {
                let (language, standard) = if name.ends_with(".c") {
                    (Language::C, "-std=c11")
                } else {
                    (Language::Cpp, "-std=c++17")
                };
                let program = installed.root.path().join("program");
                step(
                    Command::new(compiler.program(language))
                        .arg(standard)
                        .arg(installed.sources().join(name))
                        .args(&flags)
                        .arg("-o")
                        .arg(&program),
                );
                installed.reports(&program);
            }
        }
    }
}

#[test]
fn examples_are_built_by_cmake() {
    if missing("cmake") || missing("clang") || missing("clang++") {
        return;
    }
    let installed = Installed::new();
    for compiler in Compiler::ALL {
        let build = installed.root.path().join(format!("{compiler:?}"));
        step(
            Command::new("cmake")
                .arg("-S")
                .arg(installed.sources())
                .arg("-B")
                .arg(&build)
                .arg(format!(
                    "-DCMAKE_PREFIX_PATH={}",
                    installed.prefix().display()
                ))
                .args(["-DCMAKE_C_FLAGS=-Werror", "-DCMAKE_CXX_FLAGS=-Werror"])
                .env("CC", compiler.program(Language::C))
                .env("CXX", compiler.program(Language::Cpp)),
        );
        step(Command::new("cmake").arg("--build").arg(&build));
        for name in ["report", "owners", "wrappers", "old_names", "owners_static"] {
            installed.reports(&build.join(name));
        }
    }
}

#[test]
fn cmake_is_told_of_a_version_that_is_not_this_one() {
    if missing("cmake") {
        return;
    }
    let installed = Installed::new();
    let project = installed.root.path().join("project");
    std::fs::create_dir(&project).expect("a directory can be made");
    for (version, found) in [("0.1", true), ("0", true), ("0.0.9", false), ("9.0", false)] {
        let text = format!(
            "cmake_minimum_required(VERSION 3.16)\nproject(asking LANGUAGES C)\n\
             find_package(ttmem {version} REQUIRED)\n"
        );
        std::fs::write(project.join("CMakeLists.txt"), text).expect("it can be written");
        let build = TempDir::new_in(installed.root.path()).expect("a directory can be made");
        let output = Command::new("cmake")
            .arg("-S")
            .arg(&project)
            .arg("-B")
            .arg(build.path())
            .arg(format!(
                "-DCMAKE_PREFIX_PATH={}",
                installed.prefix().display()
            ))
            .output();
        let said = cli::Said::from(output.expect("cmake can be started"));
        assert_eq!(said.code == Some(0), found, "{version}: {}", said.err);
    }
}

#[test]
fn man_and_shells_find_theirs_below_a_destination() {
    let root = place();
    let _ = (binaries::ttmem(), binaries::preload_library());
    let _ = (binaries::shared_library(), binaries::static_library());
    let destination = root.path().to_str().expect("a path of plain text");
    // The second time over the first.
    for _ in 0..2 {
        install(&["--prefix", "/usr", "--destdir", destination]);
    }
    for file in [
        "bin/ttmem",
        "lib/libttmem_preload.so",
        "share/man/man1/ttmem-dump.1",
        "share/bash-completion/completions/ttmem",
        "share/zsh/site-functions/_ttmem",
        "share/fish/vendor_completions.d/ttmem.fish",
        "share/doc/ttmem/LICENSE-MIT",
        "share/doc/ttmem/LICENSE-APACHE",
    ] {
        assert!(root.path().join("usr").join(file).is_file(), "{file}");
    }
    // What the licences of the libraries that are linked in ask for.
    let notices = root.path().join("usr/share/doc/ttmem/THIRD-PARTY-NOTICES");
    let notices = std::fs::read_to_string(notices).expect("notices are installed");
    for words in ["zstd-sys", "Copyright (c) Meta Platforms"] {
        assert!(notices.contains(words), "{words}");
    }
    let library = root.path().join("usr/lib/libttmem.so");
    let asked_for = std::fs::read_link(&library).expect("a link");
    assert_eq!(asked_for, Path::new(binaries::SONAME));
}
