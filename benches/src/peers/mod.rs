//! What there was before ttmem, and what else there is: each told of the same events, back to back with
//! ttmem. What this machine does not have is left out, and said so.

mod child;
pub(crate) mod collector;
mod comparison;
pub(crate) mod compile;
mod debug_log;
mod losses;
mod lttng;
mod message;
mod old_way;
mod paced;
mod rows;
mod sender;
mod tracker;

use crate::event;
use crate::floor::Floor;
use crate::part::Part;
use crate::places::{Places, stay_on};
use crate::results::Results;
use anyhow::{Context, Result};
use comparison::{Comparison, Ours};
use debug_log::DebugLog;
use lttng::Lttng;
use old_way::OldWay;
use std::path::Path;
use tempfile::TempDir;
use tracker::{Cluster, Rig};
use ttmem_producer::detach;

/// Rounds that are enough: each takes a second or two.
const ROUNDS: u32 = 15;

/// What lives through all rounds. The peers are started in the first one, and go before their directory.
pub(crate) struct PeerLines<'a> {
    directory: &'a Path,
    places: Places,
    started: Option<Started>,
}

struct Started {
    peers: Vec<Peer>,
    floor: Floor,
    _built: TempDir,
}

struct Peer {
    name: &'static str,
    comparison: Box<dyn Comparison>,
}

impl<'a> PeerLines<'a> {
    pub(crate) const fn new(directory: &'a Path, places: Places) -> Self {
        Self {
            directory,
            places,
            started: None,
        }
    }

    fn start(&self, results: &mut Results) -> Result<Started> {
        // Programs are built here: where segments are, nothing may be executable.
        let built = tempfile::Builder::new()
            .prefix("ttmem-peers.")
            .tempdir()
            .context("cannot make a directory for the peers")?;
        let at = built.path();
        let mut peers = Peers {
            peers: Vec::new(),
            results,
        };
        peers.add("The old way", OldWay::start(at, self.places));
        peers.add("The debug log", DebugLog::new(self.directory));
        match Lttng::start(at) {
            Ok(None) => peers.lack(
                "LTTng-UST is not installed (Debian: lttng-tools liblttng-ust-dev): its line is left out",
            ),
            Ok(Some(lttng)) => peers.add("LTTng-UST", Ok(lttng)),
            Err(error) => peers.add::<Lttng>("LTTng-UST", Err(error)),
        }
        match Rig::find(at) {
            Ok(None) => peers.lack(
                "TTMEM_TTNN_RIG names no directory made by tests/ttnn/setup.sh: the lines of the runtime's \
                 own tracker are left out",
            ),
            Ok(Some(rig)) => {
                peers.add("The runtime's tracker, 1 chip", rig.open(Cluster::OneChip));
                peers.add("The runtime's tracker, 8 chips", rig.open(Cluster::EightChips));
            }
            Err(error) => peers.add::<tracker::Tracker>("The runtime's tracker", Err(error)),
        }
        let floor = Floor::new(self.directory)?;
        floor.prepare(0);
        Ok(Started {
            peers: peers.peers,
            floor,
            _built: built,
        })
    }
}

/// The peers there are, and the reasons why others are not.
struct Peers<'a> {
    peers: Vec<Peer>,
    results: &'a mut Results,
}

impl Peers<'_> {
    fn add<T: Comparison + 'static>(&mut self, name: &'static str, started: Result<T>) {
        match started {
            Ok(peer) => self.peers.push(Peer {
                name,
                comparison: Box::new(peer),
            }),
            Err(error) => self.lack(&format!("{name} is left out: {error:#}")),
        }
    }

    fn lack(&mut self, reason: &str) {
        self.results.remark(format!("{reason}."));
    }
}

impl Part for PeerLines<'_> {
    fn name(&self) -> &'static str {
        "peers"
    }

    fn wants_more(&self, _: &Results, done: u32, wanted: u32) -> bool {
        done < wanted.min(ROUNDS)
    }

    fn round(&mut self, results: &mut Results) -> Result<()> {
        stay_on(self.places.first);
        let mut started = match self.started.take() {
            Some(started) => started,
            None => self.start(results)?,
        };
        event::attach(self.directory)?;
        let ours = Ours::prepare(started.floor)?;
        started
            .peers
            .retain_mut(|peer| match peer.comparison.round(&ours, results) {
                Ok(()) => true,
                Err(error) => {
                    let name = peer.name;
                    results.remark(format!("{name} was given up after some rounds: {error:#}."));
                    false
                }
            });
        detach();
        self.started = Some(started);
        Ok(())
    }

    fn finish(&mut self, results: &mut Results) {
        if let Some(started) = self.started.take() {
            for peer in &started.peers {
                peer.comparison.finish(results);
            }
        }
    }
}
