//! What a log has shown so far.

use super::{Item, Logged, Loss};
use crate::quantity::{count, counted, size};
use crate::view::memory_name;
use std::collections::BTreeMap;
use ttmem_layout::{Kind, Memory, flags};

/// Totals over everything that went by.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally {
    kinds: BTreeMap<Kind, u64>,
    /// Bytes that came and went, by memory: those of different memories are never added up.
    moved: BTreeMap<Memory, (u64, u64)>,
    unknown_frees: u64,
    double_frees: u64,
    replaced: u64,
    overflows: u64,
    /// Events that were not asked for.
    unwanted: u64,
    /// Records that were not there to be shown.
    lost: u64,
    /// Events that have no record because their producer refused them.
    rejected: u64,
}

impl Tally {
    /// Takes one thing in.
    pub(crate) fn take(&mut self, item: &Item) {
        match item {
            Item::Event(logged) => self.event(logged),
            // What was gone before we came is no loss of ours.
            Item::Lost(_, Loss::Older, _) | Item::Gone(..) => {}
            Item::Lost(_, Loss::Rejected, events) => self.rejected += events,
            Item::Lost(_, _, records) => self.lost += records,
        }
    }

    /// Takes in an event that is not shown: the totals are those of all.
    pub(crate) fn take_unwanted(&mut self, item: &Item) {
        self.take(item);
        self.unwanted += 1;
    }

    /// Whether something happened that there is no record of, or none any more.
    pub(crate) const fn is_short(&self) -> bool {
        self.lost > 0 || self.rejected > 0
    }

    fn event(&mut self, logged: &Logged) {
        let event = &logged.event;
        *self.kinds.entry(event.kind).or_default() += 1;
        let has = |bit| u64::from(event.flags & bit != 0);
        if event.kind.is_free() || event.kind.is_alloc() {
            self.unknown_frees += has(flags::UNKNOWN_FREE);
            self.double_frees += has(flags::DOUBLE_FREE);
            self.replaced += has(flags::REPLACED);
            self.overflows += has(flags::LIVE_OVERFLOW);
        }
        if let Some(memory) = event.buffer_type.filter(|_| event.takes_effect()) {
            let bytes = event.occupied().saturating_mul(event.chips.len().into());
            let (allocated, freed) = self.moved.entry(memory.memory()).or_default();
            let side = if event.kind.is_alloc() {
                allocated
            } else {
                freed
            };
            *side = side.saturating_add(bytes);
        }
    }

    /// For people, on one line.
    pub(crate) fn sentence(&self) -> String {
        let events: u64 = self.kinds.values().sum();
        let (mut line, first) = match self.unwanted {
            0 => (format!("{} shown", counted(events, "event")), ": "),
            unwanted => {
                let shown = count(events - unwanted);
                let line = format!("{shown} of {} shown", counted(events, "event"));
                (line, "; in all of them ")
            }
        };
        for (at, (kind, number)) in self.kinds.iter().enumerate() {
            line.push_str(if at == 0 { first } else { ", " });
            line.push_str(&format!("{} {}", count(*number), kind.name()));
        }
        for (memory, (allocated, freed)) in &self.moved {
            let name = memory_name(*memory);
            line.push_str(&format!("; {name} +{} -{}", size(*allocated), size(*freed)));
        }
        let wrong = [
            (self.unknown_frees, "unknown free"),
            (self.double_frees, "double free"),
            (self.replaced, "replacement without free"),
            (self.overflows, "event in no total"),
        ];
        for (number, name) in wrong {
            if number > 0 {
                line.push_str(&format!("; {}", counted(number, name)));
            }
        }
        let records = || counted(self.lost, "record");
        let rejected = || counted(self.rejected, "event");
        line.push_str(&match (self.lost, self.rejected) {
            (0, 0) => "; nothing lost".to_owned(),
            (_, 0) => format!("; LOST {}", records()),
            (0, _) => format!("; no record lost, but {} rejected", rejected()),
            (_, _) => format!("; LOST {}; {} rejected", records(), rejected()),
        });
        line
    }
}
