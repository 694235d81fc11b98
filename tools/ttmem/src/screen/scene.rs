//! Everything the screen shows and how: what was seen, where the cursor is, what was asked for.

use super::finding::Finding;
use super::gather::{Gathered, Wanted};
use super::keys::{Density, View};
use super::past::Past;
use super::rates::Rates;
use super::roster::Roster;
use super::theme::Theme;
use crate::fields::{self, PROCESS};
use crate::view::chip::{Chip, chip};
use crate::view::{Held, Host, Process};
use std::time::Duration;
use ttmem_layout::Memory;

/// What the screen is told when it begins.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// Time between two looks.
    pub(crate) interval: Duration,
    /// Whether sizes are shown to the byte.
    pub(crate) exact: bool,
    /// Colours and signs.
    pub(crate) theme: Theme,
    /// What is looked at first.
    pub(crate) view: View,
    /// The field processes are sorted by.
    pub(crate) sort: Option<&'static str>,
    /// Which processes are shown: a query.
    pub(crate) wanted: Option<String>,
}

/// Something that was opened, and takes the place of its view.
#[derive(Clone, Debug)]
pub(super) enum Opened {
    Device(Chip),
    /// By its segment.
    Process(String),
    Buffer(Box<Held>),
}

/// What lies over everything else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Overlay {
    Help,
    Notes,
}

/// What is being typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Prompt {
    /// After `/`.
    Find(String),
    /// After `D`: the number of a device.
    Device(String),
}

/// What a list is sorted by.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sort {
    /// Name of a field or column.
    pub(super) by: &'static str,
    pub(super) reverse: bool,
}

/// A line at the foot of the screen until the next key.
#[derive(Clone, Debug)]
pub(super) struct Message {
    pub(super) text: String,
    pub(super) alarm: bool,
}

/// Everything the screen shows.
pub(super) struct Scene {
    pub(super) theme: Theme,
    pub(super) exact: bool,
    pub(super) interval: Duration,
    pub(super) host: Host,
    pub(super) past: Past,
    pub(super) rates: Rates,
    pub(super) roster: Roster,
    pub(super) gathered: Gathered,
    /// What there was to say of the last look: losses, damage, what cannot be read.
    pub(super) notes: Vec<String>,

    pub(super) view: View,
    pub(super) opened: Option<Opened>,
    pub(super) overlay: Option<Overlay>,
    pub(super) prompt: Option<Prompt>,
    pub(super) message: Option<Message>,
    /// By view.
    pub(super) findings: [Option<Finding>; View::ALL.len()],
    /// By view.
    pub(super) sorts: [Sort; View::ALL.len()],
    pub(super) density: Density,
    /// Whether processes show what they hold on each device.
    pub(super) expanded: bool,
    /// The memory the map shows.
    pub(super) memory: Memory,
    pub(super) paused: bool,
    pub(super) mark: Option<Host>,
    /// Whether what changed since the mark is shown.
    pub(super) since_mark: bool,

    /// The device the cursor is on.
    pub(super) chip: Option<Chip>,
    /// The process the cursor is on, by its segment.
    pub(super) segment: Option<String>,
    /// The row of the buffers the cursor is on.
    pub(super) row: usize,
    /// First row that is shown, by view.
    pub(super) first: [usize; View::ALL.len()],
    /// First line that is shown of what was opened or lies over it.
    pub(super) scroll: usize,
    /// Rows that were shown the last time: what a page is.
    pub(super) page: usize,
    /// Devices beside one another in the grid.
    pub(super) across: usize,
    /// Columns there are.
    pub(super) width: u16,
}

impl Scene {
    /// Nothing has been seen yet.
    pub(super) fn new(settings: &Settings) -> Self {
        let sort = |by| Sort { by, reverse: false };
        let mut findings = [const { None }; View::ALL.len()];
        // It was read as a query before, and what it cannot be asked of is said on the screen.
        let mut message = None;
        match settings
            .wanted
            .as_deref()
            .map(|text| Finding::read(text, PROCESS))
        {
            Some(Ok(finding)) => findings[View::Processes as usize] = Some(finding),
            Some(Err(text)) => message = Some(Message { text, alarm: true }),
            None => {}
        }
        Self {
            theme: settings.theme,
            exact: settings.exact,
            interval: settings.interval,
            host: Host::default(),
            past: Past::default(),
            rates: Rates::default(),
            roster: Roster::default(),
            gathered: Gathered::default(),
            notes: Vec::new(),
            view: settings.view,
            opened: None,
            overlay: None,
            prompt: None,
            message,
            findings,
            sorts: [
                sort("device"),
                sort(settings.sort.unwrap_or("state")),
                sort("size"),
                sort("device"),
            ],
            density: Density::Auto,
            expanded: false,
            memory: Memory::L1,
            paused: false,
            mark: None,
            since_mark: false,
            chip: None,
            segment: None,
            row: 0,
            first: [0; View::ALL.len()],
            scroll: 0,
            page: 1,
            across: 1,
            width: 0,
        }
    }

    /// Takes in what was seen.
    pub(super) fn take(&mut self, host: Host) {
        self.past.take(&host);
        self.rates.take(&host);
        self.roster.take(&host);
        self.host = host;
    }

    /// What the next look at single buffers is for.
    pub(super) fn wanted(&self) -> Wanted {
        Wanted::of(self)
    }

    /// What the buffers, processes or devices of this view are sorted by.
    pub(super) const fn sort(&self) -> Sort {
        self.sorts[self.view as usize]
    }

    /// What was asked for in this view.
    pub(super) const fn finding(&self) -> Option<&Finding> {
        self.findings[self.view as usize].as_ref()
    }

    /// The state at the mark, if changes since then are shown.
    pub(super) fn before(&self) -> Option<&Host> {
        self.mark.as_ref().filter(|_| self.since_mark)
    }

    /// The devices there are to choose from, as they are shown.
    pub(super) fn chips(&self) -> Vec<Chip> {
        super::view::devices::shown(self)
            .into_iter()
            .map(chip)
            .collect()
    }

    /// The device the cursor is on; of one that has gone, the first.
    pub(super) fn chosen_chip(&self) -> Option<Chip> {
        let chips = self.chips();
        self.chip
            .filter(|chip| chips.contains(chip))
            .or_else(|| chips.first().copied())
    }

    /// A process by its segment, and whether it has gone.
    pub(super) fn process(&self, segment: &str) -> Option<(&Process, bool)> {
        let is = |one: &&Process| one.segment == segment;
        let there = self.host.processes.iter().find(is).map(|one| (one, false));
        there.or_else(|| self.roster.gone().iter().find(is).map(|one| (one, true)))
    }

    /// Says something until the next key.
    pub(super) fn say(&mut self, text: impl Into<String>) {
        self.message = Some(Message {
            text: text.into(),
            alarm: false,
        });
    }

    /// The same of something that went wrong.
    pub(super) fn warn(&mut self, text: impl Into<String>) {
        self.message = Some(Message {
            text: text.into(),
            alarm: true,
        });
    }
}

/// The name of the field that `--sort` asks for, as [`PROCESS`] has it.
pub(crate) fn sort_field(by: &str) -> Option<&'static str> {
    fields::find(PROCESS, by).map(|(field, _)| field.name)
}
