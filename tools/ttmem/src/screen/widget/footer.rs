//! The last line: what is being typed, what there is to say, or the keys.

use crate::screen::keys::BINDINGS;
use crate::screen::keys::View;
use crate::screen::scene::{Opened, Prompt, Scene};
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
    let here = here(scene);
    let said_here = |keys: &str| here.iter().any(|(one, _)| keys.starts_with(one));
    let everywhere = BINDINGS
        .iter()
        .filter(|one| !one.hint.is_empty() && !said_here(one.shown))
        .map(|one| (one.shown, one.hint));
    for (keys, hint) in here.iter().copied().chain(everywhere) {
        let gap = if line.spans.is_empty() { 0 } else { 2 };
        let wide = gap + keys.len() + 1 + hint.len();
        if wide > room {
            continue;
        }
        room -= wide;
        line.spans.push(Span::raw(&"  "[..gap]));
        line.spans.push(Span::styled(keys, scene.theme.heading()));
        line.spans.push(Span::raw(format!(" {hint}")));
    }
    line
}

/// Keys that matter just here.
const fn here(scene: &Scene) -> &'static [(&'static str, &'static str)] {
    match (scene.view, &scene.opened, scene.overlay) {
        (_, Some(Opened::Device(_)), None) => {
            &[("Esc", "back"), ("j k", "scroll"), ("D", "another device")]
        }
        (_, _, Some(_)) | (_, Some(_), _) => &[("Esc", "back"), ("j k", "scroll")],
        (View::Map, None, None) => &[("t", "L1 or DRAM"), ("D", "another device")],
        _ => &[],
    }
}
