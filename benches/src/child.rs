//! Another process, which does as it is told line by line.

use anyhow::{Context, Result, bail};
use std::ffi::OsStr;
use std::fmt::Display;
use std::fs::{File, read_to_string};
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{self, ChildStdin, ChildStdout, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// The process. It ends by itself when it is given no more orders, and with this value.
pub(crate) struct Child {
    process: process::Child,
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    /// Where it complains, if not on our stderr.
    complaints: Option<PathBuf>,
}

impl Child {
    /// This program in the role that the arguments name.
    pub(crate) fn of_this_program(
        role: impl IntoIterator<Item = impl AsRef<OsStr>>,
    ) -> Result<Self> {
        let own = std::env::current_exe().context("cannot find this program's own file")?;
        Self::start(Command::new(own).args(role), None)
    }

    /// Any program. What it complains of goes to the file `complaints`, if there is one, and is passed
    /// on when it fails.
    pub(crate) fn start(command: &mut Command, complaints: Option<PathBuf>) -> Result<Self> {
        if let Some(path) = &complaints {
            command.stderr(File::create(path).context("no file for complaints")?);
        }
        let mut process = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {}", command.get_program().display()))?;
        let orders = process.stdin.take();
        let answers = process.stdout.take().context("a child without answers")?;
        Ok(Self {
            process,
            orders,
            answers: BufReader::new(answers),
            complaints,
        })
    }

    /// Its process id.
    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }

    /// Gives an order.
    pub(crate) fn tell(&mut self, order: impl Display) -> Result<()> {
        let orders = self.orders.as_mut().context("it takes no more orders")?;
        writeln!(orders, "{order}").context("it takes no more orders")
    }

    /// Its next answer.
    pub(crate) fn answer(&mut self) -> Result<String> {
        let mut answer = String::new();
        if self.answers.read_line(&mut answer).context("no answer")? == 0 {
            bail!("it ended: {}", self.reason());
        }
        Ok(answer.trim_end().to_owned())
    }

    /// Gives an order and waits for the answer.
    pub(crate) fn order(&mut self, order: impl Display) -> Result<String> {
        self.tell(order)?;
        self.answer()
    }

    /// Gives no more orders.
    pub(crate) fn dismiss(&mut self) {
        self.orders = None;
    }

    /// Dismisses it and waits so long; then it is killed.
    pub(crate) fn end_within(&mut self, patience: Duration) {
        self.dismiss();
        let since = Instant::now();
        while since.elapsed() < patience {
            if !matches!(self.process.try_wait(), Ok(None)) {
                return;
            }
            sleep(Duration::from_millis(10));
        }
        let _ = self.process.kill();
    }

    /// The last thing it complained of.
    fn reason(&self) -> String {
        let complaints = self.complaints.as_ref().map(read_to_string);
        let complaints = complaints.and_then(Result::ok).unwrap_or_default();
        let mut lines = complaints.lines().filter(|line| !line.trim().is_empty());
        // Some print a stack after the reason.
        let last = lines.clone().rfind(|line| line.contains("rror"));
        let reason = last.or_else(|| lines.next_back());
        reason.unwrap_or("it gave no reason").to_owned()
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        self.dismiss();
        let _ = self.process.wait();
    }
}
