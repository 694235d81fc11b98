//! The keys, all of them, and what the signs mean.

use crate::screen::figures::words;
use crate::screen::keys::BINDINGS;
use crate::screen::scene::Scene;
use ratatui::text::{Line, Span};

/// One key a line, then what is to be known of the figures.
pub(in crate::screen) fn lines(scene: &Scene) -> Vec<Line<'static>> {
    let theme = &scene.theme;
    let signs = theme.signs;
    let mut lines = vec![words("  Keys").style(theme.heading())];
    for binding in BINDINGS.iter().filter(|one| !one.says.is_empty()) {
        lines.push(Line::from(vec![
            Span::styled(format!("  {:<10}", binding.shown), theme.heading()),
            Span::raw(binding.says),
        ]));
    }
    lines.push(words(""));
    lines.push(words("  What is shown").style(theme.heading()));
    let legend = [
        format!(
            "bars       {} buffers, {} circular buffers, {} kernels, {} free",
            signs.buffers, signs.cb, signs.kernel, signs.free
        ),
        "L1         everything that lies there: buffers, circular buffers (CB), kernels".into(),
        "GAP        the largest free piece of a bank, which of L1 is a core".into(),
        "FRAG       the part of what is free that is not in that piece".into(),
        "PEAK       the most ever in use; >= so much at least, of several types or processes"
            .into(),
        "CORE       L1 in use of the fullest core".into(),
        format!(
            "{} dead     killed or crashed; what it held is shown, and not counted as in use",
            signs.dead
        ),
        format!(
            "{} gone     it ended, and its segment with it: what it held when last seen",
            signs.dead
        ),
        "!          NOT EXACT: something is missing; the key ! says what".into(),
        "ALLOCS/s   of the busiest device of the process".into(),
        "grid       D and L are the shares of DRAM and L1 in use; ! is out of step".into(),
    ];
    lines.extend(legend.into_iter().map(|line| words(format!("  {line}"))));
    lines
}
