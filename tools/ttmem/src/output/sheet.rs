//! What is in one chip, for people: a page of figures.

use crate::fields::DEVICE;
use crate::output::text::{self, Table};
use crate::quantity::{counted, share};
use crate::select::Select;
use crate::value::Value;
use crate::view::{Device, in_memory};
use std::io::{self, Write};
use ttmem_layout::{BufferType, Memory};

/// Writes one chip: each memory of it, and each buffer type in it that was ever used.
pub(crate) fn write(
    out: &mut impl Write,
    title: &str,
    device: &Device,
    select: &Select,
    exact: bool,
) -> io::Result<()> {
    let heading = text::HEADING;
    let words: Vec<_> = DEVICE[1..4]
        .iter()
        .map(|field| (field.value)(device))
        .collect();
    write!(out, "{heading}{title}{heading:#}")?;
    for word in words.iter().filter(|word| **word != Value::Unknown) {
        write!(out, "  {}", word.text(exact))?;
    }
    writeln!(out)?;

    let mut table = Table::new(&[
        "MEMORY",
        "BYTES",
        "SHARE",
        "REQUESTED",
        "BUFFERS",
        "PEAK",
        "ALLOCS",
        "FREES",
    ])
    .indented(2);
    let memories = [
        (Memory::Dram, "all DRAM"),
        (Memory::L1, "all L1"),
        (Memory::Host, "host memory"),
    ];
    for (memory, name) in memories {
        let inside: Vec<_> = BufferType::ALL
            .into_iter()
            .filter(|one| one.memory() == memory && select.wants_type(*one))
            .filter(|one| device.of(*one).allocs > 0 || device.of(*one).bytes > 0)
            .collect();
        if memory == Memory::Host && inside.is_empty() {
            continue;
        }
        let capacity = device.capacity(memory);
        let percent = |bytes| share(bytes, capacity).map_or(Value::Unknown, Value::Percent);
        let all = in_memory(&device.types, memory);
        let mut row = vec![Value::words(name), Value::Bytes(all), percent(all)];
        row.resize(8, Value::words(""));
        table.row(text::PLAIN, &row, exact);
        for one in inside {
            let totals = device.of(one);
            let row = [
                Value::Text(format!("  {}", one.name()).into()),
                Value::Bytes(totals.bytes),
                percent(totals.bytes),
                Value::Bytes(totals.requested_bytes),
                Value::Count(totals.buffers),
                Value::Bytes(totals.peak_bytes),
                Value::Count(totals.allocs),
                Value::Count(totals.frees),
            ];
            table.row(text::PLAIN, &row, exact);
        }
    }
    table.write(out)?;
    let sized = |bytes: u64| Value::Bytes(bytes).text(exact);
    let of = |capacity: u64| match capacity {
        0 => String::new(),
        capacity => format!(" of {}", sized(capacity)),
    };
    writeln!(
        out,
        "  fullest core: {}{} of L1, peak {}",
        sized(device.l1_core_bytes),
        of(device.info.l1_core_capacity),
        sized(device.l1_core_peak)
    )?;
    if device.cb_core_peak > 0 || device.programs > 0 {
        writeln!(
            out,
            "  circular buffers per core: {} covered by {} alive, largest program so far {}",
            sized(device.cb_union),
            counted(device.programs, "program"),
            sized(device.cb_core_peak)
        )?;
    }
    if !device.peak_exact() {
        writeln!(
            out,
            "  peaks: at least; {} share the device and their peaks may not have coincided",
            counted(device.producers, "process")
        )?;
    }
    Ok(())
}
