//! The lines of this part.

use crate::row::Row;

/// A view of the screen.
pub(super) struct View {
    /// What `--view` calls it.
    pub(super) name: &'static str,
    pub(super) at_rest: Row,
    pub(super) busy: Row,
}

const fn row(name: &'static str) -> Row {
    Row::new(name, "a second").goal(0.02, 0.01)
}

pub(super) const VIEWS: [View; 4] = [
    View {
        name: "devices",
        at_rest: row("top: devices, at rest"),
        busy: row("top: devices, 16,000 events a second"),
    },
    View {
        name: "processes",
        at_rest: row("top: processes, at rest"),
        busy: row("top: processes, 16,000 events a second"),
    },
    View {
        name: "buffers",
        at_rest: row("top: buffers, at rest"),
        busy: row("top: buffers, 16,000 events a second"),
    },
    View {
        name: "map",
        at_rest: row("top: map, at rest"),
        busy: row("top: map, 16,000 events a second"),
    },
];
