//! A process with readers that look again and again while a producer is measured.

use super::child::child;
use super::totals::Totals;
use crate::child::Child;
use crate::opponent::{Opponent, ThreadOpponent};
use anyhow::Result;
use clap::{Args, ValueEnum};
use std::io::{Write, stdin, stdout};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::sleep;
use std::time::{Duration, Instant};
use ttmem_reader::{Cursor, Record, Segment, Start, Watch};

const START: &str = "start";
const STOP: &str = "stop";

/// What a reader does each time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Doing {
    /// Reads the records that have come and adds them up.
    Visit,
    /// Reads the events that have come, in order.
    Sweep,
    /// Refreshes its totals, as top does.
    Look,
}

/// The role on the command line.
#[derive(Args)]
pub(crate) struct Flags {
    segment: PathBuf,
    doing: Doing,
    /// How many readers, a thread each.
    readers: u32,
    /// Microseconds from one time to the next.
    period: u64,
    /// The processor they share.
    place: usize,
}

/// The other process, as this one sees it.
pub(super) struct Sweeper {
    child: Child,
    between: f64,
}

impl Sweeper {
    /// So many readers of `segment` on the processor `place`, each with a period of its own.
    pub(super) fn new(
        segment: &Path,
        doing: Doing,
        readers: u32,
        period: Duration,
        place: usize,
    ) -> Result<Self> {
        let doing = match doing {
            Doing::Visit => "visit",
            Doing::Sweep => "sweep",
            Doing::Look => "look",
        };
        let child = child([
            "sweeper".into(),
            segment.as_os_str().to_owned(),
            doing.into(),
            readers.to_string().into(),
            period.as_micros().to_string().into(),
            place.to_string().into(),
        ])?;
        Ok(Self {
            child,
            between: f64::NAN,
        })
    }

    /// Nanoseconds from one look of any of them to the next, when they were last stopped.
    pub(super) const fn between(&self) -> f64 {
        self.between
    }
}

impl Opponent for Sweeper {
    fn start(&mut self) {
        let _ = self.child.order(START);
    }

    fn stop(&mut self) -> u64 {
        // A reader that has gone looks no more, and the figure is not used.
        let answer = self.child.order(STOP).unwrap_or_default();
        let mut numbers = answer.split(' ').map(|number| number.parse().unwrap_or(0));
        let (looks, nanoseconds) = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
        self.between = nanoseconds as f64 / looks as f64;
        looks
    }
}

/// One reader.
struct Reader {
    segment: Segment,
    cursor: Cursor,
    totals: Totals,
    watch: Watch,
    doing: Doing,
    period: Duration,
    next: Instant,
}

impl Reader {
    fn new(flags: &Flags) -> Result<Self> {
        let segment = Segment::open(&flags.segment)?;
        Ok(Self {
            cursor: segment.cursor(Start::Now)?,
            segment,
            totals: Totals::default(),
            watch: Watch::new(Segment::open(&flags.segment)?),
            doing: flags.doing,
            period: Duration::from_micros(flags.period),
            next: Instant::now(),
        })
    }

    /// Looks once, when it is time.
    fn look(&mut self) {
        let now = Instant::now();
        match self.next.checked_duration_since(now) {
            Some(early) => sleep(early),
            // What it was late for is not made up.
            None => self.next = now,
        }
        self.next += self.period;
        // A segment that cannot be read is a reader that does nothing, and few looks are counted.
        let done = match self.doing {
            Doing::Visit => {
                let add = |record: &Record, chips| self.totals.add(record, chips);
                self.cursor.visit(&self.segment, add).map(drop)
            }
            Doing::Sweep => self.cursor.sweep(&self.segment).map(drop),
            Doing::Look => self.watch.look(|_| false).map(drop),
        };
        if done.is_err() {
            sleep(Duration::from_secs(1));
        }
    }
}

/// The other process itself. It answers with the looks of all readers since it was told to start, and
/// the time that took.
pub(super) fn serve(flags: &Flags) -> Result<()> {
    let looks = Arc::new(AtomicU64::new(0));
    let mut readers: Vec<ThreadOpponent> = (0..flags.readers)
        .map(|_| {
            let looks = Arc::clone(&looks);
            let reader = Mutex::new(Reader::new(flags)?);
            let look = move || {
                if let Ok(mut reader) = reader.lock() {
                    reader.look();
                    looks.fetch_add(1, Ordering::Relaxed);
                }
            };
            Ok(ThreadOpponent::new(flags.place, look)?)
        })
        .collect::<Result<_>>()?;
    let mut start = (0, Instant::now());
    for order in stdin().lines() {
        let so_far = || (looks.load(Ordering::Relaxed), Instant::now());
        if order? == START {
            readers.iter_mut().for_each(Opponent::start);
            start = so_far();
            writeln!(stdout(), "started")?;
        } else {
            let end = so_far();
            readers.iter_mut().map(Opponent::stop).for_each(drop);
            let took = end.1.duration_since(start.1).as_nanos();
            writeln!(stdout(), "{} {took}", end.0 - start.0)?;
        }
    }
    Ok(())
}
