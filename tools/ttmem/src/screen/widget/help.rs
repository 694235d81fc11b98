//! The keys, all of them, and what the signs mean.

use crate::screen::figures::words;
use crate::screen::keys::BINDINGS;
use crate::screen::scene::Scene;
use crate::screen::theme::Theme;
use crate::screen::widget::lines::wrapped;
use ratatui::text::{Line, Span};
use std::iter;

/// Columns of what is explained, before the explanation.
const HEAD: usize = 11;

/// One key a line, then what is to be known of the figures.
pub(in crate::screen) fn lines(scene: &Scene, width: u16) -> Vec<Line<'static>> {
    let theme = &scene.theme;
    let signs = theme.signs;
    let mut lines = vec![words("  Keys").style(theme.heading())];
    for binding in BINDINGS.iter().filter(|one| !one.says.is_empty()) {
        lines.extend(entry(theme, binding.shown, binding.says, width));
    }
    lines.push(words(""));
    lines.push(words("  What is shown").style(theme.heading()));
    let bars = format!(
        "{} buffers, {} circular buffers, {} kernels, {} free",
        signs.buffers, signs.cb, signs.kernel, signs.free
    );
    let legend = [
        ("bars", &*bars),
        (
            "L1",
            "everything that lies there: buffers, circular buffers (CB), kernels",
        ),
        (
            "GAP",
            "the largest free piece of a bank, which of L1 is a core",
        ),
        ("FRAG", "the part of what is free that is not in that piece"),
        (
            "PEAK",
            "the most ever in use; >= so much at least, of several types or processes",
        ),
        ("CORE", "L1 in use of the fullest core"),
        (
            &*format!("{} dead", signs.dead),
            "killed or crashed; what it held is shown, and not counted as in use",
        ),
        (
            &*format!("{} gone", signs.dead),
            "it ended, and its segment with it: what it held when last seen",
        ),
        (
            "!",
            "something is missing, or overlaps: the key ! says what",
        ),
        ("ALLOCS/s", "of the busiest device of the process"),
        (
            "grid",
            "D and L are the shares of DRAM and L1 in use; ! is out of step",
        ),
    ];
    let legend = legend.into_iter();
    lines.extend(legend.flat_map(|(name, says)| entry(theme, name, says, width)));
    lines
}

/// What is explained, and the explanation beside it.
fn entry(theme: &Theme, name: &str, says: &str, width: u16) -> Vec<Line<'static>> {
    let beside = usize::from(width).saturating_sub(2 + HEAD);
    let names = iter::once(name).chain(iter::repeat(""));
    let lines = names.zip(wrapped(says, beside)).map(|(name, says)| {
        Line::from(vec![
            Span::styled(format!("  {name:<HEAD$}"), theme.heading()),
            Span::raw(says),
        ])
    });
    lines.collect()
}
