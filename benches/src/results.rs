//! What the rounds found, and how it is shown.

use crate::measure::{Compared, median};
use crate::rows::{ALL, Row};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Every comparison of every round, by the name of its line.
#[derive(Default)]
pub(crate) struct Results {
    rounds: u32,
    discarded: u32,
    compared: BTreeMap<&'static str, Vec<Compared>>,
}

/// One line, over all rounds.
struct Summary {
    row: Row,
    rounds: usize,
    ns: f64,
    reference_ns: f64,
    ratio: f64,
}

impl Results {
    pub(crate) fn count_round(&mut self) {
        self.rounds += 1;
    }

    /// Rounds, and how many of them have two-producer figures.
    pub(crate) const fn rounds(&self) -> (u32, u32) {
        (self.rounds, self.rounds - self.discarded)
    }

    /// Two-producer figures of a round were thrown away.
    pub(crate) fn count_discarded(&mut self) {
        self.discarded += 1;
    }

    pub(crate) fn note(&mut self, row: Row, compared: Compared) {
        self.compared.entry(row.name).or_default().push(compared);
    }

    fn summaries(&self) -> impl Iterator<Item = Summary> {
        ALL.into_iter().filter_map(|row| {
            let all = self.compared.get(row.name)?;
            Some(Summary {
                row,
                rounds: all.len(),
                ns: median(all.iter().map(|one| one.candidate)),
                reference_ns: median(all.iter().map(|one| one.reference)),
                ratio: median(all.iter().map(|one| one.ratio())),
            })
        })
    }

    /// The table, in Markdown: what is printed is what the README quotes.
    pub(crate) fn table(&self) -> String {
        let mut text = String::from(
            "| | ns | to | ns | ratio | at most | aim | rounds |\n|---|--:|---|--:|--:|--:|--:|--:|\n",
        );
        for line in self.summaries() {
            let goal = line.row.goal.map_or_else(
                || " | ".to_owned(),
                |goal| format!("{} | {}", goal.at_most, goal.aim),
            );
            text += &format!(
                "| {} | {} | {} | {} | {:.2} | {goal} | {} |\n",
                line.row.name,
                plain(line.ns),
                line.row.against,
                plain(line.reference_ns),
                line.ratio,
                line.rounds,
            );
        }
        text += &format!(
            "\n{} rounds; in {} of them two threads did not run side by side, and their figures are discarded.\n",
            self.rounds, self.discarded
        );
        text
    }

    pub(crate) fn json(&self) -> Value {
        let goals: Vec<Value> = self
            .summaries()
            .filter_map(|line| {
                let goal = line.row.goal?;
                Some(json!({
                    "name": line.row.name, "ratio": line.ratio,
                    "at_most": goal.at_most, "aim": goal.aim,
                }))
            })
            .collect();
        let rows: Vec<Value> = self
            .summaries()
            .map(|line| {
                json!({
                    "name": line.row.name, "ns": line.ns, "against": line.row.against,
                    "against_ns": line.reference_ns, "ratio": line.ratio, "rounds": line.rounds,
                })
            })
            .collect();
        json!({
            "goals": goals, "rows": rows,
            "rounds": self.rounds, "rounds_discarded": self.discarded,
        })
    }
}

/// Three digits that mean something.
fn plain(ns: f64) -> String {
    match ns {
        ns if ns < 10.0 => format!("{ns:.2}"),
        ns if ns < 100.0 => format!("{ns:.1}"),
        ns => format!("{ns:.0}"),
    }
}
