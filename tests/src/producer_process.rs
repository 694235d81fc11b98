//! A producer in a process of its own, told line by line what to do.
//!
//! The commands are those of `src/bin/producer_script`: each is answered with one line.

use crate::{binaries, unprompted};
use serde_json::Value;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::FileExt;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};

/// How a producer is to be started.
#[derive(Debug)]
pub struct Starter {
    command: Command,
}

impl Starter {
    /// A producer with tracking switched on and its segment in `dir`.
    pub fn new(dir: &Path) -> Self {
        Self::of(Command::new(binaries::producer_script()), dir)
    }

    /// The same, started through another program, e.g. `unshare -Upf`.
    pub fn through<S: AsRef<OsStr>>(wrapper: &[S], dir: &Path) -> Self {
        let mut command = Command::new(&wrapper[0]);
        command.args(&wrapper[1..]).arg(binaries::producer_script());
        Self::of(command, dir)
    }

    fn of(mut command: Command, dir: &Path) -> Self {
        unprompted(&mut command)
            .env("TTMEM", "1")
            .env("TTMEM_DIR", dir);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        Self { command }
    }

    /// With another environment variable.
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Without an environment variable.
    pub fn without(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    /// What else [`Command`] can be told, e.g. another user.
    pub fn with(mut self, change: impl FnOnce(&mut Command)) -> Self {
        change(&mut self.command);
        self
    }

    /// Starts it. It has not attached yet.
    ///
    /// # Panics
    /// If it cannot be started.
    pub fn start(mut self) -> ProducerProcess {
        // A file, not a pipe: it never fills up, and a grandchild that lives on keeps nobody waiting.
        let complaints = tempfile::tempfile().expect("a file for stderr");
        self.command
            .stderr(complaints.try_clone().expect("a second handle on it"));
        let mut child = self.command.spawn().expect("the producer can be started");
        let stdin = child.stdin.take();
        let stdout = BufReader::new(child.stdout.take().expect("stdout is a pipe"));
        ProducerProcess {
            child,
            stdin,
            stdout,
            complaints,
        }
    }
}

/// A producer at our command; killed on drop.
#[derive(Debug)]
pub struct ProducerProcess {
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: BufReader<ChildStdout>,
    complaints: File,
}

impl ProducerProcess {
    /// Starts one with its segment in `dir`, and attaches it.
    ///
    /// # Panics
    /// If it cannot attach.
    pub fn attached(dir: &Path) -> Self {
        let mut producer = Starter::new(dir).start();
        producer.ok("attach");
        producer
    }

    /// Its process id as this process sees it (of the wrapper, if it was started through one).
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sends a command without waiting for the answer.
    ///
    /// # Panics
    /// If the producer is gone.
    pub fn send(&mut self, line: &str) {
        let stdin = self.stdin.as_mut().expect("the producer still listens");
        writeln!(stdin, "{line}").unwrap_or_else(|error| panic!("sending {line:?}: {error}"));
    }

    /// The next answer; none once the producer is gone.
    ///
    /// # Panics
    /// If it answers in anything but text.
    pub fn answer(&mut self) -> Option<String> {
        let mut line = String::new();
        let length = self.stdout.read_line(&mut line).expect("answers are text");
        (length != 0).then(|| line.trim_end().to_owned())
    }

    /// Sends a command and returns the whole answer.
    ///
    /// # Panics
    /// If the producer is gone.
    pub fn ask(&mut self, line: &str) -> String {
        self.send(line);
        self.answer()
            .unwrap_or_else(|| panic!("the producer died of {line:?}: {}", self.wait().err))
    }

    /// Sends a command that has to succeed, and returns what follows the `ok`.
    ///
    /// # Panics
    /// If it does not succeed.
    pub fn ok(&mut self, line: &str) -> String {
        let answer = self.ask(line);
        match answer.strip_prefix("ok") {
            Some(rest) => rest.trim_start().to_owned(),
            None => panic!("{line:?} was answered with {answer:?}"),
        }
    }

    /// Sends several commands that have to succeed.
    ///
    /// # Panics
    /// If one does not.
    pub fn all_ok(&mut self, lines: &[&str]) {
        for line in lines {
            self.ok(line);
        }
    }

    /// Sends a command whose answer is a number.
    ///
    /// # Panics
    /// If it is not.
    pub fn number(&mut self, line: &str) -> u64 {
        let answer = self.ok(line);
        answer
            .parse()
            .unwrap_or_else(|_| panic!("{line:?} was answered with {answer:?}"))
    }

    /// What the producer itself says it holds: its own ledger, kept apart from the segment.
    ///
    /// # Panics
    /// If it does not answer in JSON.
    pub fn ledger(&mut self, command: &str) -> Value {
        serde_json::from_str(&self.ok(command)).expect("a ledger is JSON")
    }

    /// Kills it with SIGKILL and returns once it is gone.
    pub fn kill(&mut self) {
        // Only a process that has been waited for cannot be killed, and that one is gone.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Ends its input, at which it exits normally, and collects what it wrote to stderr.
    pub fn finish(mut self) -> Ended {
        self.wait()
    }

    /// What it has written to stderr so far.
    ///
    /// # Panics
    /// If that cannot be read.
    pub fn complaints(&self) -> String {
        let mut bytes = vec![0; 1 << 20];
        // Its offset is the producer's too: read without moving it.
        let length = self
            .complaints
            .read_at(&mut bytes, 0)
            .expect("stderr is a plain file");
        String::from_utf8_lossy(&bytes[..length]).into_owned()
    }

    fn wait(&mut self) -> Ended {
        drop(self.stdin.take());
        let status = self.child.wait().expect("the producer is our child");
        Ended {
            status,
            err: self.complaints(),
        }
    }
}

impl Drop for ProducerProcess {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Kills the process with this PID, which a test knows to be its producer's child.
///
/// # Panics
/// If it is gone already.
pub fn kill(pid: u32) {
    let pid = nix::unistd::Pid::from_raw(pid.try_into().expect("a PID"));
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGKILL).expect("it lives");
}

/// How a producer ended.
#[derive(Debug)]
pub struct Ended {
    /// Its exit status.
    pub status: ExitStatus,
    /// What it wrote to stderr.
    pub err: String,
}

impl Ended {
    /// The signal that ended it.
    pub fn signal(&self) -> Option<i32> {
        self.status.signal()
    }
}
