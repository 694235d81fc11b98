//! Many devices: a cell for each, in rows of a power of two as they lie in a mesh. Of devices in lock
//! step the odd one out is flagged.

use super::devices::shown;
use crate::quantity::counted;
use crate::screen::figures::{Figures, whole_percent, words};
use crate::screen::keys::View;
use crate::screen::scene::Scene;
use crate::view::chip::chip;
use crate::view::{Device, in_memory};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use std::collections::BTreeMap;
use ttmem_layout::Memory;

/// Columns of a cell and of the gap behind it.
const CELL: u16 = 18;

/// DRAM and L1 in use.
type Held = (u64, u64);

fn held(device: &Device) -> Held {
    let bytes = |memory| in_memory(&device.types, memory);
    (bytes(Memory::Dram), bytes(Memory::L1))
}

/// What most of the devices hold, if more than half of them are in lock step.
fn lock_step(devices: &[&Device]) -> Option<Held> {
    let mut counts = BTreeMap::<Held, usize>::new();
    for device in devices {
        *counts.entry(held(device)).or_default() += 1;
    }
    let (most, count) = counts.into_iter().max_by_key(|(_, count)| *count)?;
    (count > 1 && 2 * count > devices.len()).then_some(most)
}

/// Draws the grid; how many rows were used.
pub(super) fn draw(scene: &mut Scene, area: Rect, buffer: &mut Buffer) -> usize {
    let devices = shown(scene);
    let chosen = scene.chosen_chip();
    let at = devices
        .iter()
        .position(|device| Some(chip(device)) == chosen);
    let fitting = usize::from(area.width / CELL).max(1);
    // Rows of a power of two show a mesh as it is.
    let across = (1 << fitting.ilog2()).min(devices.len().max(1));
    let usual = lock_step(&devices);
    let mut y = area.y;
    for line in summary(scene, &devices, usual, area.width) {
        if y < area.bottom() {
            buffer.set_line(area.x, y, &line, area.width);
            y += 1;
        }
    }
    let height = usize::from(area.bottom().saturating_sub(y));
    let rows = devices.len().div_ceil(across);
    let mut first = scene.first[View::Devices as usize];
    if let Some(at) = at {
        first = super::devices::follow(first, at / across, 1, height);
    }
    first = first.min(rows.saturating_sub(height));
    for (row, line) in devices.chunks(across).enumerate().skip(first).take(height) {
        for (column, device) in line.iter().enumerate() {
            let x = area.x + column as u16 * CELL;
            let room = area.right().saturating_sub(x).min(CELL);
            let cell = cell(scene, device, usual);
            buffer.set_line(x, y, &cell, room);
            if at == Some(row * across + column) {
                buffer.set_stringn(x, y, scene.theme.signs.cursor, room.into(), Style::new());
                let cell = Rect::new(x, y, room.min(CELL - 1), 1);
                buffer.set_style(cell.intersection(area), scene.theme.chosen());
            }
        }
        y += 1;
    }
    scene.first[View::Devices as usize] = first;
    scene.across = across;
    scene.page = height.saturating_mul(across);
    usize::from(y - area.y)
}

/// `11 D 68% L 71% !`
fn cell(scene: &Scene, device: &Device, usual: Option<Held>) -> Line<'static> {
    let (dram, l1) = held(device);
    let odd = usual.is_some_and(|usual| usual != (dram, l1));
    let share = |letter, memory, used| {
        let share = whole_percent(used, device.capacity(memory));
        Span::raw(format!(" {letter}{share:>4}"))
    };
    let mut spans = vec![
        Span::styled(format!("{:>4}", device.info.chip), scene.theme.heading()),
        share("D", Memory::Dram, dram),
        share("L", Memory::L1, l1),
    ];
    if odd {
        spans.push(Span::styled("!", scene.theme.alarm()));
    }
    Line::from(spans)
}

/// The sums, the fullest, and who is out of step.
fn summary(
    scene: &Scene,
    devices: &[&Device],
    usual: Option<Held>,
    width: u16,
) -> Vec<Line<'static>> {
    let figures = Figures::of(scene, width);
    let mut lines = Vec::new();
    for (name, memory) in [("DRAM", Memory::Dram), ("L1", Memory::L1)] {
        let of = |device: &Device| {
            let used = in_memory(&device.types, memory);
            (used, device.capacity(memory))
        };
        let (used, capacity) = devices
            .iter()
            .fold((0_u64, 0_u64), |(used, capacity), device| {
                let (more, of) = of(device);
                (used.saturating_add(more), capacity.saturating_add(of))
            });
        let fullest = devices.iter().max_by(|a, b| {
            let share = |device| {
                let (used, capacity) = of(device);
                used as f64 / capacity.max(1) as f64
            };
            share(a)
                .total_cmp(&share(b))
                .then(b.info.chip.cmp(&a.info.chip))
        });
        let fullest = fullest.map_or_else(String::new, |device| {
            let (used, capacity) = of(device);
            format!(
                "fullest {} {}",
                device.info.chip,
                whole_percent(used, capacity)
            )
        });
        lines.push(words(format!(
            "  {name:<4} {} of {}, {fullest}",
            figures.size(used),
            figures.size(capacity)
        )));
    }
    if let Some(usual) = usual {
        lines.push(step(scene, devices, usual, figures));
    }
    lines
}

/// `  lock step: 31 of 32 devices; ! 11 +370.0 MiB DRAM`
fn step(scene: &Scene, devices: &[&Device], usual: Held, figures: Figures) -> Line<'static> {
    let odd: Vec<_> = devices
        .iter()
        .filter(|device| held(device) != usual)
        .collect();
    let alike = devices.len() - odd.len();
    let mut spans = vec![Span::raw(format!(
        "  lock step: {alike} of {}",
        counted(devices.len() as u64, "device")
    ))];
    for device in odd {
        let (dram, l1) = held(device);
        let mut text = format!("  ! {}", device.info.chip);
        for (name, before, after) in [("DRAM", usual.0, dram), ("L1", usual.1, l1)] {
            if before != after {
                text.push_str(&format!(" {} {name}", figures.change(before, after)));
            }
        }
        spans.push(Span::styled(text, scene.theme.alarm()));
    }
    Line::from(spans)
}
