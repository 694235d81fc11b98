//! A program that uses the runtime: started once, it idles until it is told to go round a loop.

use super::cluster::Cluster;
use super::rig::{Rig, Setting};
use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use std::fs::{File, read_to_string};
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};
use ttmem_reader::{Segment, scan};

/// How long it may take to close its devices.
const PATIENCE: Duration = Duration::from_secs(10);

/// The program.
pub(super) struct Program {
    process: Child,
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    complaints: PathBuf,
    setting: Setting,
}

impl Program {
    /// Starts it; [`Self::opened`] waits for it.
    pub(super) fn start(rig: &Rig, cluster: &Cluster, setting: Setting) -> Result<Self> {
        let complaints = rig.complaints(cluster, setting);
        let mut process = rig
            .command(cluster, setting)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(File::create(&complaints).context("no file for complaints")?)
            .spawn()
            .context("cannot start a program that uses the runtime")?;
        let orders = process.stdin.take();
        let answers = process.stdout.take().context("a program without answers")?;
        Ok(Self {
            process,
            orders,
            answers: BufReader::new(answers),
            complaints,
            setting,
        })
    }

    /// Waits until it can be told to do something, and sees that it is observed by those by whom it
    /// should be and by nobody else. Says where its segment is, if it has one.
    pub(super) fn opened(&mut self, rig: &Rig) -> Result<Option<Segment>> {
        let answer: Value = serde_json::from_str(&self.answer()?)?;
        let trackers = answer["trackers"].as_u64().unwrap_or(0);
        ensure!(
            (trackers > 0) == (self.setting == Setting::OwnTracker),
            "the runtime's own tracker watches {trackers} chips of the program that is {:?}",
            self.setting
        );
        let pid = self.process.id();
        let found = scan(rig.segments())?.segments;
        let segment = found
            .into_iter()
            .find(|segment| segment.identity().pid == pid);
        ensure!(
            segment.is_some() == self.setting.has_segment(),
            "the program that is {:?} has {} segment",
            self.setting,
            segment.as_ref().map_or("no", |_| "a")
        );
        Ok(segment)
    }

    /// Nanoseconds that one time round a loop takes.
    pub(super) fn time(&mut self, name: &str, times: u64) -> Result<f64> {
        let orders = self.orders.as_mut().context("it takes no more orders")?;
        writeln!(orders, "{name} {times}").context("it takes no more orders")?;
        let answer = self.answer()?;
        answer
            .trim()
            .parse()
            .with_context(|| format!("it answers {answer:?} instead of a time"))
    }

    /// It ends by itself when nobody tells it anything any more.
    pub(super) fn dismiss(&mut self) {
        self.orders = None;
    }

    fn answer(&mut self) -> Result<String> {
        let mut line = String::new();
        loop {
            line.clear();
            if self.answers.read_line(&mut line).context("no answer")? == 0 {
                let complaints = read_to_string(&self.complaints).unwrap_or_default();
                let last = complaints.lines().rfind(|line| line.contains("Error"));
                bail!(
                    "the program that is {:?} ended: {}",
                    self.setting,
                    last.unwrap_or("it gave no reason")
                );
            }
            // The runtime logs to the same place.
            if let Some(answer) = line.strip_prefix('@') {
                return Ok(answer.to_owned());
            }
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.dismiss();
        let since = Instant::now();
        while since.elapsed() < PATIENCE {
            if !matches!(self.process.try_wait(), Ok(None)) {
                return;
            }
            sleep(Duration::from_millis(10));
        }
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
