//! Figures that are counts: system calls of an event, and records nobody can account for.

mod silence;

pub(crate) use silence::serve;

use crate::event::{self, Events};
use crate::measure::Compared;
use crate::part::Part;
use crate::results::Results;
use crate::row::Row;
use crate::workload::EVENTS;
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use ttmem_layout::loss;
use ttmem_producer::{BufferType, detach};
use ttmem_reader::{Segment, Start};

const SYSTEM_CALLS: Row = Row::new("system calls, if any", "an event").goal(0.0, 0.0);
const LOST: Row = Row::new("records not accounted for", "records written").goal(0.0, 0.0);

/// Batches of the storm: several rings full.
const BATCHES: u64 = 16;

/// The part.
pub(crate) struct AccountLines {
    directory: PathBuf,
}

impl AccountLines {
    pub(crate) fn new(directory: &Path) -> Self {
        Self {
            directory: directory.to_owned(),
        }
    }

    /// Writes the ring over several times and asks a reader where everything is.
    fn unaccounted(&self) -> Result<Compared> {
        event::attach(&self.directory)?;
        let events = Events::new(event::pool(0, 1)?, BufferType::Dram, 0);
        for _ in 0..BATCHES {
            events.batch();
        }
        let path = ttmem_producer::segment_path().context("attached, and yet no segment")?;
        let segment = Segment::open(&path)?;
        let losses = segment.glance()?.losses;
        let mut held = 0;
        let visit = segment
            .cursor(Start::Oldest)?
            .visit(&segment, |_, _| held += 1)?;
        detach();
        let written = BATCHES * EVENTS + Events::PREPARED;
        let known = held
            + losses.records_overwritten
            + losses.counts[loss::RECORDS_DROPPED]
            + visit.lost
            + visit.senseless;
        Ok(Compared {
            reference: written as f64,
            candidate: written.abs_diff(known) as f64,
        })
    }
}

impl Part for AccountLines {
    fn name(&self) -> &'static str {
        "account"
    }

    /// Counts do not vary.
    fn wants_more(&self, _: &Results, done: u32, wanted: u32) -> bool {
        done < wanted.min(1)
    }

    fn round(&mut self, results: &mut Results) -> Result<()> {
        if let Some(calls) = silence::system_calls(&self.directory)? {
            let candidate = f64::from(calls);
            results.note(
                SYSTEM_CALLS,
                Compared {
                    reference: 1.0,
                    candidate,
                },
            );
        } else {
            results.remark("System calls were not looked for: this kernel has no seccomp.".into());
        }
        results.note(LOST, self.unaccounted()?);
        Ok(())
    }
}
