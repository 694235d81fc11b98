//! The live screen of `ttmem top`: what it shows, how keys change it, how it is drawn. It knows neither
//! the terminal nor its signals: whoever owns those calls [`Screen::key`], [`Screen::tick`] and
//! [`Screen::draw`], and does what a [`Step`] says.

mod act;
mod budget;
mod canvas;
mod draw;
mod figures;
mod finding;
mod gather;
#[cfg(test)]
mod golden;
mod keys;
mod list;
mod past;
mod rank;
mod rates;
mod rooms;
mod roster;
mod scene;
mod theme;
mod view;
mod widget;

pub(crate) use keys::View;
pub(crate) use scene::{Settings, sort_field};
pub(crate) use theme::{Theme, locale_is_utf8};

use crate::exit::Exit;
use crate::quantity;
use crate::saved::{Collected, file_name};
use crate::source::{Depth, Source};
use crate::view::Device;
use act::Asked;
use budget::Budget;
use gather::Wanted;
use ratatui::Frame;
use ratatui::crossterm::event::KeyEvent;
use scene::Scene;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use ttmem_reader::DeviceInfo;

/// What follows from a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Nothing: the screen is as it was.
    Continue,
    /// Draw.
    Redraw,
    /// Draw every cell again: something else may have written to the terminal.
    Repaint,
    /// Leave the terminal to the shell, as Ctrl-Z does; draw every cell after coming back.
    Suspend,
    /// End.
    Quit,
}

/// The live screen of a host.
pub(crate) struct Screen {
    source: Source,
    scene: Scene,
    /// Where segments are saved from.
    directory: PathBuf,
    strict: bool,
    exit: Exit,
    gathered: Basis,
    gathering: Budget,
    /// Buffers that overlap are looked for one by one.
    overlaps: Budget,
    #[cfg(debug_assertions)]
    panics: bool,
}

/// What was gathered of single buffers the last time, and from which.
#[derive(Default)]
struct Basis {
    wanted: Wanted,
    /// What segments said of allocations.
    revision: BTreeMap<String, u64>,
    /// The devices: one without allocations has gaps as well.
    devices: Vec<DeviceInfo>,
}

impl Basis {
    /// Whether there are the same devices.
    fn knows(&self, devices: &[Device]) -> bool {
        self.devices.iter().eq(devices.iter().map(|one| &one.info))
    }
}

impl Screen {
    /// A screen that has looked once.
    pub(crate) fn open(
        source: Source,
        settings: &Settings,
        directory: PathBuf,
        strict: bool,
    ) -> anyhow::Result<Self> {
        let mut screen = Self {
            source: source.for_a_screen(),
            scene: Scene::new(settings),
            directory,
            strict,
            exit: Exit::Ok,
            gathered: Basis::default(),
            gathering: Budget::default(),
            overlaps: Budget::default(),
            #[cfg(debug_assertions)]
            panics: false,
        };
        screen.look()?;
        screen.gather();
        Ok(screen)
    }

    /// How long to wait between two ticks: keys change it.
    pub(crate) const fn interval(&self) -> Duration {
        self.scene.interval
    }

    /// The interval has passed: looks again, unless paused. What goes wrong is shown.
    pub(crate) fn tick(&mut self) -> Step {
        if self.scene.paused {
            return Step::Continue;
        }
        if let Err(error) = self.look() {
            self.scene.warn(format!("{error:#}"));
        }
        let now = Instant::now();
        let same = self.gathered.revision == self.source.revision()
            && self.gathered.knows(&self.scene.host.devices);
        if same && !self.gathered.wanted.grows_old() {
            // Nothing has come or gone: what was gathered is what there is.
            let time = self.scene.host.time_ns;
            self.scene.gathered.holds_at(time);
        } else if self.gathering.allows(now) {
            self.gather();
            self.gathering.spend(now, now.elapsed());
        }
        Step::Redraw
    }

    /// A key was pressed.
    pub(crate) fn key(&mut self, key: KeyEvent) -> Step {
        let asked = self.scene.key(key);
        self.gather_what_is_new();
        match asked {
            Asked::Nothing => Step::Continue,
            Asked::Draw => Step::Redraw,
            Asked::Quit => Step::Quit,
            Asked::Repaint => Step::Repaint,
            Asked::Suspend => Step::Suspend,
            Asked::Save => {
                match self.save() {
                    Ok(said) => self.scene.say(said),
                    Err(error) => self.scene.warn(format!("{error:#}")),
                }
                Step::Redraw
            }
            #[cfg(debug_assertions)]
            Asked::Panic => {
                self.panics = true;
                Step::Redraw
            }
        }
    }

    /// Draws it.
    pub(crate) fn draw(&mut self, frame: &mut Frame<'_>) {
        #[cfg(debug_assertions)]
        assert!(!self.panics, "asked to panic with Ctrl-P");
        let area = frame.area();
        self.scene.width = area.width;
        self.gather_what_is_new();
        self.scene.draw(area, frame.buffer_mut());
    }

    /// Says on stderr what the screen had to say, and how the command ends. The terminal must be the
    /// user's again.
    pub(crate) fn close(mut self) -> Exit {
        self.source.speak();
        self.exit
    }

    fn look(&mut self) -> anyhow::Result<()> {
        let now = Instant::now();
        let whole = self.overlaps.allows(now);
        let depth = if whole { Depth::Totals } else { Depth::Visited };
        let mut host = self.source.look(depth)?;
        if whole {
            self.overlaps.spend(now, now.elapsed());
        } else {
            host.overlaps.clone_from(&self.scene.host.overlaps);
        }
        self.exit = self.source.judge(&host, self.strict);
        self.scene.take(host);
        self.scene.notes = self.source.said().map(str::to_owned).collect();
        Ok(())
    }

    /// Gathers if the scene shows something else than what was gathered.
    fn gather_what_is_new(&mut self) {
        if self.gathered.wanted != self.scene.wanted() {
            self.gather();
        }
    }

    fn gather(&mut self) {
        let wanted = self.scene.wanted();
        let (host, exact) = (&self.scene.host, self.scene.exact);
        self.scene.gathered = wanted.gather(host, exact, || {
            // A screen that is paused shows everything as it was.
            self.source.visit(host.time_ns)
        });
        self.gathered = Basis {
            wanted,
            revision: self.source.revision(),
            devices: host.devices.iter().map(|one| one.info.clone()).collect(),
        };
    }

    /// Saves everything there is in a file of the current directory; what was saved where.
    fn save(&self) -> anyhow::Result<String> {
        anyhow::ensure!(
            !self.source.is_saved(),
            "this is a saved file already: copy it"
        );
        let name = file_name(self.source.now_ns(), &self.scene.host.name);
        let file = PathBuf::from(name);
        let mut collected = Collected::gather(&self.directory, &Default::default(), |_, _| {})?;
        let length = collected.write_file(&file, false, &|| false)?;
        let file = std::path::absolute(&file).unwrap_or(file);
        Ok(format!(
            "saved {} to {}",
            quantity::size(length),
            file.display()
        ))
    }
}
