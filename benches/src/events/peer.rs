//! A second process that reports while the first one is measured.

use crate::child::Child;
use crate::event::{self, Events};
use crate::opponent::{Opponent, ThreadOpponent};
use crate::places::stay_on;
use crate::workload::EVENTS;
use anyhow::Result;
use nix::time::ClockId;
use std::io::{BufRead, Write, stdin, stdout};
use std::path::Path;
use std::str::FromStr;
use std::time::Duration;
use ttmem_producer::BufferType;

const START: &str = "start";
const STOP: &str = "stop";
/// Followed by a number of batches; the answer is the processor time of an event, in nanoseconds.
const WORK: &str = "work ";

/// The other process, as the first one sees it.
pub(crate) struct Peer {
    child: Child,
}

impl Peer {
    /// A process that reports on the processor `place`.
    pub(crate) fn new(directory: &Path, place: usize) -> Result<Self> {
        let place = place.to_string();
        let role = ["peer".as_ref(), directory.as_os_str(), place.as_ref()];
        let child = Child::of_this_program(role)?;
        Ok(Self { child })
    }

    /// The answer to each order is a number.
    fn answer<T: FromStr>(&mut self) -> Option<T> {
        self.child.answer().ok()?.parse().ok()
    }

    /// Lets it report so many batches by itself.
    pub(super) fn ask_to_work(&mut self, batches: u64) {
        // A peer that has gone is noticed by its missing answer.
        let _ = self.child.tell(format_args!("{WORK}{batches}"));
    }

    /// Processor time of an event of what it was asked for, in nanoseconds. None if it has gone.
    pub(super) fn work_done(&mut self) -> Option<f64> {
        self.answer()
    }
}

impl Opponent for Peer {
    fn start(&mut self) {
        // A peer that has gone does nothing, and the figure is not used.
        let _ = self.child.order(START);
    }

    fn stop(&mut self) -> u64 {
        let _ = self.child.tell(STOP);
        self.answer().unwrap_or(0)
    }
}

/// The second process itself: does as it is told, ends with its orders.
pub(crate) fn serve(directory: &Path, place: usize) -> Result<()> {
    event::attach(directory)?;
    let events = Events::new(event::pool(0, 1)?, BufferType::Dram, 0);
    let mut worker = ThreadOpponent::new(place, move || events.batch())?;
    stay_on(place);
    for order in stdin().lock().lines() {
        let order = order?;
        if let Some(batches) = order.strip_prefix(WORK) {
            writeln!(stdout(), "{}", processor_time(events, batches.parse()?)?)?;
            continue;
        }
        let mut done = 0;
        match order.as_str() {
            START => worker.start(),
            _ => done = worker.stop(),
        }
        writeln!(stdout(), "{done}")?;
    }
    Ok(())
}

/// Processor time of an event, over so many batches, in nanoseconds.
fn processor_time(events: Events, batches: u64) -> Result<f64> {
    let clock = ClockId::CLOCK_THREAD_CPUTIME_ID;
    let start = clock.now()?;
    for _ in 0..batches {
        events.batch();
    }
    let spent = Duration::from(clock.now()? - start);
    Ok(spent.as_nanos() as f64 / (batches * EVENTS) as f64)
}
