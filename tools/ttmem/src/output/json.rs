//! The host as JSON: one document, or one object a line.

use crate::fields::{self, BUFFER, DEVICE, Field, HOLDING, HOST, OVERLAP, PROCESS, group};
use crate::select::Select;
use crate::value::Value;
use crate::view::{Device, Host, Process};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::ser::{Formatter, PrettyFormatter};
use std::io::{self, Write};

/// Which parts of a host a command shows.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Parts {
    /// Its chips.
    pub(crate) devices: bool,
    /// Its live allocations.
    pub(crate) buffers: bool,
}

/// Writes a host as one document, on one line if `compact`.
pub(crate) fn document(
    out: &mut impl Write,
    host: &Host,
    parts: Parts,
    select: &Select,
    compact: bool,
) -> io::Result<()> {
    let document = Document {
        host,
        parts,
        select,
    };
    if compact {
        line(out, &document)
    } else {
        pretty(out, &document)
    }
}

struct Document<'a> {
    host: &'a Host,
    parts: Parts,
    select: &'a Select,
}

impl Serialize for Document<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self {
            host,
            parts,
            select,
        } = self;
        let mut map = serializer.serialize_map(None)?;
        for field in HOST {
            map.serialize_entry(field.name, &(field.value)(host))?;
        }
        let processes = host.processes.iter().map(|one| process(one, select));
        map.serialize_entry("processes", &Value::List(processes.collect()))?;
        if parts.devices {
            let devices = host.devices.iter().map(|one| device(one, select));
            map.serialize_entry("devices", &Value::List(devices.collect()))?;
        }
        if parts.buffers {
            map.serialize_entry("buffers", &Rows(BUFFER, &host.buffers))?;
        }
        if parts.devices || parts.buffers {
            map.serialize_entry("warnings", &warnings(host))?;
        }
        map.end()
    }
}

/// What the fields say of a thing, as one object: made as it is written.
pub(crate) struct Row<'a, T> {
    /// What it is called, if that has to be said.
    pub(crate) object: Option<&'static str>,
    pub(crate) fields: &'a [Field<T>],
    pub(crate) thing: &'a T,
}

impl<T> Serialize for Row<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if let Some(name) = self.object {
            map.serialize_entry("object", name)?;
        }
        for field in self.fields {
            map.serialize_entry(field.name, &(field.value)(self.thing))?;
        }
        map.end()
    }
}

struct Rows<'a, T>(&'a [Field<T>], &'a [T]);

impl<T> Serialize for Rows<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(fields, things) = self;
        serializer.collect_seq(things.iter().map(|thing| Row {
            object: None,
            fields,
            thing,
        }))
    }
}

/// Writes a host as one object a line: the host itself first, then its parts.
pub(crate) fn lines(
    out: &mut impl Write,
    host: &Host,
    parts: Parts,
    select: &Select,
) -> io::Result<()> {
    let named = |name: &'static str, value| match value {
        Value::Group(mut figures) => {
            figures.insert(0, ("object", Value::words(name)));
            Value::Group(figures)
        }
        other => other,
    };
    let mut figures = group(HOST, host);
    if parts.devices || parts.buffers {
        figures.push(("warnings", warnings(host)));
    }
    line(out, &named("host", Value::Group(figures)))?;
    for one in &host.processes {
        line(out, &named("process", process(one, select)))?;
    }
    for one in host.devices.iter().filter(|_| parts.devices) {
        line(out, &named("device", device(one, select)))?;
    }
    for thing in host.buffers.iter().filter(|_| parts.buffers) {
        row(out, "buffer", BUFFER, thing)?;
    }
    Ok(())
}

/// Writes what the fields say of a thing, which is called `object`, on a line of its own.
pub(crate) fn row<T>(
    out: &mut impl Write,
    object: &'static str,
    fields: &[Field<T>],
    thing: &T,
) -> io::Result<()> {
    let row = Row {
        object: Some(object),
        fields,
        thing,
    };
    line(out, &row)
}

/// Writes one value on a line of its own.
pub(crate) fn line(out: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *out, value)?;
    out.write_all(b"\n")
}

/// Writes one value, its outer levels over several lines.
pub(crate) fn pretty(out: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    let mut serializer = serde_json::Serializer::with_formatter(&mut *out, Shallow::default());
    value.serialize(&mut serializer)?;
    out.write_all(b"\n")
}

/// A producer with all it holds.
pub(crate) fn process<'a>(one: &'a Process, select: &Select) -> Value<'a> {
    let mut figures = group(PROCESS, one);
    let wanted = |buffer_type| select.wants_type(buffer_type);
    figures.push(("types", Value::Group(fields::types(&one.types, wanted))));
    let by_device = one.holdings.iter().map(|holding| {
        let mut figures = group(HOLDING, holding);
        let types = fields::types(&holding.types, wanted);
        let types = fields::with_programs(
            types,
            holding.cb_union,
            holding.cb_core_peak,
            holding.programs,
        );
        figures.push(("types", Value::Group(types)));
        Value::Group(figures)
    });
    figures.push(("by_device", Value::List(by_device.collect())));
    Value::Group(figures)
}

fn device<'a>(one: &'a Device, select: &Select) -> Value<'a> {
    let mut figures = group(DEVICE, one);
    let types = fields::types(&one.types, |buffer_type| select.wants_type(buffer_type));
    let types = fields::with_programs(types, one.cb_union, one.cb_core_peak, one.programs);
    let at = figures
        .iter()
        .position(|(name, _)| *name == "dram_bytes")
        .unwrap_or(figures.len());
    figures.insert(at, ("types", Value::Group(types)));
    Value::Group(figures)
}

fn warnings(host: &Host) -> Value<'_> {
    Value::List(
        host.overlaps
            .iter()
            .map(|one| Value::Group(group(OVERLAP, one)))
            .collect(),
    )
}

/// Indents the outer levels and keeps each process, device and buffer readable without spreading a
/// list of ten thousand over ten lines each.
struct Shallow {
    pretty: PrettyFormatter<'static>,
    depth: usize,
}

impl Default for Shallow {
    fn default() -> Self {
        Self {
            pretty: PrettyFormatter::new(),
            depth: 0,
        }
    }
}

/// Levels that are spread over lines: the document and its lists.
const SPREAD: usize = 2;

impl Shallow {
    const fn spreads(&self) -> bool {
        self.depth <= SPREAD
    }
}

impl Formatter for Shallow {
    fn begin_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.depth += 1;
        if self.spreads() {
            self.pretty.begin_array(out)
        } else {
            out.write_all(b"[")
        }
    }

    fn end_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        let spreads = self.spreads();
        self.depth -= 1;
        if spreads {
            self.pretty.end_array(out)
        } else {
            out.write_all(b"]")
        }
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        if self.spreads() {
            return self.pretty.begin_array_value(out, first);
        }
        if first { Ok(()) } else { out.write_all(b", ") }
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        if self.spreads() {
            self.pretty.end_array_value(out)
        } else {
            Ok(())
        }
    }

    fn begin_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.depth += 1;
        if self.spreads() {
            self.pretty.begin_object(out)
        } else {
            out.write_all(b"{")
        }
    }

    fn end_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        let spreads = self.spreads();
        self.depth -= 1;
        if spreads {
            self.pretty.end_object(out)
        } else {
            out.write_all(b"}")
        }
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        if self.spreads() {
            return self.pretty.begin_object_key(out, first);
        }
        if first { Ok(()) } else { out.write_all(b", ") }
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        out.write_all(b": ")
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        if self.spreads() {
            self.pretty.end_object_value(out)
        } else {
            Ok(())
        }
    }
}
