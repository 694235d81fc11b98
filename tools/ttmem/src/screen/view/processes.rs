//! Processes: what they hold, how fast they allocate, what went wrong.

use crate::fields::PROCESS;
use crate::screen::figures::{Figures, command, per_second, words};
use crate::screen::finding::Finding;
use crate::screen::keys::View;
use crate::screen::rates::Rate;
use crate::screen::roster::fate;
use crate::screen::scene::{Scene, Sort};
use crate::screen::widget::table::{Column, Row, Table};
use crate::value::Value;
use crate::view::{Process, alike, in_memory};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ttmem_layout::{BufferType, ChipSet, Memory, TYPES};
use ttmem_reader::{State, TypeTotals};

/// What processes can be sorted by; by state they are in the order of the views: running ones first.
pub(in crate::screen) const SORTS: &[&str] = &[
    "state",
    "pid",
    "user",
    "dram_bytes",
    "l1_bytes",
    "buffers",
    "allocs",
    "frees",
    "command",
];

/// A process as it is shown.
pub(in crate::screen) struct Shown<'a> {
    pub(in crate::screen) process: &'a Process,
    /// Whether its segment is not there any more.
    pub(in crate::screen) gone: bool,
    rate: Option<Rate>,
}

/// The processes that were asked for, in the order that was asked for.
pub(in crate::screen) fn shown(scene: &Scene) -> Vec<Shown<'_>> {
    let sieve = scene.findings[View::Processes as usize]
        .as_ref()
        .map(|finding: &Finding| finding.bind(PROCESS, scene.host.time_ns));
    let there = scene.host.processes.iter().map(|one| (one, false));
    let gone = scene.roster.gone().iter().rev().map(|one| (one, true));
    let mut shown: Vec<_> = there
        .chain(gone)
        .filter(|(process, _)| {
            sieve
                .as_ref()
                .is_none_or(|sieve| sieve.lets_through(process))
        })
        .map(|(process, gone)| Shown {
            process,
            gone,
            rate: scene.rates.of(process).filter(|_| !gone),
        })
        .collect();
    let Sort { by, reverse } = scene.sorts[View::Processes as usize];
    if by != "state" {
        shown.sort_by(|a, b| value(by, a).order(&value(by, b)));
    }
    if reverse {
        shown.reverse();
    }
    shown
}

fn value<'a>(by: &str, one: &'a Shown<'_>) -> Value<'a> {
    let rate = |of: fn(Rate) -> f64| {
        one.rate
            .map_or(Value::Unknown, |rate| Value::Percent(of(rate)))
    };
    match by {
        "allocs" => rate(|rate| rate.allocs),
        "frees" => rate(|rate| rate.frees),
        by => PROCESS
            .iter()
            .find(|field| field.name == by)
            .map_or(Value::Unknown, |field| (field.value)(one.process)),
    }
}

/// Draws the view.
pub(in crate::screen) fn draw(scene: &mut Scene, area: Rect, buffer: &mut Buffer) {
    let chosen = scene.chosen_segment();
    let (mut table, firsts) = table(scene, area.width, scene.expanded);
    let height = usize::from(area.height.saturating_sub(1));
    let at = firsts
        .iter()
        .position(|(segment, _)| Some(segment) == chosen.as_ref());
    let first_of = |at: usize| firsts.get(at).map_or(table.len(), |(_, row)| *row);
    let mut first = scene.first[View::Processes as usize];
    if let Some(at) = at {
        let (start, end) = (first_of(at), first_of(at + 1));
        table.choose(start, 1);
        first = super::devices::follow(first, start, end - start, height);
    }
    first = first.min(table.len().saturating_sub(height));
    table.draw(&scene.theme, area, first, buffer);
    scene.first[View::Processes as usize] = first;
    scene.page = height;
}

/// Draws as many as there is room for, without a cursor.
pub(in crate::screen) fn draw_below(scene: &Scene, area: Rect, buffer: &mut Buffer) {
    let (table, _) = table(scene, area.width, false);
    let rows = usize::from(area.height.saturating_sub(1));
    let mut above = area;
    if table.len() > rows {
        above.height -= 1;
        let more = table.len() + 1 - rows;
        let line = words(format!("  {} {more} more: 2", scene.theme.signs.more));
        buffer.set_line(area.x, area.bottom() - 1, &line, area.width);
    }
    table.draw(&scene.theme, above, 0, buffer);
}

/// The table, and in which row each process begins.
fn table(scene: &Scene, width: u16, expanded: bool) -> (Table, Vec<(String, usize)>) {
    let figures = Figures::of(scene, width);
    let sort = scene.sorts[View::Processes as usize];
    let sign = match sort.reverse {
        true => scene.theme.signs.up,
        false => scene.theme.signs.down,
    };
    let size = figures.width();
    let column = |name: &str, column: Column| match name == sort.by && name != "state" {
        true => column.sorted(sign),
        false => column,
    };
    let mut columns = vec![
        column("pid", Column::amount("PID", 0).least(5)),
        column("user", Column::words("USER", 7)),
        Column::words("STATE", 0).least(7),
        Column::words("DEVICES", 6),
        column("dram_bytes", Column::amount("DRAM", 1).least(size)),
        column("l1_bytes", Column::amount("L1", 1).least(size)),
    ];
    if scene.before().is_some() {
        columns.push(Column::amount("DRAM SINCE", 2).least(size + 1));
        columns.push(Column::amount("L1 SINCE", 2).least(size + 1));
    }
    columns.extend([
        Column::amount("CB", 8).least(size),
        Column::amount("KERNEL", 12).least(size),
        Column::amount("HOST", 13).least(size),
        column("buffers", Column::amount("BUFFERS", 9)),
        column("allocs", Column::amount("ALLOCS/s", 5).least(8)),
        column("frees", Column::amount("FREES/s", 10).least(8)),
        Column::amount("LOST", 4),
        Column::amount("ANOMALIES", 11),
        Column::words("MARK", 8),
        column("command", Column::words("COMMAND", 3).least(8)),
    ]);
    let mut table = Table::new(columns);
    let mut firsts = Vec::new();
    for one in shown(scene) {
        firsts.push((one.process.segment.clone(), table.len()));
        table.row(row(scene, &one, figures));
        if expanded {
            for part in parts(scene, one.process, figures) {
                table.row(part);
            }
        }
    }
    (table, firsts)
}

fn row(scene: &Scene, one: &Shown<'_>, figures: Figures) -> Row {
    let process = one.process;
    let text = |name: &str| words(figures.value(&value(name, one)));
    let mut cells = vec![
        text("pid"),
        text("user"),
        state(scene, process, one.gone),
        text("devices"),
        text("dram_bytes"),
        text("l1_bytes"),
    ];
    if let Some(before) = scene.before() {
        let before = before
            .processes
            .iter()
            .find(|was| was.segment == process.segment);
        cells.extend([Memory::Dram, Memory::L1].map(|memory| {
            words(match before {
                None => "new".into(),
                Some(was) => figures.change(
                    in_memory(&was.types, memory),
                    in_memory(&process.types, memory),
                ),
            })
        }));
    }
    cells.extend(of_types(&process.types, figures));
    cells.push(text("buffers"));
    cells.push(words(per_second(one.rate.map(|rate| rate.allocs))));
    cells.push(words(per_second(one.rate.map(|rate| rate.frees))));
    let anomalies = process.anomalies.counts.iter();
    let anomalies = anomalies.fold(0_u64, |sum, count| sum.saturating_add(*count));
    for count in [process.lost(), anomalies] {
        let cell = words(Value::Count(count).text(false));
        cells.push(if count > 0 {
            cell.style(scene.theme.alarm())
        } else {
            cell
        });
    }
    let mark = process.short_mark(scene.theme.signs.more);
    cells.push(words(mark.unwrap_or_else(|| "-".into())));
    cells.push(words(command(&process.identity.command)));
    let row = Row::new(cells);
    match (process.state, one.gone) {
        (State::Running, false) => row,
        _ => row.styled(scene.theme.faint()),
    }
}

/// CB, kernels, and host memory.
fn of_types(types: &[TypeTotals; TYPES], figures: Figures) -> [Line<'static>; 3] {
    let bytes = |one: BufferType| types[one as usize].bytes;
    let host = bytes(BufferType::SystemMemory);
    [bytes(BufferType::Cb), bytes(BufferType::Kernel), host].map(|bytes| words(figures.size(bytes)))
}

/// `running`, `† dead`.
pub(in crate::screen) fn state(scene: &Scene, process: &Process, gone: bool) -> Line<'static> {
    let fate = fate(process, gone);
    match (process.state, gone) {
        (State::Running, false) => words(fate),
        _ => words(format!("{} {fate}", scene.theme.signs.dead)),
    }
}

/// What a process holds on each device; devices that are alike share a row.
fn parts(scene: &Scene, process: &Process, figures: Figures) -> Vec<Row> {
    let chips = process.holdings.iter().map(|holding| {
        let chip = ChipSet::of(holding.info.chip).unwrap_or_default();
        (chip, &holding.types)
    });
    let part = |(chips, types): (ChipSet, &[TypeTotals; TYPES])| {
        let mut cells = vec![
            words(""),
            words(""),
            words(""),
            words(alike::each(chips)),
            words(figures.size(in_memory(types, Memory::Dram))),
            words(figures.size(in_memory(types, Memory::L1))),
        ];
        if scene.before().is_some() {
            cells.extend([words(""), words("")]);
        }
        cells.extend(of_types(types, figures));
        let buffers = types.iter().map(|one| one.buffers);
        let buffers = buffers.fold(0, u64::saturating_add);
        cells.push(words(Value::Count(buffers).text(false)));
        Row::new(cells)
    };
    let alike = alike::join(chips, |a, b| a == b);
    alike.into_iter().map(part).collect()
}
