//! A program that uses the runtime: started once, it idles until it is told to go round a loop.

use super::cluster::Cluster;
use super::rig::{Rig, Setting};
use crate::child::Child;
use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::time::Duration;
use ttmem_reader::{Segment, scan};

/// How long it may take to close its devices.
const PATIENCE: Duration = Duration::from_secs(10);

/// The program.
pub(super) struct Program {
    child: Child,
    setting: Setting,
}

impl Program {
    /// Starts it; [`Self::opened`] waits for it.
    pub(super) fn start(rig: &Rig, cluster: &Cluster, setting: Setting) -> Result<Self> {
        let complaints = rig.complaints(cluster, setting);
        let child = Child::start(&mut rig.command(cluster, setting), Some(complaints))?;
        Ok(Self { child, setting })
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
        let pid = self.child.id();
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
        self.child.tell(format_args!("{name} {times}"))?;
        let answer = self.answer()?;
        answer
            .trim()
            .parse()
            .with_context(|| format!("it answers {answer:?} instead of a time"))
    }

    /// It ends by itself when nobody tells it anything any more.
    pub(super) fn dismiss(&mut self) {
        self.child.dismiss();
    }

    fn answer(&mut self) -> Result<String> {
        loop {
            let line = self.child.answer();
            let line = line.with_context(|| format!("the program that is {:?}", self.setting))?;
            // The runtime logs to the same place.
            if let Some(answer) = line.strip_prefix('@') {
                return Ok(answer.to_owned());
            }
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.child.end_within(PATIENCE);
    }
}
