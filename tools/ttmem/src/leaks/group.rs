//! One group of live allocations, and what the rules say of it.

use super::{Harmless, Rule, Rules};
use crate::grouping::{Amount, Key};
use crate::view::Held;
use std::cmp::{Ordering, Reverse};
use ttmem_layout::BufferType;
use ttmem_reader::State;

/// A rule that a group breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    /// The rule.
    pub(crate) rule: Rule,
    /// How much of the group breaks it.
    pub(crate) amount: Amount,
}

/// Allocations that are alike.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    /// What they have in common.
    pub(crate) key: Key,
    /// Whether their processes are there; nothing if some are and some are not.
    pub(crate) state: Option<State>,
    /// How much there is.
    pub(crate) amount: Amount,
    /// How much there was; nothing if nobody asks or nobody knows.
    pub(crate) before: Option<Amount>,
    /// Nanoseconds since the oldest of them was allocated.
    pub(crate) oldest_ns: i64,
    /// The rules it breaks, in the order of the rules.
    pub(crate) findings: Vec<Finding>,
    /// Why it is left out, if it is.
    pub(crate) harmless: Option<Harmless>,
    /// How much of it each rule is about.
    concerned: [Amount; Rule::ALL.len()],
    /// How much of it can be compared with what there was.
    comparable: Amount,
    /// How many of them are usual for the runtime.
    usual: u64,
}

impl Group {
    /// A group of nothing so far.
    pub(super) fn new(key: Key, harmless: Option<Harmless>) -> Self {
        Self {
            key,
            state: None,
            amount: Amount::default(),
            before: None,
            oldest_ns: 0,
            findings: Vec::new(),
            harmless,
            concerned: Default::default(),
            comparable: Amount::default(),
            usual: 0,
        }
    }

    /// Takes in one more. What is `usual` for the runtime breaks no rule by being there.
    pub(super) fn take(&mut self, held: &Held, rules: &Rules, usual: bool, comparable: bool) {
        let first = self.amount.buffers == 0;
        self.state = Some(held.state).filter(|state| first || self.state == Some(*state));
        self.amount.count(held);
        self.oldest_ns = self.oldest_ns.max(held.age_ns);
        if comparable {
            self.comparable.count(held);
        }
        if usual {
            self.usual += 1;
            return;
        }
        for rule in Rule::ALL {
            if rules.concern(rule, held) {
                self.concerned[rule as usize].count(held);
            }
        }
    }

    /// Decides which rules it breaks, and whether it is harmless.
    pub(super) fn judge(&mut self, rules: &Rules, before: Option<Amount>) {
        if self.harmless.is_some() {
            return;
        }
        self.before = before.filter(|_| self.comparable.buffers > 0);
        if let Some(before) = self.before {
            let more = self.more_than(before);
            if more != Amount::default() {
                self.find(Rule::Grew, more);
            } else if self.comparable == self.amount {
                self.harmless = Some(Harmless::NotMore);
                return;
            }
        }
        for rule in [
            Rule::Older,
            Rule::Larger,
            Rule::Survived,
            Rule::Held,
            Rule::Closed,
        ] {
            let amount = self.concerned[rule as usize];
            let allowed = rules.larger.filter(|_| rule == Rule::Larger);
            if amount.buffers > 0 && allowed.is_none_or(|allowed| amount.bytes > allowed) {
                self.find(rule, amount);
            }
        }
        if self.findings.is_empty() && self.usual == self.amount.buffers {
            self.harmless = Some(Harmless::SystemBuffers);
        }
    }

    fn more_than(&self, before: Amount) -> Amount {
        let buffers = self.comparable.buffers.saturating_sub(before.buffers);
        // Programs take turns, and what one has in L1 is larger than what another has.
        let of_a_program = matches!(self.key.buffer_type, BufferType::Cb | BufferType::Kernel);
        let exchanged = of_a_program && buffers == 0;
        let bytes = self.comparable.bytes.saturating_sub(before.bytes);
        Amount {
            buffers,
            bytes: if exchanged { 0 } else { bytes },
        }
    }

    fn find(&mut self, rule: Rule, amount: Amount) {
        self.findings.push(Finding { rule, amount });
    }

    /// The order in which groups are listed: what breaks a rule first, what is harmless last, and the
    /// largest first.
    pub(super) fn order(&self, other: &Self) -> Ordering {
        let rank = |one: &Self| {
            let fine = one.findings.is_empty();
            (one.harmless, fine, Reverse(one.amount.bytes))
        };
        rank(self)
            .cmp(&rank(other))
            .then_with(|| self.key.order(&other.key))
    }
}
