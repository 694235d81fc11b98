//! Devices: how full they are, what for, and how that went in the last minutes; processes below as far
//! as there is room.

use super::{device_list, grid, processes};
use crate::fields::DEVICE;
use crate::screen::figures::{Figures, percent, words};
use crate::screen::keys::{Density, View};
use crate::screen::scene::{Scene, Sort};
use crate::screen::widget::table::{Column, Row, Table};
use crate::screen::widget::{bar, sparkline};
use crate::space::Room;
use crate::value::Value;
use crate::view::chip::chip;
use crate::view::{Device, Host, in_memory, memory_name};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ttmem_layout::{BufferType, Memory};

/// What devices can be sorted by.
pub(in crate::screen) const SORTS: &[&str] = &["device", "dram_bytes", "l1_bytes", "producers"];

/// The devices that were asked for, in the order that was asked for.
pub(in crate::screen) fn shown(scene: &Scene) -> Vec<&Device> {
    let finding = scene.findings[View::Devices as usize].as_ref();
    let sieve = finding.map(|finding| finding.bind(DEVICE, scene.host.time_ns));
    let mut shown: Vec<_> = scene
        .host
        .devices
        .iter()
        .filter(|device| {
            sieve
                .as_ref()
                .is_none_or(|sieve| sieve.lets_through(device))
        })
        .collect();
    let Sort { by, reverse } = scene.sorts[View::Devices as usize];
    if let Some(field) = DEVICE.iter().find(|field| field.name == by) {
        shown.sort_by(|a, b| (field.value)(a).order(&(field.value)(b)));
    }
    if reverse {
        shown.reverse();
    }
    shown
}

/// How devices are laid out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Layout {
    /// A row for each memory.
    Full,
    /// A row for each device.
    List,
    /// A cell for each device.
    Grid,
}

impl Layout {
    /// The roomiest in which all devices, and the processes below them, are in sight.
    fn of(scene: &Scene, area: Rect) -> Self {
        let devices = shown(scene).len();
        let below = 2 + processes::shown(scene).len().clamp(1, 6);
        let fits = |rows: usize| 1 + rows + below <= area.height.into();
        match scene.density {
            Density::Full => Self::Full,
            Density::Compact => Self::Grid,
            Density::Auto if devices <= 1 || fits(2 * devices) => Self::Full,
            Density::Auto if fits(devices) && area.width >= device_list::LEAST => Self::List,
            Density::Auto => Self::Grid,
        }
    }
}

/// Draws the view.
pub(in crate::screen) fn draw(scene: &mut Scene, area: Rect, buffer: &mut Buffer) {
    scene.across = 1;
    let used = match Layout::of(scene, area) {
        Layout::Grid => grid::draw(scene, area, buffer),
        Layout::List => {
            let table = device_list::table(scene, area.width);
            rows(scene, table, 1, area, buffer)
        }
        Layout::Full => {
            let table = table(scene, &shown(scene), area.width);
            rows(scene, table, 2, area, buffer)
        }
    };
    let rest = usize::from(area.height).saturating_sub(used + 1);
    if rest >= 2 {
        let below = Rect {
            y: area.y + (used + 1) as u16,
            height: rest as u16,
            ..area
        };
        processes::draw_below(scene, below, buffer);
    }
}

/// The first row that is shown, so that `count` rows from `row` on are in sight.
pub(in crate::screen) fn follow(first: usize, row: usize, count: usize, height: usize) -> usize {
    let least = (row + count.min(height)).saturating_sub(height);
    first.clamp(least, row.max(least))
}

/// Draws a table with so many rows for each device; how many rows were used.
fn rows(
    scene: &mut Scene,
    mut table: Table,
    each: usize,
    area: Rect,
    buffer: &mut Buffer,
) -> usize {
    let chosen = scene.chosen_chip();
    let at = shown(scene)
        .iter()
        .position(|device| Some(chip(device)) == chosen);
    let height = usize::from(area.height.saturating_sub(1));
    let mut first = scene.first[View::Devices as usize];
    if let Some(at) = at {
        table.choose(each * at, each);
        first = follow(first, each * at, each, height);
    }
    first = first.min(table.len().saturating_sub(height));
    table.draw(&scene.theme, area, first, buffer);
    scene.first[View::Devices as usize] = first;
    scene.page = height / each;
    1 + table.len().min(height)
}

/// Two rows for each of these devices.
pub(in crate::screen) fn table(scene: &Scene, devices: &[&Device], width: u16) -> Table {
    let figures = Figures::of(scene, width);
    let size = figures.width();
    let signs = scene.theme.signs;
    let bar_width = usize::from(width / 10).clamp(6, 40);
    let spark_width = usize::from(width / 12).clamp(6, 24);
    let legend = match width {
        0..100 => String::new(),
        _ => format!(
            "{} buffers {} CB {} kernels",
            signs.buffers, signs.cb, signs.kernel
        ),
    };
    let mut columns = vec![
        Column::amount("DEV", 0),
        Column::words("MEMORY", 0),
        Column::words(legend, 1).least(bar_width),
        Column::amount("SHARE", 0).least(6),
        Column::amount("USED", 2).least(size),
    ];
    if scene.before().is_some() {
        columns.push(Column::amount("SINCE", 0).least(size + 1));
    }
    columns.extend([
        Column::amount("CAPACITY", 9).least(size),
        Column::amount("PEAK", 3).least(size),
        Column::amount("GAP", 4).least(size),
        Column::amount("FRAG", 6).least(4),
        Column::amount("CORE", 7).least(size),
        Column::amount("PROCESSES", 10),
        // Not words: those may be cut.
        Column::amount("2 MIN", 5).least(spark_width),
    ]);
    let mut table = Table::new(columns);
    for device in devices {
        for memory in [Memory::Dram, Memory::L1] {
            table.row(row(scene, device, memory, figures, bar_width, spark_width));
        }
    }
    table
}

fn row(
    scene: &Scene,
    device: &Device,
    memory: Memory,
    figures: Figures,
    bar_width: usize,
    spark_width: usize,
) -> Row {
    let used = in_memory(&device.types, memory);
    let capacity = device.capacity(memory);
    let bar = match memory {
        Memory::Dram => bar::dram(&scene.theme, used, capacity, bar_width),
        _ => bar::l1(&scene.theme, |one| *device.of(one), capacity, bar_width),
    };
    let mut cells = vec![
        words(match memory {
            Memory::Dram => device.info.chip.to_string(),
            _ => String::new(),
        }),
        words(memory_name(memory)),
        Line::from(bar),
        words(percent(used, capacity)),
        words(figures.size(used)),
    ];
    if let Some(before) = scene.before() {
        cells.push(words(since(before, device, memory, figures)));
    }
    cells.push(words(
        figures.known_size((capacity > 0).then_some(capacity)),
    ));
    cells.push(words(peak(device, memory, figures)));
    cells.extend(room(scene, device, memory, figures));
    cells.push(words(match memory {
        Memory::L1 => figures.size(device.l1_core_bytes),
        _ => String::new(),
    }));
    cells.push(words(match memory {
        Memory::Dram => Value::Count(device.producers).text(false),
        _ => String::new(),
    }));
    let past = scene.past.of(chip(device), memory, spark_width);
    cells.push(Line::from(sparkline::spark(&scene.theme, &past)));
    Row::new(cells)
}

/// The most of a memory that was ever in use.
pub(super) fn peak(device: &Device, memory: Memory, figures: Figures) -> String {
    let peak = device.peak(memory);
    peak.text(&figures.size(peak.bytes))
}

/// By how much a device's memory has changed.
pub(super) fn since(before: &Host, device: &Device, memory: Memory, figures: Figures) -> String {
    let was = before.devices.iter().find(|was| chip(was) == chip(device));
    let bytes = |device: &Device| in_memory(&device.types, memory);
    was.map_or_else(
        || "new".into(),
        |was| figures.change(bytes(was), bytes(device)),
    )
}

/// The largest gap and the fragmentation.
pub(super) fn room(
    scene: &Scene,
    device: &Device,
    memory: Memory,
    figures: Figures,
) -> [Line<'static>; 2] {
    let buffer_type = match memory {
        Memory::Dram => BufferType::Dram,
        _ => BufferType::L1,
    };
    let room = scene.gathered.rooms.of(chip(device), buffer_type);
    let largest = room
        .filter(|room| room.known)
        .map(|room| room.largest.length());
    let fragmentation = room.and_then(Room::fragmentation);
    [
        words(figures.known_size(largest)),
        words(fragmentation.map_or_else(|| "-".into(), |part| format!("{:.0}%", part * 100.0))),
    ]
}
