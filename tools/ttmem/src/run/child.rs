//! The program itself: started so that it reports, its signals passed on, its status taken.

use super::Library;
use super::ignored::not_ignored;
use super::promise::Promise;
use crate::exit::Refused;
use anyhow::Context;
use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, getpgrp, tcgetpgrp};
use signal_hook::consts::{SIGCHLD, SIGHUP, SIGINT, SIGQUIT, SIGTERM};
use signal_hook::iterator::Signals;
use std::env;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::hash::{BuildHasher, RandomState};
use std::io::ErrorKind;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus};
use std::time::{Duration, Instant, SystemTime};

/// A program under way.
pub(crate) struct Tracked {
    child: Child,
    signals: Signals,
    run_id: u64,
    began: Instant,
    began_at: SystemTime,
    /// To give the dumps at exit that were asked for.
    promise: Option<Promise>,
}

/// How it ended.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ended {
    /// Its status.
    pub(crate) status: ExitStatus,
    /// How long it ran.
    pub(crate) time: Duration,
    /// When it began.
    pub(crate) began_at: SystemTime,
    /// What its segments carry.
    pub(crate) run_id: u64,
}

impl Ended {
    /// What a shell would return for it.
    pub(crate) fn code(&self) -> u8 {
        let code = self
            .status
            .code()
            .or_else(|| self.status.signal().map(|signal| 128 + signal));
        code.and_then(|code| u8::try_from(code).ok())
            .unwrap_or(u8::MAX)
    }

    /// How it ended, for people.
    pub(crate) fn words(&self) -> String {
        match self.status.signal() {
            Some(number) => Signal::try_from(number).map_or_else(
                |_| format!("was killed by signal {number}"),
                |signal| format!("was killed by {signal}"),
            ),
            None => format!("ended with status {}", self.code()),
        }
    }
}

impl Tracked {
    /// Starts `command`, reporting into `dir`.
    pub(crate) fn start(
        command: &[OsString],
        dir: &Path,
        library: &Library,
    ) -> anyhow::Result<Self> {
        let (program, arguments) = command
            .split_first()
            .context("there is no program to run")?;
        // What is ignored stays so, for the program as well: under `nohup` both outlive the terminal.
        let passed_on = not_ignored(&[SIGINT, SIGTERM, SIGHUP, SIGQUIT]);
        // Before the start: from then on the signals are the program's.
        let signals =
            Signals::new(passed_on.chain([SIGCHLD])).context("cannot listen for signals")?;
        let run_id = RandomState::new().hash_one(std::process::id()) | 1;
        let asked = env::var_os("TTMEM_DUMP_AT_EXIT").is_some();
        // Where there is no place for one, 'reap' takes the dumps for given.
        let mut promise = asked.then(|| Promise::make(dir, run_id).ok()).flatten();
        let child = Command::new(program)
            .args(arguments)
            .env("TTMEM", "1")
            .env("TTMEM_KEEP", "1")
            .env("TTMEM_RUN_ID", format!("{run_id:016x}"))
            .env("TTMEM_DIR", dir)
            .env(
                "LD_PRELOAD",
                preloaded(env::var_os("LD_PRELOAD"), library.path()),
            )
            .spawn()
            .map_err(|error| {
                if let Some(promise) = promise.take() {
                    promise.keep();
                }
                if program.as_encoded_bytes().starts_with(b"-") {
                    let option = program.display();
                    return Refused::usage(format!(
                        "'ttmem run' has no option {option}; a command begins with its program, \
                         as in 'ttmem run -- python3 -c ...'"
                    ));
                }
                // As shells have it.
                let status = if error.kind() == ErrorKind::NotFound {
                    127
                } else {
                    126
                };
                let program = Path::new(program).display();
                Refused::child(status, format!("cannot run {program}: {error}"))
            })?;
        Ok(Self {
            child,
            signals,
            run_id,
            began: Instant::now(),
            began_at: SystemTime::now(),
            promise,
        })
    }

    /// The dumps at exit that were asked for are given.
    pub(crate) fn owes_nothing(&mut self) {
        if let Some(promise) = self.promise.take() {
            promise.keep();
        }
    }

    /// Waits for its end and passes on what this process is told meanwhile.
    pub(crate) fn wait(&mut self) -> anyhow::Result<Ended> {
        let child = Pid::from_raw(i32::try_from(self.child.id())?);
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Ok(Ended {
                    status,
                    time: self.began.elapsed(),
                    began_at: self.began_at,
                    run_id: self.run_id,
                });
            }
            for signal in self.signals.wait() {
                let keyboard = matches!(signal, SIGINT | SIGQUIT) && in_foreground();
                // What the keyboard sends, the terminal has sent to the child as well.
                if signal != SIGCHLD && !keyboard {
                    // It has not been waited for, so the number is still its own.
                    let _ = kill(child, Signal::try_from(signal).ok());
                }
            }
        }
    }
}

/// Whether this process is what the terminal's keys go to.
fn in_foreground() -> bool {
    File::open("/dev/tty").is_ok_and(|terminal| tcgetpgrp(terminal) == Ok(getpgrp()))
}

/// What is preloaded already stays first: it may be what the program cannot do without.
fn preloaded(before: Option<OsString>, library: &Path) -> OsString {
    let library = library.as_os_str();
    let Some(mut list) = before.filter(|list| !list.is_empty()) else {
        return library.into();
    };
    let separated = |byte: &u8| *byte == b':' || *byte == b' ';
    let there = list
        .as_encoded_bytes()
        .split(separated)
        .any(|one| one == bytes(library));
    if !there {
        list.push(":");
        list.push(library);
    }
    list
}

fn bytes(text: &OsStr) -> &[u8] {
    text.as_encoded_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_preloaded_stays_first_and_nothing_comes_twice() {
        let library = Path::new("/l/libttmem_preload.so");
        let list = |before: Option<&str>| {
            preloaded(before.map(OsString::from), library)
                .into_string()
                .unwrap()
        };
        assert_eq!(list(None), "/l/libttmem_preload.so");
        assert_eq!(list(Some("")), "/l/libttmem_preload.so");
        assert_eq!(
            list(Some("/a.so:/b.so")),
            "/a.so:/b.so:/l/libttmem_preload.so"
        );
        assert_eq!(
            list(Some("/a.so /l/libttmem_preload.so")),
            "/a.so /l/libttmem_preload.so"
        );
    }
}
