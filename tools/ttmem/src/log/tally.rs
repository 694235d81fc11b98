//! What a log has shown so far.

use super::{Item, Logged, Loss};
use crate::quantity::{count, counted, size};
use std::collections::BTreeMap;
use ttmem_layout::{Kind, flags};

/// Totals over everything that went by.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    kinds: BTreeMap<Kind, u64>,
    allocated: u64,
    freed: u64,
    unknown_frees: u64,
    double_frees: u64,
    replaced: u64,
    overflows: u64,
    /// Records that were not there to be shown.
    pub(crate) lost: u64,
}

impl Tally {
    /// Takes one thing in.
    pub(crate) fn take(&mut self, item: &Item) {
        match item {
            Item::Event(logged) => self.event(logged),
            // What was gone before we came is no loss of ours.
            Item::Lost(_, Loss::Older, _) | Item::Gone(..) => {}
            Item::Lost(_, _, records) => self.lost += records,
        }
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
        if event.takes_effect() {
            let bytes = event.occupied().saturating_mul(event.chips.len().into());
            let side = if event.kind.is_alloc() {
                &mut self.allocated
            } else {
                &mut self.freed
            };
            *side = side.saturating_add(bytes);
        }
    }

    /// For people, on one line.
    pub(crate) fn sentence(&self) -> String {
        let events = self.kinds.values().sum();
        let mut line = format!("{} shown", counted(events, "event"));
        for (at, (kind, number)) in self.kinds.iter().enumerate() {
            line.push_str(if at == 0 { ": " } else { ", " });
            line.push_str(&format!("{} {}", count(*number), kind.name()));
        }
        if self.allocated > 0 || self.freed > 0 {
            let (up, down) = (size(self.allocated), size(self.freed));
            line.push_str(&format!("; {up} allocated, {down} freed on all devices"));
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
        match self.lost {
            0 => line.push_str("; nothing lost"),
            lost => line.push_str(&format!("; LOST {}", counted(lost, "record"))),
        }
        line
    }
}
