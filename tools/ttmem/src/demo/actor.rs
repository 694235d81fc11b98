//! A producer of the demo, seen from the process that started it.

use super::expected::Expected;
use super::producer::{END, STEP};
use super::script::{self, Role};
use anyhow::{Context, bail};
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use ttmem_reader::{Segment, Start};

/// A running producer, with what it must be seen to hold. Dropped, it ends and leaves nothing behind.
pub(crate) struct Actor {
    role: Role,
    child: Child,
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    segment: PathBuf,
    expected: Expected,
    steps: u64,
}

impl Actor {
    /// Starts a producer and waits until it has loaded its model.
    pub(crate) fn start(role: Role, dir: &Path) -> anyhow::Result<Self> {
        let name = clap::ValueEnum::to_possible_value(&role)
            .map_or_else(String::new, |value| value.get_name().to_owned());
        let this = std::env::current_exe().context("ttmem cannot find itself")?;
        let mut child = Command::new(this)
            // People are to recognise it: short, and without the path of this very binary.
            .arg0("ttmem")
            .args(["demo-producer", &name])
            .env("TTMEM_DIR", dir)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("the demo cannot start a producer")?;
        let orders = child.stdin.take();
        let answers = child
            .stdout
            .take()
            .context("the demo's producer has no output")?;
        let mut actor = Self {
            role,
            child,
            orders,
            answers: BufReader::new(answers),
            segment: PathBuf::new(),
            expected: Expected::of(role),
            steps: 0,
        };
        actor.segment = PathBuf::from(actor.answer()?);
        actor.expected.follow(&script::setup(role));
        Ok(actor)
    }

    /// Lets it do one step.
    pub(crate) fn step(&mut self) -> anyhow::Result<()> {
        self.order(STEP)?;
        self.answer()?;
        self.expected.follow(&script::step(self.role, self.steps));
        self.steps += 1;
        Ok(())
    }

    /// Kills it where it stands.
    pub(crate) fn kill(&mut self) -> anyhow::Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Lets it end as a program ends.
    pub(crate) fn end(&mut self) -> anyhow::Result<()> {
        self.order(END)?;
        let status = self.child.wait()?;
        if !status.success() {
            bail!("the demo's producer ended with {status}");
        }
        Ok(())
    }

    /// Its process.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Where it reports to.
    pub(crate) fn segment(&self) -> &Path {
        &self.segment
    }

    /// Steps it has done.
    pub(crate) const fn steps(&self) -> u64 {
        self.steps
    }

    /// Compares each figure a reader sees with the script: how many were compared, and a sentence for
    /// each that differs.
    pub(crate) fn check(&self) -> anyhow::Result<(usize, Vec<String>)> {
        let segment = Segment::open(&self.segment)?;
        let snapshot = segment.snapshot()?;
        let mut records = HashMap::new();
        segment
            .cursor(Start::Oldest)?
            .visit(&segment, |record, _| {
                if let Some(kind) = record.kind() {
                    *records.entry(kind).or_default() += 1;
                }
            })?;
        let all_are_left = snapshot.losses.records_overwritten == 0;
        let figures = self
            .expected
            .compare(&snapshot, all_are_left.then_some(&records));
        let wrong = figures.iter().filter(|(_, must, is)| must != is);
        let wrong = wrong
            .map(|(name, must, is)| format!("pid {}: {name} is {is}, must be {must}", self.pid()));
        Ok((figures.len(), wrong.collect()))
    }

    fn order(&mut self, word: &str) -> anyhow::Result<()> {
        let orders = self
            .orders
            .as_mut()
            .context("the demo's producer listens no more")?;
        // No line of its own would be more than a page: it goes through in one piece.
        writeln!(orders, "{word}").context("the demo's producer has gone")
    }

    fn answer(&mut self) -> anyhow::Result<String> {
        let mut line = String::new();
        if self
            .answers
            .read_line(&mut line)
            .context("the demo's producer has gone")?
            == 0
        {
            let status = self.child.wait()?;
            bail!("the demo's producer ended early, with {status}");
        }
        Ok(line.trim_end_matches('\n').to_owned())
    }
}

impl Drop for Actor {
    fn drop(&mut self) {
        drop(self.orders.take());
        let _ = self.child.wait();
        if !self.segment.as_os_str().is_empty() && self.segment.exists() {
            let _ = ttmem_reader::reap(&self.segment);
        }
    }
}
