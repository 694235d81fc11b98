//! What the rounds found, and how it is shown.

use crate::measure::{Compared, median};
use crate::row::Row;
use serde_json::{Value, json};
use std::fmt::Write as _;

/// Every comparison of every round.
#[derive(Default)]
pub(crate) struct Results {
    lines: Vec<Line>,
    remarks: Vec<String>,
    discarded: u32,
}

/// One line, with what each round found.
struct Line {
    row: Row,
    compared: Vec<Compared>,
}

impl Line {
    fn ns(&self) -> f64 {
        median(self.compared.iter().map(|one| one.candidate))
    }

    fn reference_ns(&self) -> f64 {
        median(self.compared.iter().map(|one| one.reference))
    }

    fn ratio(&self) -> f64 {
        median(self.compared.iter().map(|one| one.ratio()))
    }
}

impl Results {
    /// Notes what one round found on a line. Lines are shown in the order in which they first come.
    pub(crate) fn note(&mut self, row: Row, compared: Compared) {
        match self.lines.iter_mut().find(|line| line.row.name == row.name) {
            Some(line) => line.compared.push(compared),
            None => self.lines.push(Line {
                row,
                compared: vec![compared],
            }),
        }
    }

    /// How many rounds have a figure on this line.
    pub(crate) fn rounds_of(&self, row: Row) -> usize {
        let line = self.lines.iter().find(|line| line.row.name == row.name);
        line.map_or(0, |line| line.compared.len())
    }

    /// A figure that is no time, or a reason why there is none: shown below the table, once.
    pub(crate) fn remark(&mut self, sentence: String) {
        if !self.remarks.contains(&sentence) {
            self.remarks.push(sentence);
        }
    }

    /// Two-producer figures of a round were thrown away.
    pub(crate) const fn count_discarded(&mut self) {
        self.discarded += 1;
    }

    /// The table, in Markdown: what is printed is what the README quotes.
    pub(crate) fn table(&self) -> String {
        let mut text = String::from(
            "| | ns | to | ns | ratio | at most | aim | rounds |\n|---|--:|---|--:|--:|--:|--:|--:|\n",
        );
        for line in &self.lines {
            let goal = line.row.goal.map_or_else(
                || " | ".to_owned(),
                |goal| format!("{} | {}", plain(goal.at_most), plain(goal.aim)),
            );
            let _ = writeln!(
                text,
                "| {} | {} | {} | {} | {} | {goal} | {} |",
                line.row.name,
                plain(line.ns()),
                line.row.against,
                plain(line.reference_ns()),
                plain(line.ratio()),
                line.compared.len(),
            );
        }
        let _ = writeln!(
            text,
            "\nIn {} rounds two threads did not run side by side: figures that need two are discarded there.",
            self.discarded
        );
        for remark in &self.remarks {
            let _ = writeln!(text, "- {remark}");
        }
        text
    }

    /// The same for machines.
    pub(crate) fn json(&self) -> Value {
        let goals: Vec<Value> = self
            .lines
            .iter()
            .filter_map(|line| {
                let goal = line.row.goal?;
                Some(json!({
                    "name": line.row.name, "ratio": line.ratio(),
                    "at_most": goal.at_most, "aim": goal.aim,
                }))
            })
            .collect();
        let rows: Vec<Value> = self
            .lines
            .iter()
            .map(|line| {
                json!({
                    "name": line.row.name, "ns": line.ns(), "against": line.row.against,
                    "against_ns": line.reference_ns(), "ratio": line.ratio(),
                    "rounds": line.compared.len(),
                })
            })
            .collect();
        json!({
            "goals": goals, "rows": rows,
            "rounds_discarded": self.discarded, "remarks": self.remarks,
        })
    }
}

/// Three digits that mean something.
fn plain(value: f64) -> String {
    let digits = match value.abs() {
        size if size >= 100.0 || size == 0.0 => 0,
        size if size >= 10.0 => 1,
        size if size >= 1.0 => 2,
        _ => 3,
    };
    let text = format!("{value:.digits$}");
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}
