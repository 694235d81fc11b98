//! What tripped, in one line.

use super::{Group, Rule, Rules};
use crate::grouping::{Amount, Sum};
use crate::quantity::{counted, size};
use crate::value::{harmless, ranges};

/// What tripped: each rule with how much of what breaks it; nothing if none did.
pub(crate) fn sentence(groups: &[Group], rules: &Rules) -> Option<String> {
    let parts: Vec<_> = Rule::ALL
        .into_iter()
        .filter_map(|rule| tripped(groups, rules, rule))
        .collect();
    (!parts.is_empty()).then(|| parts.join("; "))
}

/// How much breaks a rule in how many groups.
pub(crate) fn breaking(groups: &[Group], rule: Rule) -> (u64, Sum) {
    let (mut count, mut sum) = (0, Sum::default());
    for (group, amount) in of_rule(groups, rule) {
        count += 1;
        sum.add(group.key.buffer_type, amount);
    }
    (count, sum)
}

fn of_rule(groups: &[Group], rule: Rule) -> impl Iterator<Item = (&Group, Amount)> {
    groups.iter().filter_map(move |group| {
        let mut findings = group.findings.iter();
        let finding = findings.find(|finding| finding.rule == rule)?;
        Some((group, finding.amount))
    })
}

fn tripped(groups: &[Group], rules: &Rules, rule: Rule) -> Option<String> {
    let (worst, _) = of_rule(groups, rule).max_by_key(|(_, amount)| amount.bytes)?;
    let (count, sum) = breaking(groups, rule);
    let place = match count {
        1 => format!("in {}", place(worst)),
        _ => format!("in {}, most in {}", counted(count, "group"), place(worst)),
    };
    Some(format!("{}: {} {place}", rules.words(rule), sum.words(),))
}

/// What its allocations have in common.
fn place(group: &Group) -> String {
    let key = &group.key;
    let mut words = Vec::new();
    if let Some(owner) = &key.owner {
        words.push(format!("pid {}", owner.pid));
    }
    if let Some(chips) = key.chips {
        let plural = if chips.len() == 1 { "" } else { "s" };
        words.push(format!("device{plural} {}", ranges(chips)));
    }
    words.push(key.buffer_type.name().to_owned());
    if let Some(bytes) = key.size {
        words.push(format!("{} each", size(bytes)));
    }
    if let Some(crate::grouping::Phase::Mark(name)) = &key.phase {
        words.push(format!("after mark '{}'", harmless(name)));
    }
    words.join(", ")
}
