//! Pythons of their own for tests, with the wheel that was built from this source tree.

use crate::binaries;
use crate::private_dir::PrivateDir;
use crate::unprompted::unprompted;
use nix::fcntl::{Flock, FlockArg};
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Mutex, OnceLock, PoisonError};

/// A virtual environment into which the wheel is installed.
#[derive(Debug)]
pub struct Venv {
    dir: PathBuf,
}

impl Venv {
    /// One of this Python, with the wheel and further packages from PyPI. `name` keeps it apart from those of
    /// other test binaries, which may run at the same time. The error is what this machine lacks.
    ///
    /// # Panics
    /// If there is all it takes, and the wheel cannot be built or installed.
    pub fn new(name: &str, version: &str, packages: &[&str]) -> Result<Self, String> {
        let dir = place().join(format!("{name}-{version}"));
        let script = binaries::workspace().join("tests/python/venv.sh");
        let output = outcome(
            clean(Command::new("bash"))
                .arg(script)
                .arg(&dir)
                .arg(version)
                .args(packages),
        );
        match output.status.code() {
            Some(0) => {}
            Some(3) => return Err(last_line(&output)),
            _ => panic!("venv.sh failed: {}", complaint(&output)),
        }
        let venv = Self { dir };
        venv.install(&wheel()?);
        Ok(venv)
    }

    /// Installs the wheel, once in a test binary: installing takes away what was there before, and another of its
    /// tests may be using that.
    fn install(&self, wheel: &Path) {
        static INSTALLED: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());
        let mut installed = INSTALLED.lock().unwrap_or_else(PoisonError::into_inner);
        if installed.contains(&self.dir) {
            return;
        }
        // Nothing but the wheel: it asks for no other package.
        let output = outcome(
            self.python()
                .args(["-m", "pip", "install", "--quiet"])
                .args([
                    "--disable-pip-version-check",
                    "--no-index",
                    "--no-deps",
                    "--force-reinstall",
                ])
                .arg(wheel),
        );
        assert!(output.status.success(), "pip: {}", complaint(&output));
        installed.insert(self.dir.clone());
    }

    /// One like [`Self::new`], of the release of Python that another interpreter has, and which sees what is
    /// installed for that one behind what it has itself. The error is what this machine lacks.
    ///
    /// # Panics
    /// As [`Self::new`], and if one of the interpreters cannot be asked where its packages are.
    pub fn beside(name: &str, other: &Path, packages: &[&str]) -> Result<Self, String> {
        let other = || clean(Command::new(other));
        let version = printed(
            &mut other(),
            "import sys; print('%d.%d' % sys.version_info[:2])",
        );
        let venv = Self::new(name, &version, packages)?;
        let place = "import sysconfig; print(sysconfig.get_path('platlib'))";
        let theirs = printed(&mut other(), place);
        let mine = printed(&mut venv.python(), place);
        let (link, line) = (Path::new(&mine).join("beside.pth"), theirs + "\n");
        // Left alone if it is right: another test may be reading it.
        if fs::read_to_string(&link).ok().as_ref() != Some(&line) {
            fs::write(link, line).expect("an environment of ours can be written to");
        }
        Ok(venv)
    }

    /// Its interpreter, in an environment that switches nothing on.
    pub fn python(&self) -> Command {
        clean(Command::new(self.bin("python")))
    }

    /// Has pytest run tests of this source tree, in a directory in which nobody else's segments are, and returns
    /// what it printed.
    ///
    /// # Panics
    /// If one of them does not pass.
    pub fn pass(&self, tests: &Path, options: &[&str], dir: &PrivateDir) -> String {
        let output = outcome(
            self.python()
                .args(["-m", "pytest", "-q", "-p", "no:cacheprovider"])
                .args(options)
                .arg(tests)
                .env("TTMEM_DIR", dir.path())
                .env("PYTHONDONTWRITEBYTECODE", "1")
                .current_dir(dir.path()),
        );
        let told = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{told}\n{}", complaint(&output));
        told
    }

    /// A command of it.
    pub fn bin(&self, name: &str) -> PathBuf {
        self.dir.join("bin").join(name)
    }
}

/// The tests that come with the module, for pytest.
pub fn module_tests() -> PathBuf {
    binaries::workspace().join("tools/python/tests")
}

/// The tests of the pytest plugin, for pytest. They have a directory of their own: they need pytest's own
/// plugin for such tests, and others to get on with.
pub fn plugin_tests() -> PathBuf {
    binaries::workspace().join("tools/python/plugin_tests")
}

/// The wheel, built once by each test binary out of what has been built, in the profile of the running test.
/// The error is what this machine lacks.
fn wheel() -> Result<PathBuf, String> {
    static WHEEL: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    WHEEL.get_or_init(build).clone()
}

fn build() -> Result<PathBuf, String> {
    binaries::ttmem();
    binaries::preload_library();
    let profile = binaries::profile();
    let exe = std::env::current_exe().expect("the test knows its own path");
    let exe = exe.file_name().unwrap_or_default().to_string_lossy();
    // Without the hash that cargo appends.
    let binary = exe.split('-').next().unwrap_or_default();
    let out = place().join(format!("wheel-of-{binary}"));
    fs::create_dir_all(&out).expect("the target directory can be written to");
    // It is put together in one place.
    let lock = File::create(place().join("wheel.lock")).expect("a lock in the target directory");
    let _lock = Flock::lock(lock, FlockArg::LockExclusive).expect("a lock that is free at last");
    for old in wheels(&out) {
        fs::remove_file(old).expect("an old wheel can be removed");
    }
    let output = outcome(
        clean(Command::new(binaries::xtask()))
            .args(["wheel", "--no-build", "--profile", &profile, "--out"])
            .arg(&out)
            .env("CARGO_TARGET_DIR", binaries::target_dir())
            .current_dir(binaries::workspace()),
    );
    let text = complaint(&output);
    match wheels(&out).as_slice() {
        [wheel] if output.status.success() => Ok(wheel.clone()),
        _ if text.contains("venv.sh: ") => Err(text.trim().to_owned()),
        _ => panic!("cargo xtask wheel failed:\n{text}"),
    }
}

fn wheels(dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir).expect("the directory of the wheel can be listed");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths
        .filter(|path| path.extension().is_some_and(|its| its == "whl"))
        .collect()
}

/// Where all of this is kept from one test run to the next.
fn place() -> PathBuf {
    binaries::target_dir().join("python")
}

/// What a line of Python prints.
fn printed(python: &mut Command, line: &str) -> String {
    let output = outcome(python.args(["-c", line]));
    assert!(output.status.success(), "{}", complaint(&output));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// Without what the tests' own surroundings switch on.
fn clean(mut command: Command) -> Command {
    for (name, _) in std::env::vars_os() {
        if name.as_encoded_bytes().starts_with(b"PYTHON") {
            command.env_remove(name);
        }
    }
    unprompted(&mut command).env_remove("LD_PRELOAD");
    command
}

fn outcome(command: &mut Command) -> Output {
    command.output().unwrap_or_else(|error| {
        panic!(
            "{} cannot be started: {error}",
            command.get_program().display()
        )
    })
}

fn complaint(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn last_line(output: &Output) -> String {
    let text = complaint(output);
    text.lines()
        .last()
        .unwrap_or("it gave no reason")
        .to_owned()
}
