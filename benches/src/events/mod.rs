//! What an event costs: each line back to back with what it is compared to.

pub(crate) mod c_abi;
mod cold;
mod crowd;
pub(crate) mod forms;
pub(crate) mod gate;
pub(crate) mod peer;
mod rows;
pub(crate) mod segments;

use crate::event::{self, Events};
use crate::floor::Floor;
use crate::measure::{Compared, TRIES, back_to_back, disturbed, per_event, time};
use crate::opponent::ThreadOpponent;
use crate::pages::create_and_populate;
use crate::part::Part;
use crate::places::{Places, stay_on};
use crate::results::Results;
use crate::row::Row;
use anyhow::Result;
use c_abi::CLibrary;
use cold::Cold;
use crowd::Crowd;
use forms::Forms;
use gate::{Gate, timestamps};
use peer::Peer;
use segments::{ELSEWHERE, Meshes, Segment};
use std::path::Path;
use ttmem_layout::Plan;
use ttmem_producer::detach;

/// What lives through all rounds.
pub(crate) struct EventLines<'a> {
    directory: &'a Path,
    floor: Floor,
    gate: Gate,
    peer: Peer,
    crowd: Crowd,
    c_library: CLibrary,
    cold: Cold,
    places: Places,
    plan: Plan,
}

impl<'a> EventLines<'a> {
    pub(crate) fn new(directory: &'a Path) -> Result<Self> {
        let places = Places::allowed();
        stay_on(places.first);
        let floor = Floor::new(directory)?;
        floor.prepare(0);
        floor.prepare(ELSEWHERE);
        let plan = Plan::new(Plan::DEFAULT_RING_RECORDS, Plan::DEFAULT_LIVE_SLOTS)
            .map_err(|_| anyhow::anyhow!("the default sizes are out of range"))?;
        Ok(Self {
            directory,
            floor,
            gate: Gate::new(places.second)?,
            peer: Peer::new(directory, places.second)?,
            crowd: Crowd::new(directory, [places.first, places.second])?,
            c_library: CLibrary::load()?,
            cold: Cold::new(),
            places,
            plan,
        })
    }

    fn to_floor(&self, row: Row, candidate: impl Fn(), results: &mut Results) {
        let floor = || per_event(|| self.floor.batch(0));
        results.note(row, back_to_back(floor, || per_event(&candidate)));
    }

    /// The parts of the floor.
    fn probes(&self, results: &mut Results) {
        self.to_floor(rows::TIMESTAMP, timestamps, results);
        self.to_floor(rows::STORE, || self.floor.stores(), results);
        self.to_floor(rows::XADD, || self.floor.adds(), results);
        self.to_floor(rows::CAS, || self.floor.swaps(), results);
    }

    fn c_abi(&mut self, results: &mut Results) -> Result<()> {
        self.to_floor(rows::OFF_C_ABI, || self.c_library.batch(), results);
        self.c_library.attach(self.directory)?;
        self.to_floor(rows::C_ABI, || self.c_library.batch(), results);
        self.c_library.detach();
        Ok(())
    }

    /// What a program pays once.
    fn attach(&self, results: &mut Results) -> Result<()> {
        let mut best = Compared {
            reference: f64::INFINITY,
            candidate: f64::INFINITY,
        };
        for _ in 0..TRIES {
            let mut made = Ok(None);
            let bare = time(|| {
                made = create_and_populate(self.directory, self.plan.segment_size()).map(Some);
            });
            drop(made?);
            let mut done = Ok(());
            let attach = time(|| done = event::attach(self.directory));
            done?;
            detach();
            best.reference = best.reference.min(bare);
            best.candidate = best.candidate.min(attach);
        }
        results.note(rows::ATTACH, best);
        Ok(())
    }

    /// Meshes whose chips others allocate on singly: each chip has counters of its own.
    fn split(&self, results: &mut Results) -> Result<()> {
        let segment = Segment::attach(self.directory, Meshes::Split)?;
        for (row, mesh) in [
            (rows::SPLIT_8, segment.mesh_8),
            (rows::SPLIT_32, segment.mesh_32),
        ] {
            results.note(row, one_chip_and(segment.chip, mesh));
        }
        detach();
        Ok(())
    }

    /// Events of the other sorts.
    fn forms(&self, results: &mut Results) -> Result<()> {
        let forms = Forms::attach(self.directory)?;
        self.to_floor(rows::CIRCULAR_BUFFERS, || forms.circular_buffers(), results);
        self.to_floor(rows::KERNELS, || forms.kernels(), results);
        self.to_floor(rows::REFERENCES, || forms.references(), results);
        self.to_floor(rows::BAD_FREES, || forms.bad_frees(), results);
        self.to_floor(rows::MARKS, || forms.marks(), results);
        detach();
        Ok(())
    }

    fn whole(&mut self, results: &mut Results) -> Result<()> {
        let segment = Segment::attach(self.directory, Meshes::Whole)?;
        self.to_floor(rows::DRAM, || segment.chip.batch(), results);
        self.to_floor(rows::L1, || segment.l1.batch(), results);
        self.cold.renew();
        results.note(rows::COLD, self.cold.compare(self.floor, segment.chip));
        results.note(
            rows::COLD_AGAIN,
            self.cold.compare(self.floor, segment.chip),
        );
        results.note(rows::MESH_8, one_chip_and(segment.chip, segment.mesh_8));
        results.note(rows::MESH_32, one_chip_and(segment.chip, segment.mesh_32));
        self.two_producers(&segment, results)?;
        detach();
        Ok(())
    }

    fn two_producers(&mut self, segment: &Segment, results: &mut Results) -> Result<()> {
        if !self.gate.is_open() {
            results.count_discarded();
            return Ok(());
        }
        let floor = self.floor;
        let on = self.places.second;
        let mut sharer = ThreadOpponent::new(on, move || floor.batch(ELSEWHERE))?;
        let mut apart = reporter(on, segment.other_chip)?;
        let mut together = reporter(on, segment.same_chip)?;
        let event = || per_event(|| segment.chip.batch());
        let figures = [
            (
                rows::FLOOR_TWO_THREADS,
                disturbed(|| per_event(|| floor.batch(0)), &mut sharer),
            ),
            (rows::APART, disturbed(event, &mut apart)),
            (rows::TOGETHER, disturbed(event, &mut together)),
            (rows::PROCESSES, disturbed(event, &mut self.peer)),
        ];
        // Asked again: it may have closed meanwhile.
        let valid = self.gate.is_open() && figures.iter().all(|(_, figure)| figure.is_some());
        if !valid {
            results.count_discarded();
            return Ok(());
        }
        for (row, figure) in figures {
            if let Some(figure) = figure {
                results.note(row, figure);
            }
        }
        Ok(())
    }
}

impl Part for EventLines<'_> {
    fn name(&self) -> &'static str {
        "events"
    }

    /// Two producers need two processors at once, which a shared machine does not always have.
    fn wants_more(&self, results: &Results, done: u32, wanted: u32) -> bool {
        let with_two = results.rounds_of(rows::PROCESSES);
        done < wanted || (with_two < wanted as usize && done < 3 * wanted)
    }

    /// One round with one producer, and one with two if the machine lets two threads run.
    fn round(&mut self, results: &mut Results) -> Result<()> {
        self.probes(results);
        self.to_floor(rows::OFF, || Events::switched_off().batch(), results);
        self.c_abi(results)?;
        self.attach(results)?;
        self.split(results)?;
        self.forms(results)?;
        self.whole(results)?;
        results.note(rows::CROWD, self.crowd.compare()?);
        Ok(())
    }
}

/// An event on one chip, and one on a mesh.
fn one_chip_and(chip: Events, mesh: Events) -> Compared {
    back_to_back(|| per_event(|| chip.batch()), || per_event(|| mesh.batch()))
}

fn reporter(place: usize, events: Events) -> Result<ThreadOpponent> {
    Ok(ThreadOpponent::new(place, move || events.batch())?)
}
