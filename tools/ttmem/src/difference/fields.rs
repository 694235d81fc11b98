//! The figures of each sort of change, by name.

use super::{GroupChange, ProcessChange, TotalChange};
use crate::difference::processes::Stand;
use crate::fields::{Field, field};
use crate::value::Value;

/// One buffer type on chips that are alike: the figures of each of them.
pub(crate) const TOTAL: &[Field<TotalChange>] = &[
    field("devices", "DEVICES", |one| Value::Chips(one.chips)),
    field("type", "TYPE", |one| Value::words(one.buffer_type.name())),
    field("bytes_before", "BEFORE", |one| {
        Value::Bytes(one.before.bytes)
    }),
    field("bytes_after", "AFTER", |one| Value::Bytes(one.after.bytes)),
    field("bytes_change", "CHANGE", |one| {
        Value::bytes_change(one.before.bytes, one.after.bytes)
    }),
    field("buffers_before", "WERE", |one| {
        Value::Count(one.before.buffers)
    }),
    field("buffers_after", "BUFFERS", |one| {
        Value::Count(one.after.buffers)
    }),
    field("buffers_change", "+/-", |one| {
        Value::count_change(one.before.buffers, one.after.buffers)
    }),
];

/// A process that is not as it was.
pub(crate) const PROCESS: &[Field<ProcessChange>] = &[
    field("pid", "PID", |one| Value::Number(one.pid.into())),
    field("user", "USER", |one| Value::words(&one.user)),
    field("change", "CHANGE", |one| Value::words(one.fate())),
    field("state_before", "WAS", |one| state(one.before)),
    field("state_after", "STATE", |one| state(one.after)),
    field("buffers_before", "WERE", |one| {
        Value::Count(stand(one.before).0)
    }),
    field("buffers_after", "BUFFERS", |one| {
        Value::Count(stand(one.after).0)
    }),
    field("dram_bytes_before", "DRAM BEFORE", |one| {
        Value::Bytes(stand(one.before).1)
    }),
    field("dram_bytes_after", "DRAM AFTER", |one| {
        Value::Bytes(stand(one.after).1)
    }),
    field("l1_bytes_before", "L1 BEFORE", |one| {
        Value::Bytes(stand(one.before).2)
    }),
    field("l1_bytes_after", "L1 AFTER", |one| {
        Value::Bytes(stand(one.after).2)
    }),
    field("command", "COMMAND", |one| Value::words(&one.command)),
    field("segment", "SEGMENT", |one| Value::words(&one.segment)),
];

/// A group that grew or shrank.
pub(crate) const GROUP: &[Field<GroupChange>] = &[
    field("pid", "PID", |one| one.key.pid()),
    field("devices", "DEVICES", |one| one.key.devices()),
    field("type", "TYPE", |one| {
        Value::words(one.key.buffer_type.name())
    }),
    field("size", "SIZE", |one| one.key.bytes_each()),
    field("change", "", |one| Value::words(one.direction().name())),
    field("bytes_before", "BEFORE", |one| {
        Value::Bytes(one.before.bytes)
    }),
    field("bytes_after", "AFTER", |one| Value::Bytes(one.after.bytes)),
    field("bytes_change", "CHANGE", |one| {
        Value::bytes_change(one.before.bytes, one.after.bytes)
    }),
    field("buffers_before", "WERE", |one| {
        Value::Count(one.before.buffers)
    }),
    field("buffers_after", "BUFFERS", |one| {
        Value::Count(one.after.buffers)
    }),
    field("buffers_change", "+/-", |one| {
        Value::count_change(one.before.buffers, one.after.buffers)
    }),
    field("segment", "SEGMENT", |one| one.key.segment()),
];

fn state(stand: Option<Stand>) -> Value<'static> {
    stand.map_or(Value::Unknown, |stand| Value::words(stand.state.name()))
}

/// Allocations, DRAM and L1: nothing of a process that is not there.
fn stand(stand: Option<Stand>) -> (u64, u64, u64) {
    stand.map_or_else(Default::default, |one| (one.buffers, one.dram, one.l1))
}
