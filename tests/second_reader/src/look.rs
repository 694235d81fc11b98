//! One look at everything, at one moment if the producer gives one (`protocol.md`).

use crate::anatomy::Anatomy;
use crate::judgement;
use crate::live_table::{self, Allocation};
use crate::refusal::Refusal;
use crate::ring::{self, Content};
use crate::source::Source;
use crate::structs::{Chunk, Device, Gauge, Group, Pool, Process, Record, Text};

/// How many looks a running producer gets to pause for one.
const ATTEMPTS: usize = 4;

/// `state` of a process that detached cleanly.
const DETACHED: u32 = 2;

/// What the producer is doing (`life-cycle.md`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum State {
    /// Alive.
    Running,
    /// Killed, or ended without leaving its word.
    Dead,
    /// Ended in good order.
    Exited,
}

/// Copies of every section.
pub(crate) struct Look {
    pub(crate) state: State,
    pub(crate) process: Process,
    pub(crate) devices: Vec<Device>,
    pub(crate) pools: Vec<Pool>,
    pub(crate) groups: Vec<Group>,
    pub(crate) gauges: Vec<Gauge>,
    pub(crate) texts: Vec<Text>,
    pub(crate) live: Vec<Allocation>,
    pub(crate) ring: Vec<Content>,
    /// Whether no event was under way meanwhile.
    pub(crate) quiet: bool,
    /// Whether a slot was left without any way to tell what it was to become.
    pub(crate) undecidable: bool,
    pub(crate) faults: Vec<String>,
}

impl Look {
    /// Whether the producer may still be writing.
    pub(crate) fn running(&self) -> bool {
        self.state == State::Running
    }

    /// The chips a record concerns, as a set.
    pub(crate) fn chips_of(&self, record: &Record) -> u64 {
        self.pools
            .get(usize::from(record.pool))
            .map_or(0, |pool| pool.chips)
    }

    /// Every chip of any pool.
    pub(crate) fn chips(&self) -> Vec<u32> {
        let all = self.pools.iter().fold(0, |all, pool| all | pool.chips);
        crate::names::chips(all)
    }
}

/// Looks until a look is of one moment, but not for ever.
pub(crate) fn look(source: &Source, anatomy: &Anatomy) -> Result<Look, Refusal> {
    let mut latest = glance(source, anatomy)?;
    for _ in 1..ATTEMPTS {
        if latest.quiet || !latest.running() {
            break;
        }
        latest = glance(source, anatomy)?;
    }
    latest.faults = judgement::faults(&latest);
    Ok(latest)
}

fn glance(source: &Source, anatomy: &Anatomy) -> Result<Look, Refusal> {
    let locked = source.locked()?;
    let before = sums(&anatomy.chunks.all(source)?);
    let groups = anatomy.groups.all(source)?;
    let slots = live_table::slots(source, anatomy)?;
    // Behind the live table: an event that began since then shows as a record in flight.
    let ring = ring::contents(source, anatomy)?;
    let gauges = anatomy.gauges.all(source)?;
    let process = anatomy.process.all(source)?[0];
    // What records and entries name was there before them, so it is read after them.
    let pools = anatomy.pools.all(source)?;
    let devices = anatomy.devices.all(source)?;
    let texts = anatomy.texts.all(source)?;
    let after = sums(&anatomy.chunks.all(source)?);

    let state = match (process.state, locked) {
        (DETACHED, _) => State::Exited,
        (_, true) => State::Running,
        (_, false) => State::Dead,
    };
    let unsettled = slots.iter().any(live_table::Slot::unsettled);
    let in_flight = ring.iter().any(|content| content.in_flight.is_some());
    let live = match state {
        State::Running => live_table::live(&slots),
        State::Dead | State::Exited => live_table::live_at_death(&slots, &ring),
    };
    Ok(Look {
        state,
        process,
        devices,
        pools,
        groups,
        gauges,
        texts,
        live,
        ring,
        quiet: before == after && !unsettled && !in_flight,
        undecidable: slots.iter().any(live_table::Slot::undecidable),
        faults: Vec::new(),
    })
}

/// Neither changes unless an event was completed or a chunk opened.
fn sums(chunks: &[Chunk]) -> (u64, u64) {
    chunks.iter().fold((0, 0), |(completed, tickets), chunk| {
        (
            chunk.completed.wrapping_add(completed),
            chunk.ticket.wrapping_add(tickets),
        )
    })
}
