//! The screen as a whole: two lines on top, a view, and a line of keys.

use super::canvas::Canvas;
use super::figures::{whole_percent, words};
use super::keys::View;
use super::scene::{Opened, Overlay, Scene};
use super::view::{buffer, buffers, device, devices, map, process, processes};
use super::widget::{footer, headline, help, lines, tabs};
use crate::value::harmless;
use crate::view::{Device, in_memory};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ttmem_layout::Memory;

/// Below so many rows there is one line only.
const LEAST: u16 = 5;

impl Scene {
    /// Draws it.
    pub(super) fn draw(&mut self, area: Rect, to: &mut Buffer) {
        if area.is_empty() {
            return;
        }
        if area.height < LEAST {
            to.set_line(area.x, area.y, &self.summary(), area.width);
            return;
        }
        let [top, second, body, last] = parts(area);
        to.set_line(top.x, top.y, &headline::line(self, top.width), top.width);
        to.set_line(
            second.x,
            second.y,
            &tabs::line(self, second.width),
            second.width,
        );
        to.set_line(last.x, last.y, &footer::line(self, last.width), last.width);
        self.draw_body(body, to);
    }

    fn draw_body(&mut self, body: Rect, to: &mut Buffer) {
        let overlay = match self.overlay {
            Some(Overlay::Help) => Some(help::lines(self, body.width)),
            Some(Overlay::Notes) => Some(self.all_notes(body.width)),
            None => None,
        };
        if let Some(all) = overlay {
            self.scroll = self
                .scroll
                .min(all.len().saturating_sub(body.height.into()));
            self.page = body.height.into();
            lines::draw(&all, self.scroll, body, to);
            return;
        }
        if self.host.processes.is_empty() && self.roster.gone().is_empty() {
            let mut said = vec![words(
                "  Nobody reports: start a program with 'ttmem run -- CMD', or see 'ttmem demo'.",
            )];
            let notes = self.notes.iter();
            said.extend(notes.map(|note| words(format!("  {}", harmless(note)))));
            lines::draw(&said, 0, body, to);
            return;
        }
        let mut canvas = Canvas::new(body.width);
        match (&self.opened, self.view) {
            (Some(Opened::Device(chip)), _) => device::draw(self, *chip, &mut canvas),
            (Some(Opened::Process(segment)), _) => process::draw(self, segment, &mut canvas),
            (Some(Opened::Buffer(held)), _) => {
                for line in buffer::lines(self, held, body.width) {
                    canvas.line(line);
                }
            }
            (None, View::Devices) => return devices::draw(self, body, to),
            (None, View::Processes) => return processes::draw(self, body, to),
            (None, View::Buffers) => return buffers::draw(self, body, to),
            (None, View::Map) => return map::draw(self, body, to),
        }
        self.scroll = canvas.show(self.scroll, body, to);
        self.page = body.height.into();
    }

    /// `ttmem tt01 D68% L71% P2 exact`: the fullest device stands for all.
    fn summary(&self) -> Line<'static> {
        let devices = &self.host.devices;
        let fullest = |memory| {
            let share = |device: &Device| {
                let used = in_memory(&device.types, memory);
                (used, device.capacity(memory))
            };
            let most = devices.iter().map(share).max_by(|a, b| {
                let share = |(used, capacity): (u64, u64)| used as f64 / capacity.max(1) as f64;
                share(*a).total_cmp(&share(*b))
            });
            most.map_or_else(
                || "-".into(),
                |(used, capacity)| whole_percent(used, capacity),
            )
        };
        let state = match self.host.exact() {
            true => self.theme.signs.exact,
            false => "NOT EXACT !",
        };
        words(format!(
            "ttmem {} D{} L{} P{} {state}{}",
            harmless(&self.host.name),
            fullest(Memory::Dram),
            fullest(Memory::L1),
            self.host.processes.len(),
            if self.paused { " PAUSED" } else { "" },
        ))
    }

    fn all_notes(&self, width: u16) -> Vec<Line<'static>> {
        let mut all = vec![words("  What there was to say").style(self.theme.heading())];
        if self.notes.is_empty() {
            all.push(words("  Nothing: what is shown is all there is."));
        }
        let notes = self.notes.iter();
        let notes = notes.map(|note| format!("  {}", harmless(note)));
        all.extend(
            notes
                .flat_map(|note| lines::wrapped(&note, width.into()))
                .map(words),
        );
        all
    }

    /// Seconds since single buffers were gathered, if they are older than the rest.
    pub(super) fn gathered_ago(&self) -> Option<f64> {
        let ago = self.host.time_ns.saturating_sub(self.gathered.time_ns) as f64 / 1e9;
        let shown = self.wanted() != super::gather::Wanted::default();
        (shown && self.gathered.time_ns > 0 && ago >= 0.5).then_some(ago.max(1.0))
    }
}

fn parts(area: Rect) -> [Rect; 4] {
    let row = |y, height| Rect {
        y: area.y + y,
        height,
        ..area
    };
    [
        row(0, 1),
        row(1, 1),
        row(2, area.height - 3),
        row(area.height - 1, 1),
    ]
}
