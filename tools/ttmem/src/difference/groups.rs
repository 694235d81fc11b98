//! Which groups of allocations grew or shrank.

use super::Direction;
use crate::grouping::{Amount, By, Key, Phase, amounts};
use crate::view::Held;
use std::collections::HashMap;

/// A group of allocations at two moments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct GroupChange {
    /// What its allocations have in common.
    pub(crate) key: Key,
    /// How much there was.
    pub(crate) before: Amount,
    /// How much there is.
    pub(crate) after: Amount,
}

impl GroupChange {
    /// What became of it.
    pub(crate) fn direction(&self) -> Direction {
        let size = |amount: Amount| (amount.bytes, amount.buffers);
        Direction::of(size(self.before), size(self.after))
    }
}

/// The groups that are not as large as they were, the largest growth first. Allocations are not told
/// apart by their phase: two views may know of different marks.
pub(crate) fn groups(before: &[Held], after: &[Held], by: By) -> Vec<GroupChange> {
    let by = By { mark: false, ..by };
    let key = |held: &Held| Key::of(held, by, |_| Phase::Forgotten);
    let mut changed = of_amounts(&amounts(before, key), &amounts(after, key));
    changed.retain(|group| group.before != group.after);
    changed.sort_by(|a, b| {
        let growth = |one: &GroupChange| i128::from(one.after.bytes) - i128::from(one.before.bytes);
        growth(b).cmp(&growth(a)).then_with(|| a.key.order(&b.key))
    });
    changed
}

/// Every group that either has, in no order.
fn of_amounts(before: &HashMap<Key, Amount>, after: &HashMap<Key, Amount>) -> Vec<GroupChange> {
    let gone = before.keys().filter(|key| !after.contains_key(key));
    let of = |groups: &HashMap<Key, Amount>, key| groups.get(key).copied().unwrap_or_default();
    after
        .keys()
        .chain(gone)
        .map(|key| GroupChange {
            key: key.clone(),
            before: of(before, key),
            after: of(after, key),
        })
        .collect()
}
