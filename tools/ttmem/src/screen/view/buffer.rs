//! A buffer that was opened: everything that is known of it.

use crate::fields::BUFFER;
use crate::screen::act::clock;
use crate::screen::figures::{Figures, words};
use crate::screen::scene::Scene;
use crate::value::Value;
use crate::view::Held;
use ratatui::text::Line;

/// Its figures, one below the other.
pub(in crate::screen) fn lines(scene: &Scene, held: &Held, width: u16) -> Vec<Line<'static>> {
    let figures = Figures::of(scene, width);
    // It may have been freed since it was opened.
    let seen = held.buffer.allocated_ns.saturating_add(held.age_ns);
    let title = words(format!("  buffer, as it was at {}", clock(seen)));
    let mut lines = vec![title.style(scene.theme.heading())];
    for field in BUFFER {
        let value = (field.value)(held);
        // Addresses are what one copies from here: each figure is exact where it has room to be.
        let text = match value {
            Value::Bytes(bytes) => format!("{} ({bytes} B)", figures.size(bytes)),
            value => value.text(false),
        };
        lines.push(words(format!("  {:<16} {text}", field.name)));
    }
    if let Some((process, _)) = scene.process(&held.segment) {
        let command = Value::words(&process.identity.command).text(false);
        lines.push(words(format!("  {:<16} {command}", "command")));
    }
    lines.push(words(""));
    lines.push(words(format!(
        "  all that ever was at this address: ttmem history {:#x} -p {}",
        held.buffer.address, held.pid
    )));
    lines
}
