//! What is still live, in groups, and which of the rules each group breaks. Pure functions of views.

mod at_mark;
mod baseline;
mod closed;
pub(crate) mod data;
mod ended;
mod fields;
mod group;
mod harmless;
mod rules;
pub(crate) mod since;
mod suppress;
#[cfg(test)]
mod tests;
pub(crate) mod text;
mod verdict;

pub(crate) use at_mark::live_at;
pub(crate) use closed::{but_for_the_runtimes_own, freed_by_closing};
pub(crate) use fields::GROUP;
pub(crate) use group::Group;
pub(crate) use harmless::Harmless;
pub(crate) use rules::{Rule, Rules, of_a_program};
pub(crate) use suppress::Suppressions;
pub(crate) use verdict::sentence;

use crate::grouping::{Amount, By, Key, Phase, amounts};
use crate::view::Held;
use harmless::Usual;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// What was live before, of the processes of which that is known.
#[derive(Debug, Default)]
pub(crate) struct Earlier {
    /// What was live.
    pub(crate) buffers: Vec<Held>,
    /// Segments of processes of which nobody knows it.
    pub(crate) unknown: HashSet<Arc<str>>,
    /// What people should know of it, one sentence each.
    pub(crate) notes: Vec<String>,
    /// Whether it is known of any process.
    pub(crate) found: bool,
    /// Whether it may be known only in part.
    pub(crate) incomplete: bool,
}

/// What is to be judged.
pub(crate) struct Case<'a> {
    /// Everything that is live.
    pub(crate) all: &'a [Held],
    /// What of that was asked for.
    pub(crate) asked: &'a [Held],
    /// Everything that only the closing of its device freed.
    pub(crate) all_closed: &'a [Held],
    /// What of that was asked for.
    pub(crate) closed: &'a [Held],
    /// What was live before, if anybody wants to know what grew.
    pub(crate) earlier: Option<&'a Earlier>,
    /// What is in one group.
    pub(crate) by: By,
    /// The rules.
    pub(crate) rules: &'a Rules,
}

impl Case<'_> {
    /// The groups, each with the rules it breaks, those that break one first. Groups that are known to
    /// be harmless come last.
    pub(crate) fn judge(
        &self,
        suppressions: &mut Suppressions,
        phase: impl Fn(&Held) -> Phase,
    ) -> Vec<Group> {
        let (live, closed) = self.rules.apart();
        let mut groups = self.groups(&live, suppressions, &phase);
        if closed.any() {
            let case = Case {
                all: self.all_closed,
                asked: self.closed,
                earlier: None,
                ..*self
            };
            groups.extend(case.groups(&closed, suppressions, &phase));
        }
        groups.sort_by(Group::order);
        groups
    }

    fn groups(
        &self,
        rules: &Rules,
        suppressions: &mut Suppressions,
        phase: impl Fn(&Held) -> Phase,
    ) -> Vec<Group> {
        let usual = Usual::of(self.all);
        let mut groups = HashMap::<(Option<Harmless>, Key), Group>::new();
        for held in self.asked {
            let key = self.key(held, &phase);
            let mut apart = suppressions.find(held).map(Harmless::Suppressed);
            let covered = usual.covers(held);
            if covered.is_some_and(Harmless::is_of_a_program) {
                apart = apart.or(covered);
            }
            let group = groups
                .entry((apart, key))
                .or_insert_with_key(|(apart, key)| Group::new(key.clone(), *apart));
            let comparable = self
                .earlier
                .is_some_and(|earlier| !earlier.unknown.contains(&held.segment));
            group.take(held, rules, covered.is_some(), comparable);
        }
        let mut groups: Vec<Group> = groups.into_values().collect();
        let before = self.before(suppressions);
        for group in &mut groups {
            let before = before.as_ref().map(|before| {
                let amount = before.get(&group.key).copied();
                amount.unwrap_or_default()
            });
            group.judge(rules, before);
        }
        groups
    }

    /// How much of each group there was before; nothing where nobody asks.
    fn before(&self, suppressions: &Suppressions) -> Option<HashMap<Key, Amount>> {
        let earlier = self.earlier?;
        let usual = Usual::of(&earlier.buffers);
        let counts = |held: &&Held| {
            let usual = usual.covers(held);
            !suppressions.suppress(held) && !usual.is_some_and(Harmless::is_of_a_program)
        };
        let buffers = earlier.buffers.iter().filter(counts);
        Some(amounts(buffers, |held| {
            self.key(held, |_| Phase::Forgotten)
        }))
    }

    fn key(&self, held: &Held, phase: impl FnOnce(&Held) -> Phase) -> Key {
        let mut key = Key::of(held, self.by, phase);
        if of_a_program(held) {
            // Programs take turns, and each has its own: another size is no other sort.
            key.size = None;
        }
        key
    }
}
