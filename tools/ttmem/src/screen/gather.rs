//! What the screen needs to know of single buffers: nothing is gathered that nobody sees.

use super::keys::View;
use super::list::{self, List};
use super::rooms::Rooms;
use super::scene::{Opened, Scene};
use super::view::map;
use crate::view::chip::Chip;
use crate::view::{Held, Host};
use ttmem_layout::Memory;

/// A list is gathered in stretches of so many rows, so that scrolling seldom needs another.
const STRETCH: usize = 512;
/// The largest buffers that are shown of a device's memory or of a process.
const LARGEST: usize = 8;

/// What is to be gathered.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Wanted {
    /// The largest gap of each device.
    rooms: bool,
    /// Lists of buffers.
    lists: Vec<list::Wanted>,
    /// The map of a memory of a chip, in so many columns.
    map: Option<(Chip, Memory, u16)>,
}

/// What was gathered.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    /// When, nanoseconds since 1970.
    pub(super) time_ns: i64,
    pub(super) rooms: Rooms,
    pub(super) lists: Vec<List>,
    /// Lines of the map.
    pub(super) map: Vec<String>,
}

impl Gathered {
    /// It is the same at a later moment, but for the buffers being older.
    pub(super) fn holds_at(&mut self, time_ns: i64) {
        let passed = time_ns.saturating_sub(self.time_ns).max(0);
        for held in self.lists.iter_mut().flat_map(|list| &mut list.rows) {
            held.age_ns = held.age_ns.saturating_add(passed);
        }
        self.time_ns = time_ns;
    }
}

impl Wanted {
    /// What a scene shows.
    pub(super) fn of(scene: &Scene) -> Self {
        let mut wanted = Self::default();
        match &scene.opened {
            Some(Opened::Device(chip)) => {
                wanted.rooms = true;
                wanted.lists = [Memory::L1, Memory::Dram]
                    .map(|memory| list::Wanted {
                        chip: Some(*chip),
                        memory: Some(memory),
                        count: LARGEST,
                        ..list::LARGEST
                    })
                    .to_vec();
            }
            Some(Opened::Process(segment)) => wanted.lists.push(list::Wanted {
                segment: Some(segment.clone()),
                count: LARGEST,
                ..list::LARGEST
            }),
            Some(Opened::Buffer(_)) => {}
            None => match scene.view {
                View::Devices => wanted.rooms = true,
                View::Processes => {}
                View::Buffers => wanted.lists.push(list::Wanted {
                    finding: scene.finding().cloned(),
                    since_ns: scene.before().map(|mark| mark.time_ns),
                    by: scene.sort().by,
                    reverse: scene.sort().reverse,
                    from: (scene.row / STRETCH * STRETCH).saturating_sub(STRETCH),
                    count: 3 * STRETCH,
                    ..list::LARGEST
                }),
                View::Map => {
                    let chip = scene.chosen_chip();
                    wanted.map = chip.map(|chip| (chip, scene.memory, scene.width));
                }
            },
        }
        wanted
    }

    /// Whether something else may be wanted later of the same buffers: what was asked for may be their
    /// age, and a map tells it, beside how far circular buffers reach, which no event tells.
    pub(super) fn grows_old(&self) -> bool {
        self.map.is_some() || self.lists.iter().any(|list| list.finding.is_some())
    }

    /// Gathers it from all buffers, which `all` goes through.
    pub(super) fn gather<I: Iterator<Item = Held>>(
        &self,
        host: &Host,
        exact: bool,
        all: impl Fn() -> I,
    ) -> Gathered {
        let lists = self.lists.iter();
        Gathered {
            time_ns: host.time_ns,
            rooms: match self.rooms {
                true => Rooms::measure(host, &all),
                false => Rooms::default(),
            },
            lists: lists.map(|one| one.select(host, &all)).collect(),
            map: match self.map {
                Some((chip, memory, width)) => map::lines(host, chip, memory, width, exact, all()),
                None => Vec::new(),
            },
        }
    }
}
