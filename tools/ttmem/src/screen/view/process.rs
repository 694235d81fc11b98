//! A process that was opened: who it is, what it holds of each type, what went wrong.

use super::{buffers, processes};
use crate::fields::{PROCESS, TYPE};
use crate::quantity::counted_by_name;
use crate::screen::canvas::Canvas;
use crate::screen::figures::{Figures, per_second, words};
use crate::screen::scene::Scene;
use crate::screen::widget::table::{Column, Row, Table};
use crate::value::Value;
use crate::view::Process;
use ttmem_layout::{BufferType, anomaly, loss};

/// Figures of a process that say who it is.
const WHO: [&str; 8] = [
    "user", "command", "started", "ended", "segment", "devices", "mark", "cgroup",
];

/// Draws it.
pub(in crate::screen) fn draw(scene: &Scene, segment: &str, canvas: &mut Canvas) {
    let Some((process, gone)) = scene.process(segment) else {
        canvas.line(words("  this process is not there any more"));
        return;
    };
    let mut title = words(format!("  process {}  ", process.identity.pid));
    title
        .spans
        .extend(processes::state(scene, process, gone).spans);
    canvas.line(title.style(scene.theme.heading()));
    for field in PROCESS.iter().filter(|field| WHO.contains(&field.name)) {
        let value = (field.value)(process);
        if value != Value::Unknown {
            canvas.line(words(format!("  {:<10} {}", field.name, value.text(false))));
        }
    }
    if let Some(rate) = scene.rates.of(process).filter(|_| !gone) {
        canvas.line(words(format!(
            "  {:<10} {} allocations, {} frees in a second, on its busiest device",
            "rates",
            per_second(Some(rate.allocs)),
            per_second(Some(rate.frees)),
        )));
    }
    troubles(scene, process, canvas);
    canvas.line(words(""));
    canvas.line(words("  It holds, on all its devices").style(scene.theme.heading()));
    canvas.table(&scene.theme, &types(scene, process, canvas.width()));
    let list = scene.gathered.lists.first();
    if let Some(list) = list.filter(|list| !list.rows.is_empty()) {
        canvas.line(words(""));
        let title = format!(
            "  The largest of {}",
            buffers::total(list, Figures::of(scene, canvas.width()))
        );
        canvas.line(words(title).style(scene.theme.heading()));
        canvas.table(
            &scene.theme,
            &buffers::table(scene, list.rows.iter(), canvas.width()),
        );
    }
}

/// What was lost and what the program did wrong, each by its name.
fn troubles(scene: &Scene, process: &Process, canvas: &mut Canvas) {
    let lost = counted_by_name(&loss::NAMES, &process.losses.counts);
    let wrong = counted_by_name(&anomaly::NAMES, &process.anomalies.counts);
    for (what, counts) in [("lost", lost), ("anomaly", wrong)] {
        for count in counts {
            let line = format!("  {what:<10} {count}");
            canvas.line(words(line).style(scene.theme.alarm()));
        }
    }
    if let Some(reason) = process.inexact_because() {
        let line = format!("  {}", Value::words(&reason).text(false));
        canvas.line(words(line).style(scene.theme.alarm()));
    }
}

fn types(scene: &Scene, process: &Process, width: u16) -> Table {
    let figures = Figures::of(scene, width);
    let mut columns = vec![Column::words("TYPE", 0)];
    columns.extend(TYPE.iter().map(|field| match field.name {
        "bytes" => Column::amount(field.title, 0).least(figures.width()),
        "peak_bytes" | "buffers" => Column::amount(field.title, 1).least(figures.width()),
        _ => Column::amount(field.title, 2).least(figures.width()),
    }));
    let mut table = Table::new(columns);
    for buffer_type in BufferType::ALL {
        let totals = &process.types[buffer_type as usize];
        if totals.allocs == 0 {
            continue;
        }
        let mut cells = vec![words(buffer_type.name())];
        cells.extend(
            TYPE.iter()
                .map(|field| words(figures.value(&(field.value)(totals)))),
        );
        table.row(Row::new(cells));
    }
    table
}
