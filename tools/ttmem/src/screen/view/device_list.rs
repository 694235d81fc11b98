//! Several devices, one row for each: both memories beside one another.

use super::devices::shown;
use crate::screen::figures::{Figures, percent, words};
use crate::screen::scene::Scene;
use crate::screen::widget::table::{Column, Row, Table};
use crate::screen::widget::{bar, sparkline};
use crate::value::Value;
use crate::view::chip::chip;
use crate::view::{Device, in_memory};
use ratatui::text::Line;
use ttmem_layout::Memory;

/// Below this width it says too little.
pub(super) const LEAST: u16 = 70;

/// A row for each device that is shown.
pub(super) fn table(scene: &Scene, width: u16) -> Table {
    let figures = Figures::of(scene, width);
    let size = figures.width();
    let bar_width = usize::from(width / 14).clamp(6, 24);
    let spark_width = usize::from(width / 16).clamp(6, 20);
    let mut columns = vec![Column::amount("DEV", 0)];
    for name in ["DRAM", "L1"] {
        columns.extend([
            Column::words("", 2).least(bar_width),
            Column::amount(name, 0).least(6),
            Column::amount("USED", 1).least(size),
        ]);
        if scene.before().is_some() {
            columns.push(Column::amount("SINCE", 0).least(size + 1));
        }
        columns.extend([
            Column::amount("PEAK", 3).least(size),
            Column::amount("GAP", 5).least(size),
            Column::amount("FRAG", 6).least(4),
            Column::amount("2 MIN", 4).least(spark_width),
        ]);
    }
    columns.push(Column::amount("CORE", 7).least(size));
    columns.push(Column::amount("PROCESSES", 8));
    let mut table = Table::new(columns);
    for device in shown(scene) {
        table.row(row(scene, device, figures, bar_width, spark_width));
    }
    table
}

fn row(
    scene: &Scene,
    device: &Device,
    figures: Figures,
    bar_width: usize,
    spark_width: usize,
) -> Row {
    let mut cells = vec![words(device.info.chip.to_string())];
    for memory in [Memory::Dram, Memory::L1] {
        let used = in_memory(&device.types, memory);
        let capacity = device.capacity(memory);
        let bar = match memory {
            Memory::Dram => bar::dram(&scene.theme, used, capacity, bar_width),
            _ => bar::l1(&scene.theme, |one| *device.of(one), capacity, bar_width),
        };
        cells.push(Line::from(bar));
        cells.push(words(percent(used, capacity)));
        cells.push(words(figures.size(used)));
        if let Some(before) = scene.before() {
            cells.push(words(super::devices::since(
                before, device, memory, figures,
            )));
        }
        cells.push(words(super::devices::peak(device, memory, figures)));
        cells.extend(super::devices::room(scene, device, memory, figures));
        let past = scene.past.of(chip(device), memory, spark_width);
        cells.push(Line::from(sparkline::spark(&scene.theme, &past)));
    }
    cells.push(words(figures.size(device.l1_core_bytes)));
    cells.push(words(Value::Count(device.producers).text(false)));
    Row::new(cells)
}
