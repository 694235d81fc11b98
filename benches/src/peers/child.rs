//! A program that does something on the bench's behalf until its standard input ends.

use anyhow::{Context, Result, bail};
use std::fs::{File, read_to_string};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{self, ChildStdin, ChildStdout, Command, Stdio};

/// The first word it prints when it can be told to do something.
pub(super) const READY: &str = "ready";

/// The program. Its complaints go to a file, and are passed on if it fails.
pub(super) struct Child {
    process: process::Child,
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    complaints: PathBuf,
}

impl Child {
    /// Starts it and waits until it is ready. `name` is of a file in `directory` for what it complains of.
    pub(super) fn start(command: &mut Command, directory: &Path, name: &str) -> Result<Self> {
        let complaints = directory.join(name).with_extension("complaints");
        let mut process = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(File::create(&complaints).context("no file for complaints")?)
            .spawn()
            .with_context(|| format!("cannot start {}", command.get_program().display()))?;
        let orders = process.stdin.take();
        let answers = process.stdout.take().context("a child without answers")?;
        let mut child = Self {
            process,
            orders,
            answers: BufReader::new(answers),
            complaints,
        };
        loop {
            let line = child.answer()?;
            if line.split_whitespace().next() == Some(READY) {
                return Ok(child);
            }
        }
    }

    /// Gives an order that is answered with a time.
    pub(super) fn nanoseconds(&mut self, order: &str) -> Result<f64> {
        let orders = self.orders.as_mut().context("it takes no more orders")?;
        writeln!(orders, "{order}").context("it takes no more orders")?;
        let answer = self.answer()?;
        let time: f64 = answer.trim().parse().context("it gave no time")?;
        if time > 0.0 {
            Ok(time)
        } else {
            bail!("it says that it took {time} ns")
        }
    }

    fn answer(&mut self) -> Result<String> {
        let mut answer = String::new();
        if self.answers.read_line(&mut answer).context("no answer")? == 0 {
            let complaints = read_to_string(&self.complaints).unwrap_or_default();
            let mut lines = complaints.lines().filter(|line| !line.trim().is_empty());
            // Some print a stack after the reason.
            let last = lines.clone().rfind(|line| line.contains("rror"));
            let reason = last.or_else(|| lines.next_back());
            bail!("it ended: {}", reason.unwrap_or("it gave no reason"));
        }
        Ok(answer)
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // Without orders it ends by itself.
        self.orders = None;
        let _ = self.process.wait();
    }
}
