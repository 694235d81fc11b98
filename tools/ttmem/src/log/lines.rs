//! How an event reads.

use super::follow::Origin;
use crate::fields::Field;
use crate::select::Select;
use crate::value::{Value, harmless, ranges};
use std::sync::Arc;
use ttmem_layout::{Kind, flags};
use ttmem_reader::Event;

/// An event with whose it is.
#[derive(Clone, Debug)]
pub(crate) struct Logged {
    /// Where it comes from.
    pub(crate) origin: Arc<Origin>,
    /// The event.
    pub(crate) event: Event,
}

impl Logged {
    /// Whether it is about what was asked for. An event of no device or type is not about one.
    pub(crate) fn is_wanted(&self, select: &Select) -> bool {
        let device = select.devices.is_empty() || !self.event.chips.and(select.chips()).is_empty();
        let kind = select.types.is_empty()
            || self
                .event
                .buffer_type
                .is_some_and(|buffer_type| select.wants_type(buffer_type));
        device && kind
    }

    const fn moves_memory(&self) -> bool {
        self.event.kind.is_alloc() || self.event.kind.is_free()
    }

    const fn is_about_memory(&self) -> bool {
        self.moves_memory() || matches!(self.event.kind, Kind::AllocFailed)
    }

    fn about_memory(&self, value: Value) -> Value {
        if self.is_about_memory() {
            value
        } else {
            Value::Unknown
        }
    }

    fn moved(&self, value: Value) -> Value {
        if self.moves_memory() {
            value
        } else {
            Value::Unknown
        }
    }
}

/// The figures of an event.
pub(crate) const EVENT: &[Field<Logged>] = &[
    field("time", |one| Value::Time(one.event.time_ns)),
    field("event", |one| Value::Text(one.event.kind.name().into())),
    field("pid", |one| Value::Number(one.origin.pid.into())),
    field("devices", |one| Value::Chips(one.event.chips)),
    field("type", |one| match one.event.buffer_type {
        Some(buffer_type) => Value::Text(buffer_type.name().into()),
        None => Value::Unknown,
    }),
    field("address", |one| one.moved(Value::Hex(one.event.address))),
    field("size", |one| one.moved(Value::Bytes(one.event.occupied()))),
    field("requested_bytes", |one| {
        one.about_memory(Value::Bytes(one.event.requested))
    }),
    field("per_bank_bytes", |one| {
        one.moved(Value::Bytes(one.event.per_bank))
    }),
    field("banks", |one| {
        one.moved(Value::Count(one.event.banks.into()))
    }),
    field("refs", |one| one.moved(Value::Count(one.event.refs.into()))),
    field("effect", |one| {
        one.moved(Value::Text(effect(one.event.flags).into()))
    }),
    field("sequence", |one| Value::Number(one.event.sequence)),
    field("thread", |one| Value::Number(one.event.thread.into())),
    field("pool", |one| {
        one.about_memory(Value::Number(one.event.pool.into()))
    }),
    field("allocation", |one| known(one.event.alloc_sequence)),
    field("id", |one| match one.event.kind {
        Kind::Device => Value::known_hex(one.event.id),
        _ => known(one.event.id),
    }),
    field("text", |one| match &one.event.text {
        Some(text) => Value::Text(text.to_string()),
        None => Value::Unknown,
    }),
    field("segment", |one| Value::Text(one.origin.segment.clone())),
];

const fn field(name: &'static str, value: fn(&Logged) -> Value) -> Field<Logged> {
    Field {
        name,
        title: "",
        parts: &[],
        value,
    }
}

const fn known(number: u64) -> Value {
    if number == 0 {
        Value::Unknown
    } else {
        Value::Number(number)
    }
}

/// What an event did, in one word for programs.
fn effect(bits: u8) -> &'static str {
    match bits {
        _ if bits & flags::UNKNOWN_FREE != 0 => "unknown_free",
        _ if bits & flags::DOUBLE_FREE != 0 => "double_free",
        _ if bits & flags::LIVE_OVERFLOW != 0 => "live_overflow",
        _ if bits & flags::REPLACED != 0 => "replaced_without_free",
        _ if bits & flags::REFERENCE != 0 => "reference",
        _ if bits & flags::POOL_CLEARED != 0 => "pool_cleared",
        _ => "done",
    }
}

/// What is remarkable about an event, for people; the flag says whether it is a mistake.
pub(crate) fn remark(logged: &Logged) -> Option<(bool, &'static str)> {
    if !logged.moves_memory() {
        return matches!(logged.event.kind, Kind::AllocFailed).then_some((true, "FAILED"));
    }
    match effect(logged.event.flags) {
        "unknown_free" => Some((true, "UNKNOWN FREE")),
        "double_free" => Some((true, "DOUBLE FREE")),
        "live_overflow" => Some((true, "IN NO TOTAL: live table full")),
        "replaced_without_free" => Some((true, "REPLACED WITHOUT FREE")),
        "reference" => Some((false, "reference")),
        "pool_cleared" => Some((false, "with its whole pool")),
        _ => None,
    }
}

/// An event on one line, but for its remark.
pub(crate) fn sentence(logged: &Logged, exact: bool) -> String {
    let event = &logged.event;
    let mut line = format!(
        "{}  {:>7}  {:<5}  {:<13}",
        crate::quantity::time(event.time_ns),
        logged.origin.pid,
        ranges(event.chips),
        event.kind.name()
    );
    match event.kind {
        Kind::Mark => line.push_str(&quoted(event)),
        Kind::Device => line.push_str(&format!("unique id {:#x}", event.id)),
        Kind::AllocFailed => {
            let kind = event
                .buffer_type
                .map_or("-", |buffer_type| buffer_type.name());
            let size = Value::Bytes(event.requested).text(exact);
            line.push_str(&format!("{kind:<6}  {size} asked for: {}", quoted(event)));
        }
        _ => {
            let kind = event
                .buffer_type
                .map_or("-", |buffer_type| buffer_type.name());
            let sign = match (event.takes_effect(), event.kind.is_alloc()) {
                (false, _) => ' ',
                (true, true) => '+',
                (true, false) => '-',
            };
            let size = format!("{sign}{}", Value::Bytes(event.occupied()).text(exact));
            line.push_str(&format!("{kind:<6}  {:#012x}  {size:>10}  ", event.address));
            line.push_str(&format!("seq {}  thread {}", event.sequence, event.thread));
            if event.refs > 1 {
                line.push_str(&format!("  refs {}", event.refs));
            }
            if event.alloc_sequence > 0 {
                line.push_str(&format!("  of {}", event.alloc_sequence));
            }
        }
    }
    line
}

fn quoted(event: &Event) -> String {
    event
        .text
        .as_deref()
        .map_or_else(String::new, |text| format!("\"{}\"", harmless(text)))
}
