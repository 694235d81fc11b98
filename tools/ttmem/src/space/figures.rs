//! The figures of a picture, by name.

use super::{Answer, BANKED, Circular, Cores, Fit, Need, Picture, Piece};
use crate::fields::{BUFFER, Field, STATE_NAMES, TYPE_NAMES, choice, field, names_of};
use crate::value::Value;
use crate::view::Held;
use ttmem_layout::BufferType;

/// A region of chips that are alike. What nobody said is unknown: a gap at the end that is none is worse
/// than no figure.
pub(crate) const PICTURE: &[Field<Picture>] = &[
    field("devices", "DEVICES", |one| Value::Chips(one.chips)),
    field("unique_id", "UNIQUE ID", |one| {
        one.unique_id.map_or(Value::Unknown, Value::known_hex)
    }),
    field("type", "TYPE", |one| Value::words(one.buffer_type.name())),
    field("pid", "PID", |one| {
        let left_by = one.left_by.map(|(pid, _)| Value::Number(pid.into()));
        left_by.unwrap_or(Value::Unknown)
    }),
    field("state", "STATE", |one| {
        Value::words(one.left_by.map_or("running", |(_, state)| state.name()))
    }),
    field("base", "BASE", |one| Value::Hex(one.room.within.start)),
    field("end", "END", |one| Value::Hex(one.room.within.end)),
    field("known", "KNOWN", |one| Value::Flag(one.room.known)),
    field("banks", "BANKS", |one| {
        known(one, |one| {
            let banks = one.region.map_or(0, |region| region.banks);
            Value::Count(banks.into())
        })
    }),
    field("bank_bytes", "BANK", |one| {
        known(one, |one| Value::Bytes(one.room.within.length()))
    }),
    field("used_bytes", "USED", |one| Value::Bytes(one.room.used)),
    field("free_bytes", "FREE", |one| {
        known(one, |one| Value::Bytes(one.room.free))
    }),
    field("gaps", "GAPS", |one| {
        known(one, |one| Value::Count(one.room.gaps))
    }),
    field("largest_gap_bytes", "LARGEST", |one| {
        known(one, |one| Value::Bytes(one.room.largest.length()))
    }),
    field("largest_gap_address", "AT", |one| {
        known(one, |one| match one.room.largest {
            gap if gap.is_empty() => Value::Unknown,
            gap => Value::Hex(gap.start),
        })
    }),
    field("fragmentation_percent", "FRAGMENTED", |one| {
        let part = one.room.fragmentation();
        part.map_or(Value::Unknown, |part| Value::Percent(part * 100.0))
    }),
    field("circular_buffers", "", |one| {
        let circular = one.circular.as_ref();
        circular.map_or(Value::Unknown, circular_buffers)
    }),
    field("fit", "", |one| {
        one.fit.as_ref().map_or(Value::Unknown, fit)
    }),
];

/// What lies in a stretch: a buffer type, or nothing.
const PIECE_TYPES: [&str; TYPE_NAMES.len() + 1] = {
    let mut names = ["free"; TYPE_NAMES.len() + 1];
    let mut at = 0;
    while at < TYPE_NAMES.len() {
        names[at] = TYPE_NAMES[at];
        at += 1;
    }
    names
};

/// The regions that have a map.
const REGIONS: [&str; BANKED.len()] = names_of!(BANKED);

/// A stretch of a bank. What it has of a buffer is called as it is there.
pub(crate) const PIECE: &[Field<Piece>] = &[
    field("devices", "DEVICES", |one| Value::Chips(one.chips)),
    choice("region", "REGION", &REGIONS, |one| {
        Value::words(one.buffer_type.name())
    }),
    field("address", "ADDRESS", |one| Value::Hex(one.range.start)),
    field("end", "END", |one| Value::Hex(one.range.end)),
    field("per_bank_bytes", "PER BANK", |one| {
        Value::Bytes(one.range.length())
    }),
    choice("type", "TYPE", &PIECE_TYPES, |one| {
        Value::words(
            one.held
                .as_ref()
                .map_or("free", |held| held.buffer.buffer_type.name()),
        )
    }),
    field("pid", "PID", |one| {
        of_buffer(one, const { buffer_field("pid") })
    }),
    field("age_s", "AGE", |one| {
        of_buffer(one, const { buffer_field("age_s") })
    }),
    choice("state", "STATE", &STATE_NAMES, |one| {
        of_buffer(one, const { buffer_field("state") })
    }),
    field("size", "SIZE", |one| {
        of_buffer(one, const { buffer_field("size") })
    }),
    field("sequence", "SEQUENCE", |one| {
        of_buffer(one, const { buffer_field("sequence") })
    }),
    field("id", "ID", |one| {
        of_buffer(one, const { buffer_field("id") })
    }),
    field("allocated", "ALLOCATED", |one| {
        of_buffer(one, const { buffer_field("allocated") })
    }),
    field("thread", "THREAD", |one| {
        of_buffer(one, const { buffer_field("thread") })
    }),
    field("segment", "SEGMENT", |one| {
        of_buffer(one, const { buffer_field("segment") })
    }),
];

/// The field of this name.
pub(crate) fn piece_field(name: &str) -> Option<&'static Field<Piece>> {
    PIECE.iter().find(|field| field.name == name)
}

fn known(one: &Picture, value: impl FnOnce(&Picture) -> Value<'_>) -> Value<'_> {
    if one.room.known {
        value(one)
    } else {
        Value::Unknown
    }
}

/// What a field of buffers says of a piece.
fn of_buffer<'a>(piece: &'a Piece, field: &Field<Held>) -> Value<'a> {
    let held = piece.held.as_ref();
    held.map_or(Value::Unknown, |held| (field.value)(held))
}

/// Looked up while this is compiled: a map may have a hundred thousand pieces.
const fn buffer_field(name: &str) -> &'static Field<Held> {
    let mut fields = BUFFER;
    while let [field, rest @ ..] = fields {
        if is_same(field.name.as_bytes(), name.as_bytes()) {
            return field;
        }
        fields = rest;
    }
    panic!("buffers have no such field")
}

/// `==` of slices is not const.
const fn is_same(mut one: &[u8], mut other: &[u8]) -> bool {
    while let ([a, one_rest @ ..], [b, other_rest @ ..]) = (one, other) {
        if *a != *b {
            return false;
        }
        (one, other) = (one_rest, other_rest);
    }
    one.is_empty() && other.is_empty()
}

fn circular_buffers(one: &Circular) -> Value<'_> {
    let bytes = |bytes: Option<u64>| bytes.map_or(Value::Unknown, Value::Bytes);
    let cores = |group: &Cores| {
        Value::Group(vec![
            ("cores", Value::Count(group.count)),
            ("end", Value::Hex(group.end)),
            ("left_bytes", bytes(one.left(group.end))),
            ("clash_bytes", bytes(one.clash(group.end))),
            (
                "example_core",
                group.example.map_or(Value::Unknown, |(x, y)| {
                    Value::List(vec![Value::Number(x.into()), Value::Number(y.into())])
                }),
            ),
        ])
    };
    Value::Group(vec![
        ("base", Value::Hex(one.range.start)),
        ("end", Value::Hex(one.range.end)),
        ("limit", one.limit.map_or(Value::Unknown, Value::Hex)),
        ("left_bytes", bytes(one.left(one.range.end))),
        ("clash_bytes", bytes(one.clash(one.range.end))),
        ("cores", Value::List(one.cores.iter().map(cores).collect())),
    ])
}

fn fit(one: &Fit) -> Value<'_> {
    let (address, end) = match &one.answer {
        Answer::Fits { gap } | Answer::Clashes { gap } => (Some(gap.start), Some(gap.end)),
        Answer::Evict { window, .. } => (Some(window.start), Some(window.end)),
        Answer::NotKnown | Answer::TooLarge => (None, None),
    };
    let (buffers, bytes) = match &one.answer {
        Answer::Evict { blocks, bytes, .. } => (blocks.len() as u64, *bytes),
        _ => (0, 0),
    };
    let (whole, each) = match one.need {
        Need::InAll(bytes) => (Value::Bytes(bytes), one.per_bank),
        Need::PerBank(bytes) => (Value::Unknown, one.per_bank.or(Some(bytes))),
    };
    Value::Group(vec![
        ("requested_bytes", whole),
        ("per_bank_bytes", each.map_or(Value::Unknown, Value::Bytes)),
        ("answer", Value::words(one.answer.name())),
        ("address", address.map_or(Value::Unknown, Value::Hex)),
        ("end", end.map_or(Value::Unknown, Value::Hex)),
        (
            "free_bytes",
            one.per_bank
                .map_or(Value::Unknown, |_| Value::Bytes(one.free)),
        ),
        (
            "largest_gap_bytes",
            one.per_bank
                .map_or(Value::Unknown, |_| Value::Bytes(one.largest)),
        ),
        ("enough_free", Value::Flag(one.is_enough())),
        ("buffers_to_go", Value::Count(buffers)),
        ("per_bank_bytes_to_go", Value::Bytes(bytes)),
    ])
}

/// Whether a piece is circular buffers, which the allocator knows nothing of.
pub(crate) fn is_circular(piece: &Piece) -> bool {
    let held = piece.held.as_ref();
    held.is_some_and(|held| held.buffer.buffer_type == BufferType::Cb)
}
