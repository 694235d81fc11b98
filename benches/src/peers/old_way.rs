//! The old way: clients that send each event to a server.
//!
//! What is measured is the time of a burst, or of the calls, divided by the messages that arrived: a call
//! that drops its message is cheap and tells nobody anything.

use super::child::start;
use super::comparison::{Comparison, Ours, compare};
use super::losses::Losses;
use super::paced::{self, per_paced_event};
use super::rows;
use super::sender::{Full, Sender};
use crate::child::Child;
use crate::events::gate::Gate;
use crate::events::segments::ELSEWHERE;
use crate::measure::{Compared, TRIES, disturbed, per_event, time};
use crate::opponent::{Opponent, ThreadOpponent};
use crate::places::Places;
use crate::results::Results;
use crate::row::Row;
use crate::workload::EVENTS;
use anyhow::{Context, Result};
use std::cell::Cell;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::thread::sleep;
use std::time::Duration;

/// Clients of all sorts, and the server, which goes last.
pub(super) struct OldWay {
    stream: Arc<Sender>,
    waiting: Sender,
    datagram: Sender,
    same_socket: ThreadOpponent,
    own_socket: ThreadOpponent,
    gate: Gate,
    places: Places,
    losses: Losses,
    _server: Child,
}

impl OldWay {
    pub(super) fn start(directory: &Path, places: Places) -> Result<Self> {
        let own = std::env::current_exe().context("cannot find this program's own file")?;
        let on = places.second;
        let mut server = Command::new(own);
        server.arg("collector").arg(directory).arg(on.to_string());
        let server = start(&mut server, directory, "collector")?;
        let stream = Arc::new(Sender::stream(directory, Full::Drop)?);
        let same = Arc::clone(&stream);
        let other = Sender::stream(directory, Full::Drop)?;
        Ok(Self {
            stream,
            waiting: Sender::stream(directory, Full::Wait)?,
            datagram: Sender::datagram(directory)?,
            same_socket: ThreadOpponent::new(on, move || _ = same.batch(ELSEWHERE))?,
            own_socket: ThreadOpponent::new(on, move || _ = other.batch(ELSEWHERE))?,
            gate: Gate::new(on)?,
            places,
            losses: Losses::default(),
            _server: server,
        })
    }

    /// A client and its server need two processors at once. If the machine does not have them for half a
    /// second, they have to do with what there is.
    fn wait_for_two_processors(&mut self) {
        for _ in 0..20 {
            if self.gate.is_open() {
                return;
            }
            sleep(Duration::from_millis(25));
        }
    }

    fn bursts(&mut self, ours: &Ours, results: &mut Results) -> Result<()> {
        let event = || per_event(|| ours.chip.batch());
        let floor = || per_event(|| ours.floor.batch(0));
        let bursts: [(Row, &Sender, &dyn Fn() -> f64); 4] = [
            (rows::STREAM, &self.stream, &event),
            (rows::FLOOR_STREAM, &self.stream, &floor),
            (rows::STREAM_WAITING, &self.waiting, &event),
            (rows::DATAGRAM, &self.datagram, &event),
        ];
        for (row, sender, ours) in bursts {
            let burst = || {
                let (time, arrived) = burst(sender);
                self.losses.count(row, EVENTS, arrived);
                sender.drain()?;
                Ok(time / arrived.max(1) as f64)
            };
            compare(row, results, burst, ours)?;
        }
        let calls = || {
            let (time, _) = burst(&self.stream);
            self.stream.drain()?;
            Ok(time / EVENTS as f64)
        };
        compare(rows::STREAM_CALL, results, calls, event)
    }

    fn paced(&mut self, ours: &Ours, results: &mut Results) -> Result<()> {
        let senders: [(Row, &Sender); 2] = [
            (rows::STREAM_PACED, &self.stream),
            (rows::DATAGRAM_PACED, &self.datagram),
        ];
        for (row, sender) in senders {
            let arrived = Cell::new(0);
            let count = |sent| arrived.set(arrived.get() + u64::from(sent));
            let slowly = || {
                let time =
                    per_paced_event(|at| count(sender.begin(at)), |at| count(sender.end(at)));
                sender.drain()?;
                Ok(time)
            };
            let event = || per_paced_event(|at| ours.chip.begin(at), |at| ours.chip.end(at));
            compare(row, results, slowly, event)?;
            let sent = TRIES as u64 * paced::COUNT;
            self.losses.count(row, sent, arrived.get());
        }
        Ok(())
    }

    /// Two threads that send, beside two that report to ttmem.
    fn two_threads(&mut self, ours: &Ours, results: &mut Results) -> Result<()> {
        let other = ours.other_chip;
        let mut reporter = ThreadOpponent::new(self.places.second, move || other.batch())?;
        let open = self.gate.is_open();
        let event = disturbed(|| per_event(|| ours.chip.batch()), &mut reporter);
        let (Some(event), true) = (event, open && self.gate.is_open()) else {
            results.count_discarded();
            return Ok(());
        };
        for (row, opponent) in [
            (rows::STREAM_TWO_THREADS, &mut self.same_socket),
            (rows::STREAM_TWO_CLIENTS, &mut self.own_socket),
        ] {
            let mut reference = f64::INFINITY;
            opponent.start();
            for _ in 0..TRIES {
                let (time, arrived) = burst(&self.stream);
                self.losses.count(row, EVENTS, arrived);
                reference = reference.min(time / arrived.max(1) as f64);
            }
            opponent.stop();
            self.stream.drain()?;
            let candidate = event.candidate;
            results.note(
                row,
                Compared {
                    reference,
                    candidate,
                },
            );
        }
        Ok(())
    }
}

/// Nanoseconds a burst takes, and how many of its messages arrived.
fn burst(sender: &Sender) -> (f64, u64) {
    let mut arrived = 0;
    let time = time(|| arrived = sender.batch(0));
    (time, arrived)
}

impl Comparison for OldWay {
    fn round(&mut self, ours: &Ours, results: &mut Results) -> Result<()> {
        self.wait_for_two_processors();
        self.bursts(ours, results)?;
        self.two_threads(ours, results)?;
        self.paced(ours, results)
    }

    fn finish(&self, results: &mut Results) {
        let lost = |row| self.losses.of(row);
        results.remark(format!(
            "Lost by the old way in bursts of {EVENTS} events: {} of the messages over the stream, {} of the \
             datagrams; beside a thread that sends all the time too, {} on the same socket, {} on its own; \
             of events 20 µs apart, {} and {}.",
            lost(rows::STREAM),
            lost(rows::DATAGRAM),
            lost(rows::STREAM_TWO_THREADS),
            lost(rows::STREAM_TWO_CLIENTS),
            lost(rows::STREAM_PACED),
            lost(rows::DATAGRAM_PACED),
        ));
    }
}
