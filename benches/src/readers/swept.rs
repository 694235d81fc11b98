//! A producer at full speed while others read its segment.

use super::rows;
use super::sweeper::{Doing, Sweeper};
use crate::event::{self, Events};
use crate::events::gate::Gate;
use crate::measure::{Compared, disturbed, per_event};
use crate::part::Part;
use crate::places::{Places, stay_on};
use crate::results::Results;
use crate::row::Row;
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use std::time::Duration;
use ttmem_producer::{BufferType, detach};

/// Batches of one try: so long that many sweeps fall into it.
const BATCHES: u32 = 8;
/// From one sweep to the next.
const PERIOD: Duration = Duration::from_millis(1);

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
    between: Option<Row>,
}

const READINGS: [Reading; 5] = [
    Reading {
        doing: Doing::Visit,
        readers: 1,
        period: PERIOD,
        event: rows::SWEPT,
        between: Some(rows::SWEPT_PERIOD),
    },
    Reading {
        doing: Doing::Visit,
        readers: 20,
        period: PERIOD,
        event: rows::SWEPT_BY_20,
        between: Some(rows::SWEPT_BY_20_PERIOD),
    },
    Reading {
        doing: Doing::Sweep,
        readers: 1,
        period: PERIOD,
        event: rows::FOLLOWED,
        between: Some(rows::FOLLOWED_PERIOD),
    },
    Reading {
        doing: Doing::Look,
        readers: 1,
        period: PERIOD,
        event: rows::LOOKED_AT,
        between: Some(rows::LOOKED_AT_PERIOD),
    },
    Reading {
        doing: Doing::Visit,
        readers: 1,
        period: Duration::ZERO,
        event: rows::SPUN_AT,
        between: None,
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

    fn measure(&self) -> Result<Vec<(Row, Compared)>> {
        let events = Events::new(event::pool(0, 1)?, BufferType::Dram, 0);
        let path = ttmem_producer::segment_path().context("attached, and yet no segment")?;
        let work = || {
            let batches = || (0..BATCHES).for_each(|_| events.batch());
            per_event(batches) / f64::from(BATCHES)
        };
        let mut figures = Vec::new();
        for reading in READINGS {
            let mut sweeper = Sweeper::new(
                &path,
                reading.doing,
                reading.readers,
                reading.period,
                self.places.second,
            )?;
            let Some(figure) = disturbed(work, &mut sweeper) else {
                return Ok(Vec::new());
            };
            figures.push((reading.event, figure));
            if let Some(row) = reading.between {
                let between = Compared {
                    reference: reading.period.as_nanos() as f64,
                    candidate: sweeper.between() * f64::from(reading.readers),
                };
                figures.push((row, between));
            }
        }
        Ok(figures)
    }
}

impl Part for SweptLines {
    fn name(&self) -> &'static str {
        "swept"
    }

    fn wants_more(&self, results: &Results, done: u32, wanted: u32) -> bool {
        done < wanted || (results.rounds_of(rows::SWEPT) < wanted as usize && done < 3 * wanted)
    }

    fn round(&mut self, results: &mut Results) -> Result<()> {
        stay_on(self.places.first);
        std::fs::create_dir_all(&self.directory)
            .with_context(|| format!("cannot make {}", self.directory.display()))?;
        let gate = match &mut self.gate {
            Some(gate) => gate,
            none => none.insert(Gate::new(self.places.second)?),
        };
        if !gate.is_open() {
            results.count_discarded();
            return Ok(());
        }
        event::attach(&self.directory)?;
        let figures = self.measure();
        detach();
        let figures = figures?;
        let still_open = self.gate.as_mut().is_some_and(Gate::is_open);
        if figures.is_empty() || !still_open {
            results.count_discarded();
            return Ok(());
        }
        for (row, figure) in figures {
            results.note(row, figure);
        }
        Ok(())
    }
}
