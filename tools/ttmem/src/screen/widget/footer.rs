//! The last line: what is being typed, what there is to say, or the keys.

use crate::screen::keys::BINDINGS;
use crate::screen::scene::{Prompt, Scene};
use crate::value::harmless;
use ratatui::text::{Line, Span};

/// The line.
pub(in crate::screen) fn line(scene: &Scene, width: u16) -> Line<'static> {
    match (&scene.message, &scene.prompt) {
        (Some(message), _) if message.alarm => {
            let text = format!("! {}", harmless(&message.text));
            Line::styled(text, scene.theme.alarm())
        }
        (_, Some(Prompt::Find(text))) => Line::raw(format!(
            "/{}_  words or a query: size > 1M && type == L1   Enter, Esc",
            harmless(text)
        )),
        (_, Some(Prompt::Device(digits))) => {
            Line::raw(format!("device {digits}_  the number of a device   Esc"))
        }
        (Some(message), None) => Line::raw(harmless(&message.text)),
        (None, None) => hints(scene, width),
    }
}

/// As many keys as fit.
fn hints(scene: &Scene, width: u16) -> Line<'static> {
    let mut line = Line::default();
    let mut room = usize::from(width);
    for binding in BINDINGS.iter().filter(|one| !one.hint.is_empty()) {
        let gap = if line.spans.is_empty() { 0 } else { 2 };
        let wide = gap + binding.shown.len() + 1 + binding.hint.len();
        if wide > room {
            continue;
        }
        room -= wide;
        line.spans.push(Span::raw(&"  "[..gap]));
        line.spans
            .push(Span::styled(binding.shown, scene.theme.heading()));
        line.spans.push(Span::raw(format!(" {}", binding.hint)));
    }
    line
}
