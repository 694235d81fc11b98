//! The second line: which views there are, and what is special about this one.

use crate::screen::act::clock;
use crate::screen::figures::Figures;
use crate::screen::keys::View;
use crate::screen::scene::Scene;
use crate::screen::view::buffers;
use crate::value::harmless;
use ratatui::text::{Line, Span};

/// The line.
pub(in crate::screen) fn line(scene: &Scene, width: u16) -> Line<'static> {
    let mut line = Line::default();
    let short = width < 60;
    for (at, view) in View::ALL.into_iter().enumerate() {
        let name = match short {
            true => view.name().get(..3).unwrap_or_default(),
            false => view.name(),
        };
        let (text, style) = match view == scene.view {
            true => (format!("[{} {name}]", at + 1), scene.theme.heading()),
            false => (format!(" {} {name} ", at + 1), ratatui::style::Style::new()),
        };
        line.spans.push(Span::styled(text, style));
    }
    let mut said = String::new();
    let mut say = |text: &str| {
        said.push_str("  ");
        said.push_str(text);
    };
    if scene.view == View::Buffers
        && scene.opened.is_none()
        && let Some(list) = scene.gathered.lists.first()
    {
        say(&buffers::total(list, Figures::of(scene, width)));
    }
    if let Some(finding) = scene.finding() {
        say(&format!("/{}", harmless(finding.text())));
    }
    if let Some(before) = scene.before() {
        say(&format!("since {}", clock(before.time_ns)));
    }
    let sort = scene.sort();
    if sort.by != "state" && sort.by != "device" && sort.by != "size" || sort.reverse {
        let way = if sort.reverse { " reversed" } else { "" };
        say(&format!("by {}{way}", sort.by.replace('_', " ")));
    }
    if let Some(age) = scene.gathered_ago() {
        say(&format!("gaps and buffers as of {age:.0} s ago"));
    }
    line.spans.push(Span::raw(said));
    line
}
