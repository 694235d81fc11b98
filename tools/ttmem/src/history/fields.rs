//! The figures of a generation.

use super::generation::Beginning;
use super::{Coverage, Generation, Outcome};
use crate::fields::{Field, STATE_NAMES, TYPE_NAMES, choice, field, names_of};
use crate::value::Value;

/// What can become of a generation.
const OUTCOMES: [&str; Outcome::ALL.len()] = names_of!(Outcome::ALL);

/// Where its beginning can be known from.
const BEGINNINGS: [&str; Beginning::ALL.len()] = names_of!(Beginning::ALL);

/// A generation of an address. `size` is what it occupied on each of its chips.
pub(crate) const GENERATION: &[Field<Generation>] = &[
    field("pid", "PID", |one| Value::Number(one.origin.pid.into())),
    field("devices", "DEVICES", |one| Value::Chips(one.buffer.chips)),
    choice("type", "TYPE", &TYPE_NAMES, |one| {
        Value::words(one.buffer.buffer_type.name())
    }),
    field("address", "ADDRESS", |one| Value::Hex(one.buffer.address)),
    field("size", "SIZE", |one| {
        one.of_buffer(Value::Bytes(one.buffer.occupied))
    }),
    field("allocated", "ALLOCATED", |one| {
        one.of_beginning(Value::Time(one.buffer.allocated_ns))
    }),
    field("ended", "ENDED", |one| {
        one.ended_ns.map_or(Value::Unknown, Value::Time)
    }),
    field("lifetime_s", "LIFETIME", |one| {
        one.lifetime_ns
            .map_or(Value::Unknown, |ns| Value::Seconds(ns as f64 / 1e9))
    }),
    choice("outcome", "OUTCOME", &OUTCOMES, |one| {
        Value::words(one.outcome.name())
    }),
    field("refs", "REFS", |one| match one.outcome {
        Outcome::EndUnknown => Value::Unknown,
        _ => one.of_buffer(Value::Count(one.buffer.refs)),
    }),
    field("raised", "RAISED", |one| {
        one.of_buffer(Value::Count(one.raised))
    }),
    field("dropped", "DROPPED", |one| {
        one.of_buffer(Value::Count(one.dropped))
    }),
    field("double_frees", "DOUBLE FREES", |one| {
        one.of_buffer(Value::Count(one.double_frees))
    }),
    field("thread", "THREAD", |one| {
        one.of_beginning(Value::Number(one.buffer.thread.into()))
    }),
    field("ended_by", "ENDED BY", |one| {
        one.ended_by
            .map_or(Value::Unknown, |thread| Value::Number(thread.into()))
    }),
    field("sequence", "SEQUENCE", |one| {
        Value::known_number(one.buffer.sequence)
    }),
    field("mark", "MARK", |one| {
        one.mark.as_deref().map_or(Value::Unknown, Value::words)
    }),
    choice("beginning", "BEGINNING", &BEGINNINGS, |one| {
        Value::words(one.beginning.name())
    }),
    choice("state", "STATE", &STATE_NAMES, |one| {
        Value::words(one.state.name())
    }),
    field("requested_bytes", "REQUESTED", |one| {
        one.of_buffer(Value::Bytes(one.buffer.requested))
    }),
    field("per_bank_bytes", "PER BANK", |one| {
        one.of_buffer(Value::Bytes(one.buffer.per_bank))
    }),
    field("banks", "BANKS", |one| {
        one.of_buffer(Value::Count(one.buffer.banks.into()))
    }),
    field("pool", "POOL", |one| Value::Number(one.buffer.pool.into())),
    field("id", "ID", |one| Value::known_number(one.buffer.id)),
    field("segment", "SEGMENT", |one| {
        Value::words(&one.origin.segment)
    }),
];

impl Generation {
    /// A figure that only an allocation has.
    fn of_buffer<'a>(&self, value: Value<'a>) -> Value<'a> {
        if self.beginning == Beginning::None {
            Value::Unknown
        } else {
            value
        }
    }

    /// A figure that only the allocation itself tells.
    fn of_beginning<'a>(&self, value: Value<'a>) -> Value<'a> {
        if self.beginning.is_known() {
            value
        } else {
            Value::Unknown
        }
    }
}

/// How far back the records of a process reach.
pub(crate) const COVERAGE: &[Field<Coverage>] = &[
    field("pid", "PID", |one| Value::Number(one.origin.pid.into())),
    field("state", "STATE", |one| Value::words(one.state.name())),
    field("complete", "", |one| Value::Flag(one.is_complete())),
    field("records_overwritten", "", |one| {
        Value::Count(one.overwritten)
    }),
    field("records_dropped", "", |one| Value::Count(one.dropped)),
    field("known_from", "", |one| match one.known_from {
        Some(i64::MAX) | None => Value::Unknown,
        Some(from) => Value::Time(from),
    }),
    field("segment", "SEGMENT", |one| {
        Value::words(&one.origin.segment)
    }),
];
