//! The keys: one table behind what they do, the help screen and the footer.

use clap::ValueEnum;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// What can be looked at. (The variants carry no documentation, or the help text would spread it over
/// a page.)
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum View {
    #[default]
    Devices,
    Processes,
    Buffers,
    Map,
}

impl View {
    /// In the order of their keys.
    pub(crate) const ALL: [Self; 4] = [Self::Devices, Self::Processes, Self::Buffers, Self::Map];

    /// What it is called.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Devices => "Devices",
            Self::Processes => "Processes",
            Self::Buffers => "Buffers",
            Self::Map => "Map",
        }
    }

    /// The one so many places on, round and round.
    pub(super) const fn along(self, places: usize) -> Self {
        Self::ALL[(self as usize + places) % Self::ALL.len()]
    }
}

/// How much room a device is given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Density {
    /// As much as there is for all of them.
    #[default]
    Auto,
    /// A row for each memory.
    Full,
    /// A cell of a grid.
    Compact,
}

/// Where the cursor goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Motion {
    Up,
    Down,
    Left,
    Right,
    PageUp,
    PageDown,
    First,
    Last,
}

/// What a key does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    Quit,
    Back,
    Help,
    Notes,
    Move(Motion),
    Show(View),
    NextView,
    PreviousView,
    Open,
    Device,
    Expand,
    Memory,
    Search,
    SortRight,
    SortLeft,
    Reverse,
    Pause,
    Mark,
    Difference,
    Save,
    Dense(Density),
    Faster,
    Slower,
    Repaint,
    Suspend,
    #[cfg(debug_assertions)]
    Panic,
}

/// Some keys and what they do.
pub(super) struct Binding {
    keys: &'static [KeyCode],
    control: bool,
    /// How help and footer write them.
    pub(super) shown: &'static str,
    /// What they do, for the help screen; nothing where it goes without saying.
    pub(super) says: &'static str,
    /// The same in a word or two, if it is worth a place in the footer.
    pub(super) hint: &'static str,
    pub(super) action: Action,
}

const fn plain(
    keys: &'static [KeyCode],
    shown: &'static str,
    hint: &'static str,
    says: &'static str,
    action: Action,
) -> Binding {
    Binding {
        keys,
        control: false,
        shown,
        says,
        hint,
        action,
    }
}

const fn with_control(key: &'static [KeyCode], action: Action) -> Binding {
    Binding {
        keys: key,
        control: true,
        shown: "",
        says: "",
        hint: "",
        action,
    }
}

/// In the order of the help screen; those with a hint come into the footer as far as there is room.
pub(super) const BINDINGS: &[Binding] = {
    use Action as A;
    use KeyCode::{
        BackTab, Char, Down, End, Enter, Esc, F, Home, Left, PageDown, PageUp, Right, Tab, Up,
    };
    &[
        plain(&[Char('q')], "q", "quit", "end", A::Quit),
        plain(
            &[Char('?'), Char('h'), F(1)],
            "? h",
            "help",
            "these keys",
            A::Help,
        ),
        plain(
            &[Char('D')],
            "D 2",
            "who holds device 2",
            "who holds the memory of device 2, and with what",
            A::Device,
        ),
        plain(
            &[Char('1')],
            "1",
            "",
            "devices: how full they are, and what for",
            A::Show(View::Devices),
        ),
        plain(
            &[Char('2')],
            "2",
            "",
            "processes: what they hold, how fast they allocate",
            A::Show(View::Processes),
        ),
        plain(
            &[Char('3')],
            "3",
            "",
            "buffers: each allocation that exists",
            A::Show(View::Buffers),
        ),
        plain(
            &[Char('4')],
            "4",
            "",
            "map: what lies where in a bank, and the gaps",
            A::Show(View::Map),
        ),
        plain(&[Tab], "Tab", "view", "the next view", A::NextView),
        plain(&[BackTab], "", "", "", A::PreviousView),
        plain(
            &[Enter, Char('z')],
            "Enter z",
            "open",
            "open what the cursor is on",
            A::Open,
        ),
        plain(
            &[Esc],
            "Esc",
            "",
            "close what was opened, forget a filter; then end",
            A::Back,
        ),
        plain(
            &[Down, Char('j')],
            "j k",
            "",
            "down and up, as the arrows do",
            A::Move(Motion::Down),
        ),
        plain(&[Up, Char('k')], "", "", "", A::Move(Motion::Up)),
        plain(&[Left], "← →", "", "another device", A::Move(Motion::Left)),
        plain(&[Right], "", "", "", A::Move(Motion::Right)),
        plain(
            &[Char('g'), Home],
            "g G",
            "",
            "to the first, to the last",
            A::Move(Motion::First),
        ),
        plain(&[Char('G'), End], "", "", "", A::Move(Motion::Last)),
        plain(
            &[PageUp],
            "PgUp PgDn",
            "",
            "a page up, a page down",
            A::Move(Motion::PageUp),
        ),
        plain(&[PageDown], "", "", "", A::Move(Motion::PageDown)),
        plain(
            &[Char('/')],
            "/",
            "find",
            "list only what has these words, or matches: size > 1M && type == L1",
            A::Search,
        ),
        plain(
            &[Char('.'), F(6)],
            ", .",
            "sort",
            "sort by the column to the left, to the right",
            A::SortRight,
        ),
        plain(&[Char(',')], "", "", "", A::SortLeft),
        plain(
            &[Char('r')],
            "r",
            "",
            "sort the other way round",
            A::Reverse,
        ),
        plain(
            &[Char(' ')],
            "Space",
            "pause",
            "pause: figures stay as they are",
            A::Pause,
        ),
        plain(&[Char('m')], "m", "mark", "mark this moment", A::Mark),
        plain(
            &[Char('d')],
            "d",
            "since mark",
            "show what changed since the mark, or all again",
            A::Difference,
        ),
        plain(
            &[Char('w')],
            "w",
            "save",
            "save everything as it is now in a file, for --from",
            A::Save,
        ),
        plain(
            &[Char('e')],
            "e",
            "",
            "processes: also what each holds on each device",
            A::Expand,
        ),
        plain(
            &[Char('t')],
            "t",
            "",
            "map: the other memory, L1 or DRAM",
            A::Memory,
        ),
        plain(
            &[Char('f')],
            "f c a",
            "",
            "devices: a row for each memory, a cell for each device, what fits",
            A::Dense(Density::Full),
        ),
        plain(&[Char('c')], "", "", "", A::Dense(Density::Compact)),
        plain(&[Char('a')], "", "", "", A::Dense(Density::Auto)),
        plain(
            &[Char('-')],
            "- +",
            "",
            "look more often, less often",
            A::Faster,
        ),
        plain(&[Char('+'), Char('=')], "", "", "", A::Slower),
        plain(
            &[Char('!')],
            "!",
            "",
            "everything there was to say: losses, damage, overlaps",
            A::Notes,
        ),
        with_control(&[Char('c')], A::Quit),
        with_control(&[Char('z')], A::Suspend),
        with_control(&[Char('l')], A::Repaint),
        #[cfg(debug_assertions)]
        with_control(&[Char('p')], A::Panic),
    ]
};

/// What a key does, if it does anything.
pub(super) fn action(key: KeyEvent) -> Option<Action> {
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    let is = |one: &&Binding| one.control == control && one.keys.contains(&key.code);
    BINDINGS.iter().find(is).map(|one| one.action)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_does_two_things() {
        let all = BINDINGS.iter();
        let keys: Vec<_> = all
            .flat_map(|one| one.keys.iter().map(|key| (one.control, *key)))
            .collect();
        for (at, key) in keys.iter().enumerate() {
            assert!(!keys[..at].contains(key), "{key:?} is there twice");
        }
    }
}
