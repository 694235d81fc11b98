//! A producer at full speed while others read its segment.

use super::rows;
use super::sweeper::{Doing, Sweeper};
use crate::event::{self, Events};
use crate::events::gate::Gate;
use crate::measure::{Compared, TRIES, median, per_event};
use crate::opponent::Opponent;
use crate::part::Part;
use crate::places::{Places, stay_on};
use crate::results::Results;
use crate::row::Row;
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::Duration;
use ttmem_producer::{BufferType, detach};

/// Batches of one try: so long that many sweeps fall into it.
const BATCHES: u32 = 8;
/// From one sweep to the next.
const PERIOD: Duration = Duration::from_millis(1);
/// A single reader that takes so many times longer from one sweep to the next was kept from running.
const STARVED: f64 = 8.0;
/// So often, and with such pauses, a machine is asked for two processors at once.
const LOOKS_AT_GATE: u32 = 10;
const BETWEEN_LOOKS: Duration = Duration::from_millis(25);
/// How much longer than the best one any try may take.
const UNSTEADY: f64 = 1.5;

/// The producer is this process, on one processor; the readers are on another.
pub(super) struct SweptLines {
    directory: PathBuf,
    places: Places,
    gate: Option<Gate>,
}

/// Readers, and the lines they are on.
struct Reading {
    doing: Doing,
    readers: u32,
    period: Duration,
    event: Row,
    /// Time between two looks.
    between: Row,
}

const READINGS: [Reading; 5] = [
    Reading {
        doing: Doing::Visit,
        readers: 1,
        period: PERIOD,
        event: rows::SWEPT,
        between: rows::SWEPT_PERIOD,
    },
    Reading {
        doing: Doing::Visit,
        readers: 20,
        period: PERIOD,
        event: rows::SWEPT_BY_20,
        between: rows::SWEPT_BY_20_PERIOD,
    },
    Reading {
        doing: Doing::Sweep,
        readers: 1,
        period: PERIOD,
        event: rows::FOLLOWED,
        between: rows::FOLLOWED_PERIOD,
    },
    Reading {
        doing: Doing::Look,
        readers: 1,
        period: PERIOD,
        event: rows::LOOKED_AT,
        between: rows::LOOKED_AT_PERIOD,
    },
    Reading {
        doing: Doing::Visit,
        readers: 1,
        period: Duration::ZERO,
        event: rows::SPUN_AT,
        between: rows::SPUN_AT_PERIOD,
    },
];

impl SweptLines {
    pub(super) fn new(directory: &Path, places: Places) -> Self {
        Self {
            directory: directory.join("swept"),
            places,
            gate: None,
        }
    }

    /// Each reading by itself: one that was interrupted says nothing about the others.
    fn measure(&mut self, results: &mut Results) -> Result<()> {
        let events = Events::new(event::pool(0, 1)?, BufferType::Dram, 0);
        let path = ttmem_producer::segment_path().context("attached, and yet no segment")?;
        let mut discarded = false;
        for reading in READINGS {
            match self.while_read(&reading, events, &path)? {
                Some(figures) => figures
                    .into_iter()
                    .for_each(|(row, figure)| results.note(row, figure)),
                None => discarded = true,
            }
        }
        if discarded {
            results.count_discarded();
        }
        Ok(())
    }

    /// None if two threads did not run side by side all the time.
    fn while_read(
        &mut self,
        reading: &Reading,
        events: Events,
        segment: &Path,
    ) -> Result<Option<[(Row, Compared); 2]>> {
        let gate = match &mut self.gate {
            Some(gate) => gate,
            none => none.insert(Gate::new(self.places.second)?),
        };
        if !opens_soon(gate) {
            return Ok(None);
        }
        let mut sweeper = Sweeper::new(
            segment,
            reading.doing,
            reading.readers,
            reading.period,
            self.places.second,
        )?;
        let work = || {
            let batches = || (0..BATCHES).for_each(|_| events.batch());
            per_event(batches) / f64::from(BATCHES)
        };
        let Some(figure) = while_busy(work, &mut sweeper) else {
            return Ok(None);
        };
        let between = Compared {
            reference: PERIOD.as_nanos() as f64,
            candidate: sweeper.between() * f64::from(reading.readers),
        };
        // A reader that got no time disturbed nobody. Many of them may have too much to do.
        let starved = reading.readers == 1 && between.ratio() > STARVED;
        // Asked again: it may have closed meanwhile.
        if starved || !gate.is_open() {
            return Ok(None);
        }
        Ok(Some([(reading.event, figure), (reading.between, between)]))
    }
}

/// Waits a little for the machine to let two threads run.
fn opens_soon(gate: &mut Gate) -> bool {
    (0..LOOKS_AT_GATE).any(|look| {
        if look > 0 {
            sleep(BETWEEN_LOOKS);
        }
        gate.is_open()
    })
}

/// Work alone, then while readers are busy: the middle one of several tries of each, since the best
/// would be the one in which they read least. None if something else interrupted the work.
fn while_busy(work: impl Fn() -> f64, readers: &mut Sweeper) -> Option<Compared> {
    let tries = || -> Vec<f64> { (0..TRIES).map(|_| work()).collect() };
    let alone = tries();
    readers.start();
    let read = tries();
    let looks = readers.stop();
    let steady = |all: &[f64]| {
        let best = all.iter().copied().fold(f64::INFINITY, f64::min);
        all.iter().all(|one| *one <= UNSTEADY * best)
    };
    (looks > 0 && steady(&alone) && steady(&read)).then(|| Compared {
        reference: median(alone.into_iter()),
        candidate: median(read.into_iter()),
    })
}

impl Part for SweptLines {
    fn name(&self) -> &'static str {
        "swept"
    }

    fn wants_more(&self, results: &Results, done: u32, wanted: u32) -> bool {
        done < wanted || (results.rounds_of(rows::SWEPT) < wanted as usize && done < 2 * wanted)
    }

    fn round(&mut self, results: &mut Results) -> Result<()> {
        stay_on(self.places.first);
        std::fs::create_dir_all(&self.directory)
            .with_context(|| format!("cannot make {}", self.directory.display()))?;
        event::attach(&self.directory)?;
        let done = self.measure(results);
        detach();
        done
    }
}
