//! The address map: what lies where in a bank of a device, and the gaps. The same as `ttmem map` draws.

use crate::screen::figures::words;
use crate::screen::scene::Scene;
use crate::screen::widget::lines;
use crate::space::sheet::{self, Style};
use crate::space::{BANKED, pictures};
use crate::view::chip::{Chip, Here, chip, is_it};
use crate::view::{Held, Host};
use anstream::StripStream;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use std::io::Write;
use ttmem_layout::{BufferType, ChipSet, Memory};

/// Draws as much of it as there is room for: a bank may have more pieces than anybody scrolls through.
pub(in crate::screen) fn draw(scene: &mut Scene, area: Rect, buffer: &mut Buffer) {
    let height = usize::from(area.height);
    scene.page = height;
    if scene.chosen_chip().is_none() || scene.gathered.map.is_empty() {
        let why = match scene.chosen_chip() {
            None => "  No device matches.",
            Some(_) => "  Nobody reports where anything lies here.",
        };
        lines::draw(&[words(why)], 0, area, buffer);
        return;
    }
    let all = &scene.gathered.map;
    scene.scroll = scene.scroll.min(all.len().saturating_sub(height));
    let shown = all[scene.scroll..].iter().take(height);
    lines::draw(&shown.map(words).collect::<Vec<_>>(), 0, area, buffer);
}

/// The lines of a map, from what lies on one chip.
pub(in crate::screen) fn lines(
    host: &Host,
    wanted: Chip,
    memory: Memory,
    width: u16,
    exact: bool,
    all: impl Iterator<Item = Held>,
) -> Vec<String> {
    let (all_of, here) = (host, Here::on(host, wanted));
    let mut host = host.clone();
    host.devices.retain(|device| chip(device) == wanted);
    for process in &mut host.processes {
        process
            .holdings
            .retain(|one| is_it(all_of, &one.info, wanted));
    }
    host.processes
        .retain(|process| !process.holdings.is_empty());
    let lies_there = |held: &Held| here.lies(held) && held.buffer.buffer_type.memory() == memory;
    let narrowed = |held: Held| Held {
        chips: ChipSet::of(wanted.0).unwrap_or_default(),
        ..held
    };
    host.buffers = all.filter(lies_there).map(narrowed).collect();
    host.buffers
        .sort_unstable_by_key(|held| held.buffer.sequence);
    let types: Vec<BufferType> = BANKED
        .into_iter()
        .filter(|one| one.memory() == memory)
        .collect();
    let style = Style {
        width: width.into(),
        exact,
        all: false,
    };
    let mut text = StripStream::new(Vec::new());
    for picture in pictures(&host, &types, false) {
        // Writing to memory does not fail.
        let _ = sheet::write(&mut text, &picture, &host, style).and_then(|()| writeln!(text));
    }
    let text = String::from_utf8_lossy(&text.into_inner()).into_owned();
    lines::wrapped_prose(&text, width.into())
}
