//! A second process that reports while the first one is measured.

use crate::event::{self, Events};
use crate::opponent::{Opponent, ThreadOpponent};
use anyhow::{Context, Result};
use std::io::{BufRead, BufReader, Write, stdin, stdout};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use ttmem_producer::BufferType;

const START: &str = "start";
const STOP: &str = "stop";

/// The other process, as the first one sees it.
pub(crate) struct Peer {
    process: Child,
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Peer {
    /// A process that reports on the processor `place`.
    pub(crate) fn new(directory: &Path, place: usize) -> Result<Self> {
        let own = std::env::current_exe().context("cannot find this program's own file")?;
        let mut process = Command::new(own)
            .arg("peer")
            .arg(directory)
            .arg(place.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot start a second process")?;
        let orders = process.stdin.take();
        let answers = process.stdout.take().context("a peer without answers")?;
        Ok(Self {
            process,
            orders,
            answers: BufReader::new(answers),
        })
    }

    /// The answer to each order is the number of batches done.
    fn order(&mut self, order: &str) -> Option<u64> {
        writeln!(self.orders.as_mut()?, "{order}").ok()?;
        let mut answer = String::new();
        self.answers.read_line(&mut answer).ok()?;
        answer.trim().parse().ok()
    }
}

impl Opponent for Peer {
    fn start(&mut self) {
        self.order(START);
    }

    fn stop(&mut self) -> u64 {
        // A peer that has gone does nothing, and the figure is not used.
        self.order(STOP).unwrap_or(0)
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // Without orders it ends by itself.
        self.orders = None;
        let _ = self.process.wait();
    }
}

/// The second process itself: does as it is told, ends with its orders.
pub(crate) fn serve(directory: &Path, place: usize) -> Result<()> {
    event::attach(directory)?;
    let events = Events::new(event::pool(0, 1)?, BufferType::Dram, 0);
    let mut worker = ThreadOpponent::new(place, move || events.batch())?;
    for order in stdin().lock().lines() {
        let mut done = 0;
        match order?.as_str() {
            START => worker.start(),
            _ => done = worker.stop(),
        }
        writeln!(stdout(), "{done}")?;
    }
    Ok(())
}
