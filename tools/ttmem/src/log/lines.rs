//! How an event reads.

use super::follow::Origin;
use crate::fields::{Field, TYPE_NAMES, names_of};
use crate::output::text::{ALARM, FAINT, HEADING, blanks};
use crate::quantity::{write_hex, write_hex_digits, write_number, write_time};
use crate::select::Select;
use crate::value::{Value, write_ranges};
use std::io::{self, Write};
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

    fn about_memory<'a>(&self, value: Value<'a>) -> Value<'a> {
        if self.is_about_memory() {
            value
        } else {
            Value::Unknown
        }
    }

    fn moved<'a>(&self, value: Value<'a>) -> Value<'a> {
        if self.moves_memory() {
            value
        } else {
            Value::Unknown
        }
    }
}

const KINDS: [&str; Kind::ALL.len()] = names_of!(Kind::ALL);

/// The figures of an event.
pub(crate) const EVENT: &[Field<Logged>] = &[
    field("time", |one| Value::Time(one.event.time_ns)),
    choice("event", &KINDS, |one| Value::words(one.event.kind.name())),
    field("pid", |one| Value::Number(one.origin.pid.into())),
    field("devices", |one| Value::Chips(one.event.chips)),
    choice("type", &TYPE_NAMES, |one| match one.event.buffer_type {
        Some(buffer_type) => Value::words(buffer_type.name()),
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
    choice("effect", &EFFECT_NAMES, |one| {
        one.moved(Value::words(effect(one.event.flags)))
    }),
    field("sequence", |one| Value::Number(one.event.sequence)),
    field("thread", |one| Value::Number(one.event.thread.into())),
    field("pool", |one| {
        one.about_memory(Value::Number(one.event.pool.into()))
    }),
    field("allocation", |one| {
        Value::known_number(one.event.alloc_sequence)
    }),
    field("id", |one| match one.event.kind {
        Kind::Device => Value::known_hex(one.event.id),
        _ => Value::known_number(one.event.id),
    }),
    field("text", |one| match &one.event.text {
        Some(text) => Value::words(text),
        None => Value::Unknown,
    }),
    field("segment", |one| Value::words(&one.origin.segment)),
];

const fn field(name: &'static str, value: for<'a> fn(&'a Logged) -> Value<'a>) -> Field<Logged> {
    choice(name, &[], value)
}

const fn choice(
    name: &'static str,
    choices: &'static [&'static str],
    value: for<'a> fn(&'a Logged) -> Value<'a>,
) -> Field<Logged> {
    Field {
        name,
        title: "",
        parts: &[],
        choices,
        value,
    }
}

/// What an event of these flags did, in one word for programs: the first one that is set says it.
const EFFECTS: [(u8, &str); 6] = [
    (flags::UNKNOWN_FREE, "unknown_free"),
    (flags::DOUBLE_FREE, "double_free"),
    (flags::LIVE_OVERFLOW, "live_overflow"),
    (flags::REPLACED, "replaced_without_free"),
    (flags::REFERENCE, "reference"),
    (flags::POOL_CLEARED, "pool_cleared"),
];

/// What one without any of them did.
const DONE: &str = "done";

const EFFECT_NAMES: [&str; EFFECTS.len() + 1] = {
    let mut names = [DONE; EFFECTS.len() + 1];
    let mut at = 0;
    while at < EFFECTS.len() {
        names[at + 1] = EFFECTS[at].1;
        at += 1;
    }
    names
};

fn effect(bits: u8) -> &'static str {
    let said = EFFECTS.iter().find(|(flag, _)| bits & flag != 0);
    said.map_or(DONE, |(_, name)| name)
}

/// Writes an event on a line of its own, which is made in `line`.
pub(crate) fn write_line(
    out: &mut impl Write,
    logged: &Logged,
    exact: bool,
    line: &mut String,
) -> io::Result<()> {
    line.clear();
    write_sentence(line, logged, exact);
    if matches!(logged.event.kind, Kind::Mark) {
        write!(out, "{HEADING}{line}{HEADING:#}")?;
    } else {
        out.write_all(line.as_bytes())?;
    }
    if let Some((wrong, words)) = remark(logged) {
        let style = if wrong { ALARM } else { FAINT };
        write!(out, "  {style}{words}{style:#}")?;
    }
    out.write_all(b"\n")
}

/// What is remarkable about an event, for people; the flag says whether it is a mistake.
fn remark(logged: &Logged) -> Option<(bool, &'static str)> {
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

/// Of the longest name of a kind.
const KIND_WIDTH: usize = {
    let (mut width, mut at) = (0, 0);
    while at < KINDS.len() {
        if KINDS[at].len() > width {
            width = KINDS[at].len();
        }
        at += 1;
    }
    width
};

/// Adds an event to a line, but for its remark.
fn write_sentence(line: &mut String, logged: &Logged, exact: bool) {
    let event = &logged.event;
    write_time(line, event.time_ns);
    line.push_str("  ");
    right(line, 7, |line| write_number(line, logged.origin.pid.into()));
    line.push_str("  ");
    left(line, 5, |line| write_ranges(line, event.chips));
    line.push_str("  ");
    left(line, KIND_WIDTH, |line| line.push_str(event.kind.name()));
    line.push(' ');
    let kind = event
        .buffer_type
        .map_or("-", |buffer_type| buffer_type.name());
    match event.kind {
        Kind::Mark => write_quoted(line, event),
        Kind::Device => {
            line.push_str("unique id ");
            match event.id {
                0 => line.push_str("not known"),
                id => write_hex(line, id),
            }
        }
        Kind::AllocFailed => {
            left(line, 6, |line| line.push_str(kind));
            line.push_str("  ");
            Value::Bytes(event.requested).write(exact, line);
            line.push_str(" asked for: ");
            write_quoted(line, event);
        }
        _ => {
            left(line, 6, |line| line.push_str(kind));
            line.push_str("  0x");
            write_hex_digits(line, event.address, 10);
            line.push_str("  ");
            right(line, 10, |line| {
                line.push(match (event.takes_effect(), event.kind.is_alloc()) {
                    (false, _) => ' ',
                    (true, true) => '+',
                    (true, false) => '-',
                });
                Value::Bytes(event.occupied()).write(exact, line);
            });
            let numbers = [
                ("  seq ", event.sequence, true),
                ("  thread ", event.thread.into(), true),
                ("  refs ", event.refs.into(), event.refs > 1),
                ("  of ", event.alloc_sequence, event.alloc_sequence > 0),
            ];
            for (name, number, _) in numbers.into_iter().filter(|(.., shown)| *shown) {
                line.push_str(name);
                write_number(line, number);
            }
        }
    }
}

/// Adds words to a line, and blanks behind them up to a width.
fn left(line: &mut String, width: usize, write: impl FnOnce(&mut String)) {
    let start = line.len();
    write(line);
    let wide = line.len() - start;
    blanks(line, width.saturating_sub(wide));
}

/// Adds words to a line, and blanks before them up to a width.
fn right(line: &mut String, width: usize, write: impl FnOnce(&mut String)) {
    let start = line.len();
    write(line);
    for _ in line.len() - start..width {
        line.insert(start, ' ');
    }
}

fn write_quoted(line: &mut String, event: &Event) {
    if let Some(text) = &event.text {
        line.push('"');
        Value::words(text).write(false, line);
        line.push('"');
    }
}
