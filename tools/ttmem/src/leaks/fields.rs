//! The figures of a group of live allocations, by name.

use super::{Group, Rule};
use crate::fields::{Field, field};
use crate::grouping::Phase;
use crate::value::Value;

/// A group and what the rules say of it.
pub(crate) const GROUP: &[Field<Group>] = &[
    field("pid", "PID", |one| one.key.pid()),
    field("state", "STATE", |one| {
        let state = one.state.map(|state| Value::words(state.name()));
        state.unwrap_or(Value::Unknown)
    }),
    field("devices", "DEVICES", |one| one.key.devices()),
    field("type", "TYPE", |one| {
        Value::words(one.key.buffer_type.name())
    }),
    field("size", "SIZE", |one| one.key.bytes_each()),
    field("mark", "MARK", |one| match &one.key.phase {
        Some(Phase::Mark(name)) => Value::words(name),
        Some(Phase::Beginning) => Value::words("(none)"),
        Some(Phase::Forgotten) | None => Value::Unknown,
    }),
    field("buffers", "BUFFERS", |one| Value::Count(one.amount.buffers)),
    field("bytes", "BYTES", |one| Value::Bytes(one.amount.bytes)),
    field("buffers_before", "BEFORE", |one| {
        let before = one.before.map(|before| Value::Count(before.buffers));
        before.unwrap_or(Value::Unknown)
    }),
    field("bytes_before", "BYTES BEFORE", |one| {
        let before = one.before.map(|before| Value::Bytes(before.bytes));
        before.unwrap_or(Value::Unknown)
    }),
    field("oldest_s", "OLDEST", |one| {
        Value::Seconds(one.oldest_ns as f64 / 1e9)
    }),
    field("rules", "BREAKS", |one| {
        let rules = one.findings.iter().map(|finding| finding.rule);
        Value::List(rules.map(Rule::name).map(Value::words).collect())
    }),
    field("harmless", "LEFT OUT", |one| {
        one.harmless
            .map_or(Value::Unknown, |reason| Value::Text(reason.words()))
    }),
    field("segment", "SEGMENT", |one| one.key.segment()),
];
