//! A producer to look at, and the tool to look with.

use ::support::{DEADLINE, Tmux};
use assert_cmd::Command;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use tempfile::TempDir;

/// A directory of segments that nobody else sees.
pub(crate) struct Place {
    dir: TempDir,
}

impl Place {
    /// An empty one.
    pub(crate) fn new() -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
        }
    }

    /// An empty one where segments belong: in memory.
    pub(crate) fn in_tmpfs() -> Self {
        Self {
            dir: tempfile::tempdir_in("/dev/shm").unwrap(),
        }
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }

    /// A terminal in which the tool looks here, or none where there is no tmux.
    pub(crate) fn tmux(&self, columns: u16, rows: u16) -> Option<Tmux> {
        let ttmem = assert_cmd::cargo::cargo_bin!("ttmem");
        Tmux::start(ttmem, self.path(), columns, rows)
    }

    /// The tool, looking here and free of what the caller's environment says.
    pub(crate) fn ttmem(&self, arguments: &[&str]) -> Command {
        self.ttmem_at(assert_cmd::cargo::cargo_bin!("ttmem"), arguments)
    }

    /// The same with the tool put elsewhere.
    pub(crate) fn ttmem_at(&self, binary: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new(binary);
        clean(|name| {
            command.env_remove(name);
        });
        command
            .env("TTMEM_DIR", self.path())
            .args(arguments)
            .timeout(DEADLINE);
        command
    }

    /// The same, for a test that talks to it while it runs.
    pub(crate) fn spawn(&self, arguments: &[&str]) -> Child {
        self.spawn_with(arguments, "TTMEM", "1")
    }

    /// The same, with an environment variable.
    pub(crate) fn spawn_with(&self, arguments: &[&str], name: &str, value: &str) -> Child {
        let mut command = std::process::Command::new(assert_cmd::cargo::cargo_bin!("ttmem"));
        clean(|name| {
            command.env_remove(name);
        });
        command
            .env("TTMEM_DIR", self.path())
            .env(name, value)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    /// What the tool writes to standard output when all is well.
    pub(crate) fn shows(&self, arguments: &[&str]) -> String {
        let output = self
            .ttmem(arguments)
            .assert()
            .success()
            .get_output()
            .clone();
        String::from_utf8(output.stdout).unwrap()
    }

    /// The same as JSON.
    pub(crate) fn json(&self, arguments: &[&str]) -> serde_json::Value {
        serde_json::from_str(&self.shows(arguments)).unwrap()
    }

    /// Names of the files here.
    pub(crate) fn files(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.path()).unwrap();
        let mut names: Vec<_> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

/// Removes what would change the tool's ways from an environment.
pub(crate) fn clean(mut remove: impl FnMut(&str)) {
    for (name, _) in std::env::vars() {
        if name.starts_with("TTMEM") || name == "TT_ALLOC_TRACKING_ENABLED" {
            remove(&name);
        }
    }
}

/// One of the demo's producers: its figures are the same every time.
pub(crate) struct Producer {
    child: Child,
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    /// Its segment.
    pub(crate) segment: PathBuf,
}

impl Producer {
    /// Starts one: `chat`, `embed` or `batch`.
    pub(crate) fn start(place: &Place, role: &str) -> Self {
        Self::with(place, role, "TTMEM", "1")
    }

    /// The same, with an environment variable.
    pub(crate) fn with(place: &Place, role: &str, name: &str, value: &str) -> Self {
        let mut child = place.spawn_with(&["demo-producer", role], name, value);
        let orders = child.stdin.take();
        let answers = BufReader::new(child.stdout.take().unwrap());
        let mut producer = Self {
            child,
            orders,
            answers,
            segment: PathBuf::new(),
        };
        producer.segment = PathBuf::from(producer.answer());
        producer
    }

    /// Its process.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Lets it work.
    pub(crate) fn steps(&mut self, number: usize) {
        for _ in 0..number {
            writeln!(self.orders.as_mut().unwrap(), "step").unwrap();
            assert_eq!(self.answer(), "step");
        }
    }

    /// Kills it.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Lets it end as a program ends.
    pub(crate) fn end(&mut self) {
        writeln!(self.orders.as_mut().unwrap(), "end").unwrap();
        assert!(self.child.wait().unwrap().success());
    }

    fn answer(&mut self) -> String {
        let mut line = String::new();
        self.answers.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }
}

impl Drop for Producer {
    fn drop(&mut self) {
        drop(self.orders.take());
        let _ = self.child.wait();
    }
}

/// Sends a signal to a child.
pub(crate) fn signal(child: &Child, signal: Signal) {
    let pid = Pid::from_raw(i32::try_from(child.id()).unwrap());
    kill(pid, signal).unwrap();
}
