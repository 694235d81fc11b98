//! A script under the preload library, which stops at its quiet points until it is told to go on.

use crate::rig::{Cluster, Rig, scripts};
use serde_json::Value;
use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use support::binaries;

/// What a script says at a quiet point.
pub(crate) struct Quiet(pub(crate) Value);

impl Quiet {
    pub(crate) fn label(&self) -> &str {
        self.0["label"].as_str().unwrap_or_default()
    }

    /// Figures of each process that holds something.
    pub(crate) fn processes(&self) -> &[Value] {
        self.0["processes"].as_array().map_or(&[], Vec::as_slice)
    }

    /// Processes that must have no segment.
    pub(crate) fn absent(&self) -> impl Iterator<Item = u32> {
        let pids = self.0["absent"].as_array().map_or(&[][..], Vec::as_slice);
        pids.iter()
            .filter_map(|pid| u32::try_from(pid.as_u64()?).ok())
    }
}

/// A running script; killed on drop.
pub(crate) struct Script {
    child: Child,
    out: BufReader<ChildStdout>,
    /// Everything it printed that is not a quiet point or the runtime's log.
    pub(crate) printed: Vec<String>,
}

/// A command that runs `script ARGS` tracked, with its segments in `dir`.
pub(crate) fn tracked(
    rig: &Rig,
    cluster: Cluster,
    dir: &Path,
    script: &str,
    args: &[&str],
) -> Command {
    let mut command = rig.python(cluster);
    command.arg(scripts().join(script)).args(args);
    track(&mut command, dir);
    command
}

/// Switches tracking on for a command.
pub(crate) fn track(command: &mut Command, dir: impl AsRef<OsStr>) {
    command
        .env("LD_PRELOAD", binaries::preload_library())
        .env("TTMEM", "1")
        .env("TTMEM_DIR", dir);
}

impl Script {
    /// Starts it.
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the script can be started");
        let out = BufReader::new(child.stdout.take().expect("stdout is piped"));
        Self {
            child,
            out,
            printed: Vec::new(),
        }
    }

    /// Its process id.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Its next quiet point; none once it has ended.
    pub(crate) fn next_quiet(&mut self) -> Option<Quiet> {
        loop {
            let mut line = String::new();
            if self
                .out
                .read_line(&mut line)
                .expect("the script prints text")
                == 0
            {
                return None;
            }
            if let Some(said) = line.strip_prefix('@') {
                return Some(Quiet(
                    serde_json::from_str(said).expect("the script says JSON"),
                ));
            }
            // The runtime logs to the same place.
            if !line.contains(" | ") {
                self.printed.push(line.trim_end().to_owned());
            }
        }
    }

    /// Lets it go on from a quiet point.
    pub(crate) fn go_on(&mut self) {
        let input = self.child.stdin.as_mut().expect("stdin is piped");
        input.write_all(b"go\n").expect("the script is listening");
    }

    /// Sends it SIGKILL and waits until it is gone.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("the script is running");
        self.child.wait().expect("it is our child");
    }

    /// Waits for its end. Returns its status and what it wrote to stderr.
    pub(crate) fn finish(mut self) -> (ExitStatus, String) {
        let mut complaint = String::new();
        let mut err = self.child.stderr.take().expect("stderr is piped");
        err.read_to_string(&mut complaint)
            .expect("the script complains in text");
        (self.child.wait().expect("it is our child"), complaint)
    }

    /// Goes through all its quiet points, and expects it to end well and without a word from ttmem.
    pub(crate) fn each_quiet(mut self, mut check: impl FnMut(&Quiet)) {
        while let Some(quiet) = self.next_quiet() {
            check(&quiet);
            self.go_on();
        }
        let (status, complaint) = self.finish();
        assert!(status.success(), "the script failed: {complaint}");
        assert_eq!(said_by_ttmem(&complaint), Vec::<&str>::new());
    }
}

impl Drop for Script {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The lines of stderr that are ours.
pub(crate) fn said_by_ttmem(complaint: &str) -> Vec<&str> {
    complaint
        .lines()
        .filter(|line| line.starts_with("ttmem:"))
        .collect()
}
