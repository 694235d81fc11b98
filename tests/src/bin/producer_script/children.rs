//! A child process that is told by its parent what to do, as the parent is told by the test.

use anyhow::{Context, Result, bail};
use nix::fcntl::OFlag;
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, dup2_stdin, dup2_stdout, execv, pipe2};
use std::ffi::CString;
use std::fs::File;
use std::io::{BufRead, BufReader, Write};

/// In what way a child is to be made.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Birth {
    /// `fork()`, with the handlers of `pthread_atfork`.
    Fork,
    /// The bare `clone` system call: no handler of the C library runs.
    RawClone,
    /// `fork()` and `exec()` of this program.
    Exec,
}

/// A child that waits for commands.
pub(crate) struct ChildProcess {
    pid: Pid,
    commands: File,
    answers: BufReader<File>,
}

impl ChildProcess {
    /// Makes one. Returns none in the child itself, which goes on with the pipes as stdin and stdout.
    pub(crate) fn make(birth: Birth) -> Result<Option<Self>> {
        let (child_in, commands) = pipe2(OFlag::O_CLOEXEC)?;
        let (answers, child_out) = pipe2(OFlag::O_CLOEXEC)?;
        let pid = match birth {
            Birth::Fork | Birth::Exec => {
                // SAFETY: this thread is the only one when a test forks, so the child may go on with
                // any code.
                match unsafe { nix::unistd::fork() }? {
                    ForkResult::Parent { child } => Some(child),
                    ForkResult::Child => None,
                }
            }
            Birth::RawClone => {
                // SAFETY: without a new stack and without CLONE_VM this is fork: both go on from here
                // in memory of their own.
                let pid = unsafe { libc::syscall(libc::SYS_clone, libc::SIGCHLD, 0, 0, 0, 0) };
                match i32::try_from(pid)? {
                    -1 => bail!("clone: {}", std::io::Error::last_os_error()),
                    0 => None,
                    pid => Some(Pid::from_raw(pid)),
                }
            }
        };
        if let Some(pid) = pid {
            let answers = BufReader::new(File::from(answers));
            return Ok(Some(Self {
                pid,
                commands: File::from(commands),
                answers,
            }));
        }
        drop((commands, answers));
        dup2_stdin(child_in)?;
        dup2_stdout(child_out)?;
        if birth == Birth::Exec {
            replace_image(&[])?;
        }
        Ok(None)
    }

    /// Its process id.
    pub(crate) fn pid(&self) -> u32 {
        self.pid.as_raw().unsigned_abs()
    }

    /// Has it do something, and returns its answer as ours.
    pub(crate) fn ask(&mut self, command: &str) -> Result<String> {
        writeln!(self.commands, "{command}").context("the child does not listen any more")?;
        let mut line = String::new();
        if self.answers.read_line(&mut line)? == 0 {
            bail!("the child is gone");
        }
        match line.trim_end().strip_prefix("ok") {
            Some(rest) => Ok(rest.trim_start().to_owned()),
            None => bail!("child: {}", line.trim_end()),
        }
    }

    /// Kills it and waits until it is gone.
    pub(crate) fn kill(self) -> Result<String> {
        kill(self.pid, Signal::SIGKILL)?;
        self.wait()
    }

    /// Ends its input and waits for it to exit.
    pub(crate) fn wait(self) -> Result<String> {
        drop((self.commands, self.answers));
        Ok(match waitpid(self.pid, None)? {
            WaitStatus::Exited(_, code) => format!("exited {code}"),
            WaitStatus::Signaled(_, signal, _) => format!("killed {signal}"),
            other => format!("{other:?}"),
        })
    }
}

/// Replaces this process's image by a new one of the same program.
pub(crate) fn replace_image(arguments: &[&str]) -> Result<()> {
    let program = CString::new("/proc/self/exe")?;
    let mut all = vec![CString::new("producer_script")?];
    for argument in arguments {
        all.push(CString::new(*argument)?);
    }
    match execv(&program, &all) {
        Err(error) => bail!("exec: {error}"),
        Ok(never) => match never {},
    }
}
