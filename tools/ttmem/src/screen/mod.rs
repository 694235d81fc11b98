//! The live screen of `ttmem top`: what it shows, how keys change it, how it is drawn. It knows neither
//! the terminal nor its signals: whoever owns those calls [`Screen::key`], [`Screen::tick`] and
//! [`Screen::draw`], and does what a [`Step`] says.

use crate::exit::Exit;
use crate::source::{Depth, Source};
use crate::view::Host;
use ratatui::Frame;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::text::Line;
use std::time::Duration;

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

/// The live screen.
pub(crate) struct Screen {
    source: Source,
    host: Host,
    interval: Duration,
    paused: bool,
    strict: bool,
    #[cfg(debug_assertions)]
    panics: bool,
}

impl Screen {
    /// A screen that has looked once.
    pub(crate) fn open(
        mut source: Source,
        interval: Duration,
        strict: bool,
    ) -> anyhow::Result<Self> {
        let host = source.look(Depth::Totals)?;
        Ok(Self {
            source,
            host,
            interval,
            paused: false,
            strict,
            #[cfg(debug_assertions)]
            panics: false,
        })
    }

    /// How long to wait between two ticks: keys change it.
    pub(crate) const fn interval(&self) -> Duration {
        self.interval
    }

    /// The interval has passed: looks again, unless paused. What goes wrong is shown.
    pub(crate) fn tick(&mut self) -> Step {
        if self.paused {
            return Step::Continue;
        }
        if let Ok(host) = self.source.look(Depth::Totals) {
            self.host = host;
        }
        Step::Redraw
    }

    /// A key was pressed.
    pub(crate) fn key(&mut self, key: KeyEvent) -> Step {
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Char('c') if control => Step::Quit,
            KeyCode::Char('z') if control => Step::Suspend,
            KeyCode::Char('l') if control => Step::Repaint,
            #[cfg(debug_assertions)]
            KeyCode::Char('p') if control => {
                self.panics = true;
                Step::Redraw
            }
            KeyCode::Char('q') | KeyCode::Esc => Step::Quit,
            KeyCode::Char(' ') => {
                self.paused = !self.paused;
                Step::Redraw
            }
            _ => Step::Continue,
        }
    }

    /// Draws it.
    pub(crate) fn draw(&mut self, frame: &mut Frame<'_>) {
        #[cfg(debug_assertions)]
        assert!(!self.panics, "asked to panic with Ctrl-P");
        let line = format!(
            "ttmem {}  {} processes",
            self.host.name,
            self.host.processes.len()
        );
        frame.render_widget(Line::raw(line), frame.area());
    }

    /// Says on stderr what the screen had to say, and how the command ends. The terminal must be the
    /// user's again.
    pub(crate) fn close(mut self) -> Exit {
        self.source.judge(&self.host, self.strict)
    }
}
