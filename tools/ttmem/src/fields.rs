//! The figures of each thing there is, by name: one table behind text, JSON, NDJSON and CSV. Names in
//! JSON are a contract: they are only ever added to.

use crate::doctor::Check;
use crate::space::BANKED;
use crate::value::Value;
use crate::view::{Device, Held, Host, Overlap, Process, in_memory};
use ttmem_layout::{BufferType, Memory, TYPES, anomaly, loss};
use ttmem_reader::{DeviceInfo, DeviceTotals, State, TypeTotals};

/// One figure of a `T`.
pub(crate) struct Field<T> {
    /// Its name in JSON and CSV, and for `--sort`.
    pub(crate) name: &'static str,
    /// Its heading in text.
    pub(crate) title: &'static str,
    /// The names of its parts, if it is a group: what a table without rows has for columns.
    pub(crate) parts: &'static [&'static str],
    /// All that it can say, where these are a few words that never become more while a program runs;
    /// nothing where it may say anything.
    pub(crate) choices: &'static [&'static str],
    /// Takes it out of a `T`.
    pub(crate) value: for<'a> fn(&'a T) -> Value<'a>,
}

/// A figure of its own.
pub(crate) const fn field<T>(
    name: &'static str,
    title: &'static str,
    value: for<'a> fn(&'a T) -> Value<'a>,
) -> Field<T> {
    Field {
        name,
        title,
        parts: &[],
        choices: &[],
        value,
    }
}

/// A figure that is one of a few words.
pub(crate) const fn choice<T>(
    name: &'static str,
    title: &'static str,
    choices: &'static [&'static str],
    value: for<'a> fn(&'a T) -> Value<'a>,
) -> Field<T> {
    Field {
        choices,
        ..field(name, title, value)
    }
}

/// The names of all there are of a sort, as the choices of a field.
macro_rules! names_of {
    ($all:expr) => {{
        let mut names = [""; $all.len()];
        let mut at = 0;
        while at < names.len() {
            names[at] = $all[at].name();
            at += 1;
        }
        names
    }};
}
pub(crate) use names_of;

/// What a buffer type can be.
pub(crate) const TYPE_NAMES: [&str; TYPES] = names_of!(BufferType::ALL);

/// What a process can be.
pub(crate) const STATE_NAMES: [&str; 3] = names_of!([State::Running, State::Dead, State::Exited]);

const fn group_field<T>(
    name: &'static str,
    title: &'static str,
    parts: &'static [&'static str],
    value: for<'a> fn(&'a T) -> Value<'a>,
) -> Field<T> {
    Field {
        parts,
        ..field(name, title, value)
    }
}

/// The field that a word names, and which part of it if it is a group: by its name, its heading, or
/// its name without the unit or the plural's s; case does not matter.
pub(crate) fn find<'f, 'w, T>(
    fields: &'f [Field<T>],
    word: &'w str,
) -> Option<(&'f Field<T>, Option<&'w str>)> {
    if let Some((name, part)) = word.split_once('.') {
        return find(fields, name).map(|(field, _)| (field, Some(part)));
    }
    let plain = word.to_ascii_lowercase().replace('-', "_");
    let shortened = |field: &Field<T>| {
        let name = field.name.strip_suffix("_bytes");
        name.or(field.name.strip_suffix("_s"))
    };
    let find = |is_named: &dyn Fn(&Field<T>) -> bool| fields.iter().find(|field| is_named(field));
    let found = find(&|field| field.name == plain)
        .or_else(|| find(&|field| field.title.to_ascii_lowercase().replace(' ', "_") == plain))
        .or_else(|| find(&|field| shortened(field) == Some(&plain)))
        .or_else(|| find(&|field| field.name.strip_suffix('s') == Some(&plain)));
    found.map(|field| (field, None))
}

/// The fields with these names, in the order of the names.
pub(crate) fn columns<T>(fields: &'static [Field<T>], names: &[&str]) -> Vec<&'static Field<T>> {
    let find = |name: &&str| fields.iter().find(|field| field.name == *name);
    names.iter().filter_map(find).collect()
}

/// All figures of `thing` as one object.
pub(crate) fn group<'a, T>(fields: &[Field<T>], thing: &'a T) -> Vec<(&'static str, Value<'a>)> {
    fields
        .iter()
        .map(|field| (field.name, (field.value)(thing)))
        .collect()
}

/// The moment and how complete it is.
pub(crate) const HOST: &[Field<Host>] = &[
    field("schema", "", |_| Value::Number(1)),
    field("host", "", |host| Value::words(&host.name)),
    field("time", "", |host| Value::Time(host.time_ns)),
    field("exact", "", |host| Value::Flag(host.exact())),
    field("moving", "", |host| Value::Flag(host.moving())),
    field("unreadable", "", |host| Value::Count(host.unreadable)),
];

/// A producer.
pub(crate) const PROCESS: &[Field<Process>] = &[
    field("pid", "PID", |one| Value::Number(one.identity.pid.into())),
    choice("state", "STATE", &STATE_NAMES, |one| {
        Value::words(one.state.name())
    }),
    field("user", "USER", |one| Value::words(&one.identity.user)),
    field("command", "COMMAND", |one| {
        Value::words(&one.identity.command)
    }),
    field("started", "STARTED", |one| {
        Value::Time(one.identity.attached_ns)
    }),
    field("segment", "SEGMENT", |one| Value::words(&one.segment)),
    field("devices", "DEVICES", |one| Value::Chips(one.chips())),
    group_field("lost", "LOST", &LOSSES, |one| Value::Group(losses(one))),
    group_field("anomalies", "ANOMALIES", &anomaly::NAMES, |one| {
        let counts = one
            .anomalies
            .counts
            .iter()
            .map(|count| Value::Count(*count));
        Value::Group(anomaly::NAMES.into_iter().zip(counts).collect())
    }),
    field("buffers", "BUFFERS", |one| Value::Count(one.buffers)),
    field("dram_bytes", "DRAM", |one| {
        Value::Bytes(in_memory(&one.types, Memory::Dram))
    }),
    field("l1_bytes", "L1", |one| {
        Value::Bytes(in_memory(&one.types, Memory::L1))
    }),
    field("total_bytes", "BYTES", |one| Value::Bytes(one.bytes())),
    field("exact", "EXACT", |one| Value::Flag(one.exact)),
    field("moving", "MOVING", |one| Value::Flag(one.moving)),
    field("uid", "UID", |one| Value::Number(one.identity.uid.into())),
    field("ended", "ENDED", |one| {
        one.detached_ns.map_or(Value::Unknown, Value::Time)
    }),
    field("mark", "MARK", |one| {
        one.mark.as_deref().map_or(Value::Unknown, Value::words)
    }),
    field("cgroup", "CGROUP", |one| {
        Value::known_text(&one.identity.cgroup)
    }),
    field("pid_namespace", "PIDNS", |one| {
        Value::Number(one.identity.pid_namespace)
    }),
    field("run_id", "RUN", |one| Value::known_hex(one.identity.run_id)),
    field("damage", "DAMAGE", |one| {
        Value::List(one.damage.iter().map(|line| Value::words(line)).collect())
    }),
];

/// What a producer holds on one chip.
pub(crate) const HOLDING: &[Field<DeviceTotals>] = &[
    field("device", "DEVICE", |one| {
        Value::Number(one.info.chip.into())
    }),
    field("unique_id", "ID", |one| {
        Value::known_hex(one.info.unique_id)
    }),
    field("l1_per_core", "", |one| {
        l1_per_core(
            one.info.l1_core_capacity,
            one.l1_core_bytes,
            one.l1_core_peak,
        )
    }),
];

/// A chip.
pub(crate) const DEVICE: &[Field<Device>] = &[
    field("device", "DEVICE", |one| {
        Value::Number(one.info.chip.into())
    }),
    field("unique_id", "ID", |one| {
        Value::known_hex(one.info.unique_id)
    }),
    field("arch", "ARCH", |one| Value::known_text(&one.info.arch)),
    field("pci", "PCI", |one| Value::known_text(&one.info.pci)),
    field("capacity", "", |one| {
        Value::Group(vec![
            ("DRAM", Value::known_bytes(one.info.dram_capacity)),
            ("L1", Value::known_bytes(one.info.l1_capacity)),
        ])
    }),
    field("allocatable", "", |one| {
        Value::Group(vec![
            ("DRAM", Value::known_bytes(one.info.dram_allocatable)),
            ("L1", Value::known_bytes(one.info.l1_allocatable)),
            (
                "L1_SMALL",
                Value::known_bytes(one.info.l1_small_allocatable),
            ),
            ("TRACE", Value::known_bytes(one.info.trace_allocatable)),
        ])
    }),
    field("banks", "", |one| {
        Value::Group(
            BANKED
                .into_iter()
                .map(|buffer_type| (buffer_type.name(), banks(&one.info, buffer_type)))
                .collect(),
        )
    }),
    field("dram_bytes", "DRAM", |one| {
        Value::Bytes(in_memory(&one.types, Memory::Dram))
    }),
    field("l1_bytes", "L1", |one| {
        Value::Bytes(in_memory(&one.types, Memory::L1))
    }),
    field("total_bytes", "BYTES", |one| Value::Bytes(one.bytes())),
    field("l1_per_core", "", |one| {
        l1_per_core(
            one.info.l1_core_capacity,
            one.l1_core_bytes,
            one.l1_core_peak,
        )
    }),
    field("producers", "PRODUCERS", |one| Value::Count(one.producers)),
    field("peak_exact", "", |one| Value::Flag(one.peak_exact())),
];

/// Totals of one buffer type.
pub(crate) const TYPE: &[Field<TypeTotals>] = &[
    field("bytes", "BYTES", |one| Value::Bytes(one.bytes)),
    field("requested_bytes", "REQUESTED", |one| {
        Value::Bytes(one.requested_bytes)
    }),
    field("buffers", "BUFFERS", |one| Value::Count(one.buffers)),
    field("peak_bytes", "PEAK", |one| Value::Bytes(one.peak_bytes)),
    field("allocs", "ALLOCS", |one| Value::Count(one.allocs)),
    field("frees", "FREES", |one| Value::Count(one.frees)),
];

/// A live allocation. `size` is what it occupies on each of its chips.
pub(crate) const BUFFER: &[Field<Held>] = &[
    field("pid", "PID", |one| Value::Number(one.pid.into())),
    field("devices", "DEVICES", |one| Value::Chips(one.chips)),
    choice("type", "TYPE", &TYPE_NAMES, |one| {
        Value::words(one.buffer.buffer_type.name())
    }),
    field("address", "ADDRESS", |one| Value::Hex(one.buffer.address)),
    field("size", "SIZE", |one| Value::Bytes(one.buffer.occupied)),
    field("refs", "REFS", |one| Value::Count(one.buffer.refs)),
    field("sequence", "SEQUENCE", |one| {
        Value::Number(one.buffer.sequence)
    }),
    field("allocated", "ALLOCATED", |one| {
        Value::Time(one.buffer.allocated_ns)
    }),
    field("age_s", "AGE", |one| {
        Value::Seconds(one.age_ns as f64 / 1e9)
    }),
    field("thread", "THREAD", |one| {
        Value::Number(one.buffer.thread.into())
    }),
    choice("state", "STATE", &STATE_NAMES, |one| {
        Value::words(one.state.name())
    }),
    field("requested_bytes", "REQUESTED", |one| {
        Value::Bytes(one.buffer.requested)
    }),
    field("per_bank_bytes", "PER BANK", |one| {
        Value::Bytes(one.buffer.per_bank)
    }),
    field("banks", "BANKS", |one| {
        Value::Count(one.buffer.banks.into())
    }),
    field("pool", "POOL", |one| Value::Number(one.buffer.pool.into())),
    field("id", "ID", |one| Value::known_number(one.buffer.id)),
    field("segment", "SEGMENT", |one| Value::words(&one.segment)),
];

/// A check of the doctor.
pub(crate) const CHECK: &[Field<Check>] = &[
    field("name", "CHECK", |one| Value::words(one.name)),
    field("verdict", "VERDICT", |one| Value::words(one.verdict.name())),
    field("found", "FOUND", |one| Value::words(&one.found)),
    field("details", "DETAILS", |one| lines(&one.details)),
    field("advice", "ADVICE", |one| lines(&one.advice)),
];

/// Two live ranges on one another.
pub(crate) const OVERLAP: &[Field<Overlap>] = &[
    field("warning", "", |_| Value::words("overlap")),
    field("pid", "", |one| Value::Number(one.pid.into())),
    field("devices", "", |one| Value::Chips(one.chips)),
    field("type", "", |one| Value::words(one.buffer_type.name())),
    field("addresses", "", |one| {
        Value::List(vec![Value::Hex(one.first.0), Value::Hex(one.second.0)])
    }),
    field("sequences", "", |one| {
        Value::List(vec![
            Value::Number(one.first.1),
            Value::Number(one.second.1),
        ])
    }),
    field("bytes", "", |one| Value::Bytes(one.bytes)),
    field("text", "", |one| Value::Text(one.sentence().into())),
];

/// The totals by buffer type that `wanted` lets through.
pub(crate) fn types(
    totals: &[TypeTotals; TYPES],
    wanted: impl Fn(BufferType) -> bool,
) -> Vec<(&'static str, Value<'_>)> {
    BufferType::ALL
        .into_iter()
        .filter(|buffer_type| wanted(*buffer_type))
        .map(|buffer_type| {
            (
                buffer_type.name(),
                Value::Group(group(TYPE, &totals[buffer_type as usize])),
            )
        })
        .collect()
}

/// Circular buffers have figures that no sum over events gives: they stand beside the sums.
pub(crate) fn with_programs<'a>(
    mut types: Vec<(&'static str, Value<'a>)>,
    union: u64,
    peak: u64,
    programs: u64,
) -> Vec<(&'static str, Value<'a>)> {
    for (name, value) in &mut types {
        if let (true, Value::Group(figures)) = (*name == BufferType::Cb.name(), value) {
            figures.push(("cb_union_bytes_per_core", Value::Bytes(union)));
            figures.push(("cb_peak_bytes_per_core", Value::Bytes(peak)));
            figures.push(("programs", Value::Count(programs)));
        }
    }
    types
}

/// What can be lost: overwritten records, which bound how far history reaches, and all that the
/// producer counts.
const LOSSES: [&str; 1 + loss::NAMES.len()] = {
    let mut names = ["records_overwritten"; 1 + loss::NAMES.len()];
    let mut at = 0;
    while at < loss::NAMES.len() {
        names[at + 1] = loss::NAMES[at];
        at += 1;
    }
    names
};

fn lines(lines: &[String]) -> Value<'_> {
    Value::List(lines.iter().map(|line| Value::words(line)).collect())
}

fn losses(process: &Process) -> Vec<(&'static str, Value<'static>)> {
    let counts = process.losses.counts.iter();
    let counts = std::iter::once(&process.losses.records_overwritten).chain(counts);
    LOSSES
        .into_iter()
        .zip(counts.map(|count| Value::Count(*count)))
        .collect()
}

/// Where the banks of a type are.
fn banks(info: &DeviceInfo, buffer_type: BufferType) -> Value<'static> {
    info.banks(buffer_type).map_or(Value::Unknown, |banks| {
        Value::Group(vec![
            ("base", Value::Hex(banks.base)),
            ("bytes", Value::Bytes(banks.size)),
            ("count", Value::Count(banks.count.into())),
            ("alignment", Value::known_bytes(banks.alignment.into())),
        ])
    })
}

fn l1_per_core(capacity: u64, bytes: u64, peak: u64) -> Value<'static> {
    Value::Group(vec![
        ("capacity", Value::known_bytes(capacity)),
        ("max_bytes", Value::Bytes(bytes)),
        ("max_peak_bytes", Value::Bytes(peak)),
    ])
}
