//! Buffers: each allocation that exists, or existed when its process died.

use crate::quantity::counted;
use crate::screen::figures::{Figures, command, words};
use crate::screen::keys::View;
use crate::screen::list::{List, field};
use crate::screen::scene::Scene;
use crate::screen::widget::table::{Column, Row, Table};
use crate::view::{Held, memory_name};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ttmem_reader::State;

/// What buffers can be sorted by.
pub(in crate::screen) const SORTS: &[&str] = &[
    "size", "age_s", "type", "devices", "address", "pid", "refs", "sequence",
];

/// Fields that are shown, and how easily each can be spared.
const COLUMNS: &[(&str, u8)] = &[
    ("size", 0),
    ("type", 0),
    ("devices", 2),
    ("address", 1),
    ("per_bank_bytes", 7),
    ("banks", 8),
    ("refs", 9),
    ("age_s", 3),
    ("pid", 0),
    ("state", 5),
    ("thread", 11),
    ("id", 10),
    ("sequence", 12),
];

/// Draws the view.
pub(in crate::screen) fn draw(scene: &mut Scene, area: Rect, buffer: &mut Buffer) {
    let height = usize::from(area.height.saturating_sub(1));
    let count = scene.gathered.lists.first().map_or(0, List::count);
    scene.row = scene.row.min(count.saturating_sub(1));
    let first = super::devices::follow(scene.first[View::Buffers as usize], scene.row, 1, height)
        .min(count.saturating_sub(height));
    if let Some(list) = scene.gathered.lists.first() {
        let skipped = first.saturating_sub(list.from);
        let rows = list.rows.iter().skip(skipped).take(height);
        let mut table = table(scene, rows, area.width);
        if scene.row >= first {
            table.choose(scene.row - first, 1);
        }
        table.draw(&scene.theme, area, 0, buffer);
    }
    scene.first[View::Buffers as usize] = first;
    scene.page = height;
}

/// A table of these buffers.
pub(in crate::screen) fn table<'a>(
    scene: &Scene,
    rows: impl Iterator<Item = &'a Held>,
    width: u16,
) -> Table {
    let figures = Figures::of(scene, width);
    let sort = scene.sorts[View::Buffers as usize];
    let sign = match sort.reverse {
        true => scene.theme.signs.up,
        false => scene.theme.signs.down,
    };
    let in_order = scene.view == View::Buffers && scene.opened.is_none();
    let fields = COLUMNS
        .iter()
        .filter_map(|(name, spare)| Some((field(name)?, *spare)));
    let mut columns: Vec<Column> = fields
        .clone()
        .map(|(field, spare)| {
            let column = match field.name {
                "size" | "per_bank_bytes" => {
                    Column::amount(field.title, spare).least(figures.width())
                }
                "age_s" => Column::amount(field.title, spare).least(6),
                "address" => Column::amount(field.title, spare).least(10),
                "type" => Column::words(field.title, spare).least(6),
                "devices" | "state" => Column::words(field.title, spare),
                _ => Column::amount(field.title, spare),
            };
            match in_order && field.name == sort.by {
                true => column.sorted(sign),
                false => column,
            }
        })
        .collect();
    columns.push(Column::words("COMMAND", 4));
    let mut table = Table::new(columns);
    for held in rows {
        let mut cells: Vec<_> = fields
            .clone()
            .map(|(field, _)| match (field.name, held.state) {
                ("state", State::Dead | State::Exited) => {
                    words(format!("{} {}", scene.theme.signs.dead, held.state.name()))
                }
                _ => words(figures.value(&(field.value)(held))),
            })
            .collect();
        let process = scene.process(&held.segment);
        let line = process.map_or("", |(process, _)| &process.identity.command);
        cells.push(words(command(line)));
        let row = Row::new(cells);
        table.row(match held.state {
            State::Running => row,
            _ => row.styled(scene.theme.faint()),
        });
    }
    table
}

/// How many there are, and what those that are live add up to on all their devices: a line for the tabs.
pub(in crate::screen) fn total(list: &List, figures: Figures) -> String {
    let mut line = counted(list.count() as u64, "buffer");
    if list.of_the_dead > 0 {
        line.push_str(&format!(", {} of the dead", list.of_the_dead));
    }
    for (memory, bytes) in list.live.memories() {
        let bytes = figures.size(bytes);
        line.push_str(&format!(", {} {bytes}", memory_name(memory)));
    }
    line
}
