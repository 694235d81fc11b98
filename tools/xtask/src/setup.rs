//! What the checks and tests need beside Rust and Python.

use crate::shell;
use crate::workspace::{Workspace, in_ci};
use anyhow::{Context, Result, bail, ensure};
use std::path::PathBuf;
use std::process::Command;

/// A Debian package, and what tells that it is there.
struct Package {
    /// With `{clang}` for the first number of clang's version.
    name: &'static str,
    present: fn() -> bool,
    without_it: &'static str,
}

const PACKAGES: [Package; 9] = [
    Package {
        name: "gcc",
        present: || shell::in_path("gcc"),
        without_it: "the C interface is not tested from C",
    },
    Package {
        name: "g++",
        present: || shell::in_path("g++"),
        without_it: "the C interface is not tested from C++",
    },
    Package {
        name: "clang",
        present: || shell::in_path("clang") && shell::in_path("clang++"),
        without_it: "the headers are not tested with clang",
    },
    // After clang, whose version is in its name.
    Package {
        name: "libclang-rt-{clang}-dev",
        present: clang_sanitizes,
        without_it: "the headers are not tested with clang's sanitizers",
    },
    Package {
        name: "cmake",
        present: || shell::in_path("cmake"),
        without_it: "an installed ttmem is not tested from CMake",
    },
    Package {
        name: "pkg-config",
        present: || shell::in_path("pkg-config"),
        without_it: "an installed ttmem is not tested with pkg-config",
    },
    Package {
        name: "python3-venv",
        present: has_venv,
        without_it: "neither the real runtime nor the Python module can be set up",
    },
    Package {
        name: "binutils-riscv64-unknown-elf",
        present: || {
            shell::in_path("riscv64-unknown-elf-as") && shell::in_path("riscv64-unknown-elf-ld")
        },
        without_it: "the real runtime cannot be set up",
    },
    Package {
        name: "tmux",
        present: || shell::in_path("tmux"),
        without_it: "the live screen is not tested on a terminal",
    },
];

impl Package {
    fn debian_name(&self) -> String {
        if !self.name.contains("{clang}") {
            return self.name.to_owned();
        }
        let version = shell::output(Command::new("clang").arg("-dumpversion")).unwrap_or_default();
        let version = String::from_utf8_lossy(&version);
        let major = version.split('.').next().unwrap_or_default();
        self.name.replace("{clang}", major)
    }
}

/// Whether a program can be linked with each of clang's sanitizers that the tests use. Their libraries'
/// names and places differ from version to version.
fn clang_sanitizes() -> bool {
    ["address,undefined", "thread"].iter().all(|sanitizers| {
        shell::succeeds(Command::new("sh").args([
            "-c",
            "program=$(mktemp) && echo 'int main(void) { return 0; }' \
             | clang -x c - -fsanitize=\"$1\" -o \"$program\"; linked=$?; rm -f \"$program\"; exit $linked",
            "sanitizes",
            sanitizers,
        ]))
    })
}

/// The release that packs the wheel.
const MATURIN: &str = "maturin==1.16.0";

fn has_venv() -> bool {
    shell::succeeds(Command::new("python3").args(["-c", "import venv, ensurepip"]))
}

/// Sets up all that can be; what cannot be had is said and left to the tests to skip. Returns where
/// the real runtime is, if it could be set up.
pub(crate) fn everything(workspace: &Workspace) -> Result<Option<PathBuf>> {
    rust_components(workspace)?;
    if let Err(error) = system_packages() {
        notice(&format!("{error:#}"));
    }
    if let Err(error) = cargo_deny(workspace) {
        notice(&format!("{error:#}"));
    }
    Ok(match runtime(workspace) {
        Ok(rig) => Some(rig),
        Err(error) => {
            notice(&format!(
                "the real runtime (ttnn) could not be set up: {error:#}"
            ));
            None
        }
    })
}

fn notice(line: &str) {
    let weight = if in_ci() {
        "which fails in CI"
    } else {
        "what needs it is skipped"
    };
    eprintln!("xtask: {line}\n       ({weight})");
}

fn rust_components(workspace: &Workspace) -> Result<()> {
    for (component, command) in [("rustfmt", "fmt"), ("clippy", "clippy")] {
        if !shell::succeeds(&mut workspace.cargo(&[command, "--version"])) {
            shell::run(Command::new("rustup").args(["component", "add", component]))
                .with_context(|| format!("`cargo {command}` is missing"))?;
        }
    }
    Ok(())
}

/// Installs missing system packages where that is allowed.
fn system_packages() -> Result<()> {
    let missing: Vec<&Package> = PACKAGES
        .iter()
        .filter(|package| !(package.present)())
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let installed = install(&missing);
    let still: Vec<&&Package> = missing
        .iter()
        .filter(|package| !(package.present)())
        .collect();
    if still.is_empty() {
        return Ok(());
    }
    let lines = still
        .iter()
        .map(|one| format!("{} ({})", one.debian_name(), one.without_it));
    let list = lines.collect::<Vec<_>>().join(", ");
    let names: Vec<String> = still.iter().map(|one| one.debian_name()).collect();
    let advice = format!(
        "missing: {list}. Install with: apt-get install {}",
        names.join(" ")
    );
    installed.context(advice.clone())?;
    bail!(advice)
}

fn install(packages: &[&Package]) -> Result<()> {
    ensure!(shell::in_path("apt-get"), "there is no apt-get here");
    let root = shell::succeeds(Command::new("sh").args(["-c", "test $(id -u) = 0"]));
    let sudo = !root && shell::succeeds(Command::new("sudo").args(["-n", "true"]));
    ensure!(root || sudo, "neither root nor sudo without a password");
    let apt = |arguments: &[&str]| {
        let mut command = if sudo {
            let mut command = Command::new("sudo");
            command.args(["-n", "DEBIAN_FRONTEND=noninteractive", "apt-get"]);
            command
        } else {
            Command::new("apt-get")
        };
        command
            .env("DEBIAN_FRONTEND", "noninteractive")
            .args(["-q", "-y"])
            .args(arguments);
        shell::run(&mut command)
    };
    apt(&["update"])?;
    // One by one: a package that this distribution lacks takes no other with it.
    let mut failed = Ok(());
    for package in packages {
        let name = package.debian_name();
        failed = failed.and(apt(&["install", "--no-install-recommends", &name]));
    }
    failed
}

/// cargo-deny, which takes some minutes to build where it is missing.
pub(crate) fn cargo_deny(workspace: &Workspace) -> Result<()> {
    if shell::succeeds(&mut workspace.cargo(&["deny", "--version"])) {
        return Ok(());
    }
    shell::run(&mut workspace.cargo(&["install", "--quiet", "--locked", "cargo-deny"]))
        .context("cargo-deny is missing")
}

/// The packages the real runtime needs, then the runtime.
pub(crate) fn for_runtime(workspace: &Workspace) -> Result<PathBuf> {
    let packages = system_packages();
    runtime(workspace).map_err(|error| match packages {
        Ok(()) => error,
        Err(missing) => error.context(missing),
    })
}

/// The real runtime, from PyPI, on mock devices.
fn runtime(workspace: &Workspace) -> Result<PathBuf> {
    let script = workspace.root().join("tests/ttnn/setup.sh");
    let rig = workspace.rig();
    shell::run(Command::new("bash").arg(script).arg(&rig))?;
    ensure!(
        rig.join("env.sh").is_file(),
        "{} has no env.sh",
        rig.display()
    );
    Ok(rig)
}

/// What packs the Python wheel, from PyPI: its path.
pub(crate) fn maturin(workspace: &Workspace) -> Result<PathBuf> {
    let venv = workspace.target().join("python/maturin");
    let script = workspace.root().join("tests/python/venv.sh");
    let mut command = Command::new("bash");
    command.arg(script).arg(&venv).args(["3", MATURIN]);
    shell::run(&mut command)?;
    Ok(venv.join("bin/maturin"))
}
