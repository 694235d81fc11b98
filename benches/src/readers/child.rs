//! Another process of this program, which does as it is told line by line.

use anyhow::{Context, Result, ensure};
use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Write};
use std::process::{self, ChildStdin, ChildStdout, Command, Stdio};

/// The other process. It ends when this is dropped.
pub(super) struct Child {
    process: process::Child,
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Child {
    /// Starts this program in the role that the arguments name.
    pub(super) fn new(role: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Result<Self> {
        let own = std::env::current_exe().context("cannot find this program's own file")?;
        let mut process = Command::new(own)
            .arg("reader-part")
            .args(role)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot start another process")?;
        let orders = process.stdin.take();
        let answers = process.stdout.take().context("a child without answers")?;
        Ok(Self {
            process,
            orders,
            answers: BufReader::new(answers),
        })
    }

    /// Its next answer.
    pub(super) fn answer(&mut self) -> Result<String> {
        let mut answer = String::new();
        self.answers
            .read_line(&mut answer)
            .context("cannot hear another process of the benchmark")?;
        ensure!(!answer.is_empty(), "another process of the benchmark ended");
        Ok(answer.trim_end().to_owned())
    }

    /// Gives an order and waits for the answer.
    pub(super) fn order(&mut self, order: &str) -> Result<String> {
        let orders = self.orders.as_mut().context("a child without orders")?;
        writeln!(orders, "{order}").context("another process of the benchmark ended")?;
        self.answer()
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // Without orders it ends by itself.
        self.orders = None;
        let _ = self.process.wait();
    }
}
