//! Whole programs: the real runtime's own loops on a mock cluster, watched by nobody, by ttmem, and by
//! the runtime's own tracker; and the preload library's wrappers alone, on the runtime's objects.

mod cluster;
mod observed;
mod program;
mod reader;
mod rig;
mod rows;
mod watched;

use crate::floor::Floor;
use crate::optional::Optional;
use crate::part::Part;
use crate::places::{Places, stay_on};
use crate::results::Results;
use anyhow::Result;
use cluster::{Cluster, EIGHT_CHIPS, ONE_CHIP};
use observed::Observed;
use rig::Rig;
use std::path::{Path, PathBuf};

/// Rounds that are enough: each takes seconds.
const ROUNDS: u32 = 11;

/// The parts, one for each cluster: the programs of one go before those of the other are started.
pub(crate) fn parts<'a>(
    directory: &Path,
    places: Places,
) -> impl Iterator<Item = Box<dyn Part + 'a>> {
    [ONE_CHIP, EIGHT_CHIPS].into_iter().map(move |cluster| {
        let lines = ProgramLines {
            segments: directory.join(cluster.name),
            cluster,
            places,
            started: None,
        };
        Box::new(Optional::new(lines)) as Box<dyn Part>
    })
}

/// The programs are started in the first round.
struct ProgramLines {
    segments: PathBuf,
    cluster: Cluster,
    places: Places,
    started: Option<(Observed, Floor, Rig)>,
}

impl ProgramLines {
    fn start(&self) -> Result<(Observed, Floor, Rig)> {
        let rig = Rig::find(&self.segments)?;
        // The programs too: their loops are the work of one thread, and the reader is not to be in its way.
        stay_on(self.places.first);
        let floor = Floor::new(&self.segments)?;
        floor.prepare(0);
        let programs = Observed::start(&rig, &self.cluster, self.places.second)?;
        Ok((programs, floor, rig))
    }
}

impl Part for ProgramLines {
    fn name(&self) -> &'static str {
        "programs"
    }

    fn wants_more(&self, _results: &Results, done: u32, wanted: u32) -> bool {
        done < wanted.min(ROUNDS)
    }

    fn round(&mut self, results: &mut Results) -> Result<()> {
        let started = match self.started.take() {
            Some(started) => started,
            None => self.start()?,
        };
        let (programs, floor, _) = self.started.insert(started);
        for one in self.cluster.loops {
            programs.go_round(one, *floor, results)?;
        }
        programs.hook(&self.cluster.hook, *floor, results)
    }
}
