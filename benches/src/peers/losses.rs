//! How many messages found no room, by line.

use crate::row::Row;

/// What was counted over all rounds.
#[derive(Default)]
pub(super) struct Losses {
    counted: Vec<Counted>,
}

struct Counted {
    name: &'static str,
    sent: u64,
    lost: u64,
}

impl Losses {
    /// Counts that of `sent` messages so many arrived.
    pub(super) fn count(&mut self, row: Row, sent: u64, arrived: u64) {
        let lost = sent - arrived;
        match self.counted.iter_mut().find(|one| one.name == row.name) {
            Some(one) => {
                one.sent += sent;
                one.lost += lost;
            }
            None => self.counted.push(Counted {
                name: row.name,
                sent,
                lost,
            }),
        }
    }

    /// The share that was lost, for people.
    pub(super) fn of(&self, row: Row) -> String {
        let counted = self.counted.iter().find(|one| one.name == row.name);
        counted.map_or_else(
            || "not measured".to_owned(),
            |one| format!("{:.1} %", 100.0 * one.lost as f64 / one.sent as f64),
        )
    }
}
