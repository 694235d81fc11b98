//! A device that was opened: who holds its memory, and with what.

use super::{buffers, devices, processes};
use crate::quantity::counted;
use crate::screen::canvas::Canvas;
use crate::screen::figures::{Figures, command, percent, words};
use crate::screen::scene::Scene;
use crate::screen::widget::table::{Column, Row, Table};
use crate::value::Value;
use crate::view::chip::{Chip, chip, is_it};
use crate::view::{Device, Process, in_memory, memory_name};
use ttmem_layout::{BufferType, Memory};
use ttmem_reader::{DeviceTotals, State};

/// Draws it.
pub(in crate::screen) fn draw(scene: &Scene, wanted: Chip, canvas: &mut Canvas) {
    let width = canvas.width();
    let Some(device) = scene.host.devices.iter().find(|one| chip(one) == wanted) else {
        canvas.line(words(format!(
            "  device {} is not in use any more",
            wanted.0
        )));
        return;
    };
    canvas.line(title(device).style(scene.theme.heading()));
    canvas.table(&scene.theme, &devices::table(scene, &[device], width));
    for (place, memory) in [Memory::L1, Memory::Dram].into_iter().enumerate() {
        let holders = holders(scene, wanted, memory);
        let name = memory_name(memory);
        canvas.line(words(""));
        if holders.is_empty() {
            canvas.line(words(format!("  Nobody holds {name} here.")));
            continue;
        }
        canvas.line(words(format!("  {name} is held by")).style(scene.theme.heading()));
        canvas.table(
            &scene.theme,
            &table(scene, &holders, memory, device.capacity(memory), width),
        );
        let list = scene.gathered.lists.get(place);
        let Some(list) = list.filter(|list| !list.rows.is_empty()) else {
            continue;
        };
        let more = match list.count() > list.rows.len() {
            true => format!(", the largest {} of {}", list.rows.len(), list.count()),
            false => String::new(),
        };
        canvas.line(words(format!("  with{more}")).style(scene.theme.heading()));
        canvas.table(
            &scene.theme,
            &buffers::table(scene, list.rows.iter(), width),
        );
    }
}

fn title(device: &Device) -> ratatui::text::Line<'static> {
    let info = &device.info;
    let known = [
        Value::known_text(&info.arch),
        Value::known_hex(info.unique_id),
        Value::known_text(&info.pci),
    ];
    let mut text = format!("  device {}", info.chip);
    for value in known.iter().filter(|value| **value != Value::Unknown) {
        text.push_str("  ");
        value.write(false, &mut text);
    }
    text.push_str(&format!(
        "  {} running",
        counted(device.producers, "process")
    ));
    words(text)
}

/// A process and what it holds of one chip.
type Holder<'a> = (&'a Process, &'a DeviceTotals, bool);

/// Who holds memory of a chip: most first, the living before the dead.
fn holders(scene: &Scene, wanted: Chip, memory: Memory) -> Vec<Holder<'_>> {
    let there = scene.host.processes.iter().map(|one| (one, false));
    let gone = scene.roster.gone().iter().map(|one| (one, true));
    let mut holders: Vec<Holder<'_>> = there
        .chain(gone)
        .filter_map(|(process, gone)| {
            let mut holdings = process.holdings.iter();
            let holding = holdings.find(|one| is_it(&scene.host, &one.info, wanted))?;
            (in_memory(&holding.types, memory) > 0).then_some((process, holding, gone))
        })
        .collect();
    holders.sort_by_key(|(process, holding, gone)| {
        let bytes = in_memory(&holding.types, memory);
        (*gone, process.state != State::Running, u64::MAX - bytes)
    });
    holders
}

fn table(
    scene: &Scene,
    holders: &[Holder<'_>],
    memory: Memory,
    capacity: u64,
    width: u16,
) -> Table {
    let figures = Figures::of(scene, width);
    let size = figures.width();
    let types: Vec<BufferType> = BufferType::ALL
        .into_iter()
        .filter(|one| one.memory() == memory)
        .collect();
    let mut columns = vec![
        Column::amount("BYTES", 0).least(size),
        Column::amount("SHARE", 1).least(6),
    ];
    for buffer_type in &types {
        let title = match buffer_type {
            BufferType::L1 => "BUFFERS",
            other => other.name(),
        };
        let spare = match buffer_type {
            BufferType::L1 | BufferType::Cb => 3,
            BufferType::Kernel => 4,
            _ => 6,
        };
        columns.push(Column::amount(title, spare).least(size));
    }
    columns.extend([
        Column::amount("PID", 0),
        Column::words("USER", 5),
        Column::words("STATE", 0),
        Column::words("COMMAND", 2),
    ]);
    let mut table = Table::new(columns);
    for (process, holding, gone) in holders {
        let bytes = in_memory(&holding.types, memory);
        let mut cells = vec![words(figures.size(bytes)), words(percent(bytes, capacity))];
        cells.extend(
            types
                .iter()
                .map(|one| words(figures.size(holding.of(*one).bytes))),
        );
        cells.push(words(process.identity.pid.to_string()));
        cells.push(words(Value::words(&process.identity.user).text(false)));
        cells.push(processes::state(scene, process, *gone));
        cells.push(words(command(&process.identity.command)));
        let row = Row::new(cells);
        table.row(match (process.state, gone) {
            (State::Running, false) => row,
            _ => row.styled(scene.theme.faint()),
        });
    }
    table
}
