//! What keys do to a scene.

use super::finding::Finding;
use super::keys::{Action, Motion, View, action};
use super::list::List;
use super::scene::{Opened, Overlay, Prompt, Scene};
use super::view;
use crate::fields::{BUFFER, DEVICE, PROCESS};
use crate::quantity;
use crate::view::chip::chip;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use std::time::Duration;
use ttmem_layout::Memory;

/// Intervals that can be chosen, in milliseconds.
const INTERVALS: [u64; 9] = [100, 250, 500, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000];

/// What a key asks of whoever has more than the scene.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    Nothing,
    Draw,
    Quit,
    Repaint,
    Suspend,
    Save,
    #[cfg(debug_assertions)]
    Panic,
}

impl Scene {
    /// Does what a key says.
    pub(super) fn key(&mut self, key: KeyEvent) -> Asked {
        if let Some(prompt) = self.prompt.take()
            && !key.modifiers.contains(KeyModifiers::CONTROL)
        {
            self.message = None;
            return self.typed(prompt, key.code);
        }
        let Some(action) = action(key) else {
            return Asked::Nothing;
        };
        self.message = None;
        self.act(action)
    }

    fn act(&mut self, action: Action) -> Asked {
        match action {
            Action::Quit => return Asked::Quit,
            Action::Back => return self.back(),
            Action::Repaint => return Asked::Repaint,
            Action::Suspend => return Asked::Suspend,
            Action::Save => return Asked::Save,
            #[cfg(debug_assertions)]
            Action::Panic => return Asked::Panic,
            Action::Help => self.lay_over(Overlay::Help),
            Action::Notes => self.lay_over(Overlay::Notes),
            Action::Move(motion) => self.go(motion),
            Action::Show(view) => self.show(view),
            Action::NextView => self.show(self.view.along(1)),
            Action::PreviousView => self.show(self.view.along(View::ALL.len() - 1)),
            Action::Open => self.open(),
            Action::Device => self.prompt = Some(Prompt::Device(String::new())),
            Action::Expand => self.expanded = !self.expanded,
            Action::Memory => {
                self.memory = match self.memory {
                    Memory::L1 => Memory::Dram,
                    _ => Memory::L1,
                };
            }
            Action::Search => {
                let text = self.finding().map_or("", Finding::text).to_owned();
                self.prompt = Some(Prompt::Find(text));
            }
            Action::SortRight => self.sort_along(1),
            Action::SortLeft => self.sort_along(usize::MAX),
            Action::Reverse => {
                let sort = &mut self.sorts[self.view as usize];
                sort.reverse = !sort.reverse;
            }
            Action::Pause => self.paused = !self.paused,
            Action::Mark => self.set_mark(),
            Action::Difference => match self.mark {
                Some(_) => self.since_mark = !self.since_mark,
                None => self.warn("nothing is marked yet: m marks this moment"),
            },
            Action::Dense(density) => self.density = density,
            Action::Faster => self.change_interval(|now, one| one < now, INTERVALS.iter().rev()),
            Action::Slower => self.change_interval(|now, one| one > now, INTERVALS.iter()),
        }
        Asked::Draw
    }

    fn lay_over(&mut self, overlay: Overlay) {
        self.overlay = (self.overlay != Some(overlay)).then_some(overlay);
        self.scroll = 0;
    }

    /// Takes away what lies on top; when there is nothing more, the screen.
    fn back(&mut self) -> Asked {
        self.scroll = 0;
        if self.overlay.take().is_some() || self.opened.take().is_some() {
            return Asked::Draw;
        }
        match self.findings[self.view as usize].take() {
            Some(_) => Asked::Draw,
            None => Asked::Quit,
        }
    }

    fn show(&mut self, view: View) {
        self.view = view;
        (self.overlay, self.opened, self.scroll) = (None, None, 0);
    }

    /// Opens what the cursor is on; what is open already, it closes.
    fn open(&mut self) {
        self.scroll = 0;
        if self.overlay.take().is_some() || self.opened.take().is_some() {
            return;
        }
        self.opened = match self.view {
            View::Devices | View::Map => self.chosen_chip().map(Opened::Device),
            View::Processes => self.chosen_segment().map(Opened::Process),
            View::Buffers => {
                let list = self.gathered.lists.first();
                let held = list.and_then(|list| list.rows.get(self.row.checked_sub(list.from)?));
                held.cloned().map(Box::new).map(Opened::Buffer)
            }
        };
    }

    /// The process the cursor is on.
    pub(super) fn chosen_segment(&self) -> Option<String> {
        let shown = view::processes::shown(self);
        let chosen =
            |one: &&view::processes::Shown<'_>| Some(&one.process.segment) == self.segment.as_ref();
        let one = shown.iter().find(chosen).or(shown.first());
        one.map(|one| one.process.segment.clone())
    }

    fn go(&mut self, motion: Motion) {
        let page = self.page.max(1);
        if self.overlay.is_some() || self.opened.is_some() && !self.turns_device(motion) {
            self.scroll = along(self.scroll, motion, 1, page, usize::MAX);
            return;
        }
        match self.view {
            View::Devices | View::Map => {
                let grid = self.view == View::Devices && self.opened.is_none();
                let across = if grid { self.across.max(1) } else { 1 };
                let chips = self.chips();
                let at = self
                    .chosen_chip()
                    .and_then(|chip| chips.iter().position(|one| *one == chip));
                let to = along(at.unwrap_or(0), motion, across, page, chips.len());
                self.chip = chips.get(to).copied();
                if let (Some(Opened::Device(open)), Some(chip)) = (&mut self.opened, self.chip) {
                    *open = chip;
                }
            }
            View::Processes => {
                let chosen = self.chosen_segment();
                let shown: Vec<_> = view::processes::shown(self)
                    .iter()
                    .map(|one| one.process.segment.clone())
                    .collect();
                let at = shown.iter().position(|one| Some(one) == chosen.as_ref());
                let to = along(at.unwrap_or(0), motion, 1, page, shown.len());
                self.segment = shown.into_iter().nth(to);
            }
            View::Buffers => {
                let count = self.gathered.lists.first().map_or(0, List::count);
                self.row = along(self.row, motion, 1, page, count);
            }
        }
    }

    /// Whether a motion goes to another device while one is open.
    fn turns_device(&self, motion: Motion) -> bool {
        matches!(motion, Motion::Left | Motion::Right)
            && matches!(self.opened, Some(Opened::Device(_)))
            && matches!(self.view, View::Devices | View::Map)
    }

    /// Sorts by the column so many places on, round and round.
    fn sort_along(&mut self, places: usize) {
        let columns = match self.view {
            View::Devices | View::Map => view::devices::SORTS,
            View::Processes => view::processes::SORTS,
            View::Buffers => view::buffers::SORTS,
        };
        let sort = &mut self.sorts[self.view as usize];
        let at = columns.iter().position(|name| *name == sort.by);
        let to = match (at, places) {
            (None, _) => 0,
            (Some(0), usize::MAX) => columns.len() - 1,
            (Some(at), _) => at.wrapping_add(places) % columns.len(),
        };
        sort.by = columns[to];
        let by = sort.by.replace('_', " ");
        self.say(format!("sorted by {by}"));
    }

    fn set_mark(&mut self) {
        let mut host = self.host.clone();
        host.buffers.clear();
        let time = clock(host.time_ns);
        self.mark = Some(host);
        self.say(format!("marked {time}: d shows what changed since"));
    }

    fn change_interval<'a>(
        &mut self,
        beyond: impl Fn(u64, u64) -> bool,
        mut choice: impl Iterator<Item = &'a u64>,
    ) {
        let now = self.interval.as_millis() as u64;
        if let Some(next) = choice.find(|one| beyond(now, **one)) {
            self.interval = Duration::from_millis(*next);
        }
    }

    /// A key while something is being typed.
    fn typed(&mut self, prompt: Prompt, key: KeyCode) -> Asked {
        match (prompt, key) {
            (Prompt::Find(_), KeyCode::Esc) => {}
            (Prompt::Find(text), KeyCode::Enter) => self.find(&text),
            (Prompt::Find(mut text), key) => {
                match key {
                    KeyCode::Char(one) => text.push(one),
                    KeyCode::Backspace => {
                        text.pop();
                    }
                    _ => {}
                }
                self.prompt = Some(Prompt::Find(text));
            }
            (Prompt::Device(mut digits), KeyCode::Char(digit)) if digit.is_ascii_digit() => {
                digits.push(digit);
                self.choose_device(digits);
            }
            (Prompt::Device(mut digits), KeyCode::Backspace) => {
                digits.pop();
                self.prompt = Some(Prompt::Device(digits));
            }
            (Prompt::Device(_), KeyCode::Enter) => {}
            (Prompt::Device(digits), KeyCode::Esc) if digits.is_empty() => {}
            // Whatever else it is, it is a key of its own.
            (Prompt::Device(_), key) => return self.key(KeyEvent::new(key, KeyModifiers::NONE)),
        }
        Asked::Draw
    }

    /// Shows the device with this number at once; as long as another digit makes sense, it may follow.
    fn choose_device(&mut self, digits: String) {
        let device = |number: &dyn Fn(u32) -> bool| {
            self.host
                .devices
                .iter()
                .find(|one| number(one.info.chip))
                .map(chip)
        };
        let number = digits.parse().unwrap_or(u32::MAX);
        let found = device(&|chip| chip == number);
        let longer = device(&|chip| chip > number && chip.to_string().starts_with(&digits));
        match found {
            Some(chip) => {
                self.chip = Some(chip);
                if self.view != View::Map {
                    self.show(View::Devices);
                    self.opened = Some(Opened::Device(chip));
                }
            }
            None if longer.is_none() => {
                self.warn(format!("there is no device {digits}"));
            }
            None => {}
        }
        if longer.is_some() {
            self.prompt = Some(Prompt::Device(digits));
        }
    }

    fn find(&mut self, text: &str) {
        let text = text.trim();
        let finding = match self.view {
            _ if text.is_empty() => Ok(None),
            View::Devices | View::Map => Finding::read(text, DEVICE).map(Some),
            View::Processes => Finding::read(text, PROCESS).map(Some),
            View::Buffers => Finding::read(text, BUFFER).map(Some),
        };
        match finding {
            Ok(finding) => {
                self.findings[self.view as usize] = finding;
                self.row = 0;
            }
            Err(error) => {
                let first = error.lines().next().unwrap_or_default().to_owned();
                self.warn(first);
                self.prompt = Some(Prompt::Find(text.to_owned()));
            }
        }
    }
}

/// Where a motion leads among `count` places, `across` of which are beside one another.
fn along(at: usize, motion: Motion, across: usize, page: usize, count: usize) -> usize {
    let to = match motion {
        Motion::Up => at.checked_sub(across).unwrap_or(at),
        Motion::Down if at.saturating_add(across) < count => at + across,
        Motion::Down => at,
        Motion::Left => at.saturating_sub(1),
        Motion::Right => at.saturating_add(1),
        Motion::PageUp => at.saturating_sub(page),
        Motion::PageDown => at.saturating_add(page),
        Motion::First => 0,
        Motion::Last => usize::MAX,
    };
    to.min(count.saturating_sub(1))
}

/// The time of day, UTC.
pub(super) fn clock(time_ns: i64) -> String {
    let time = quantity::time(time_ns);
    time.get(11..19).unwrap_or(&time).to_owned()
}
