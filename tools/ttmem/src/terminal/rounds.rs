//! Wait, look or do what a key says, draw: round after round.

use super::Event;
use super::frames::Frames;
use super::modes::Modes;
use super::signals::Suspension;
use crate::screen::{Screen, Step};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use std::io;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Instant;

/// A screen on its terminal.
pub(super) struct Rounds<'a> {
    /// Dropped before the terminal, which has a cursor to show and panics where nobody can be told
    /// that it cannot.
    pub(super) modes: Modes,
    pub(super) terminal: Terminal<CrosstermBackend<Frames>>,
    pub(super) screen: &'a mut Screen,
    pub(super) suspension: Suspension,
}

/// What a step leaves to be done.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    Wait,
    Draw,
    End,
}

impl Rounds<'_> {
    /// Goes on until a key, a signal or the terminal's end.
    pub(super) fn until_the_end(mut self, events: &Receiver<Event>) -> io::Result<()> {
        let mut looked = Instant::now();
        let mut next = Next::Draw;
        loop {
            if next == Next::Draw {
                self.terminal.draw(|frame| self.screen.draw(frame))?;
            }
            let due = looked + self.screen.interval();
            next = match events.recv_timeout(due.saturating_duration_since(Instant::now())) {
                Ok(event) => self.follow_all(event, events)?,
                Err(RecvTimeoutError::Timeout) => {
                    let step = self.screen.tick();
                    looked = Instant::now();
                    self.take(step)?
                }
                Err(RecvTimeoutError::Disconnected) => Next::End,
            };
            if next == Next::End {
                return Ok(());
            }
        }
    }

    /// Follows an event and all that have come with it, before anything is drawn: a window that is
    /// dragged has many sizes, a key that is held comes often.
    fn follow_all(&mut self, first: Event, others: &Receiver<Event>) -> io::Result<Next> {
        let mut all = Next::Wait;
        for event in std::iter::once(first).chain(others.try_iter()) {
            match self.follow(event)? {
                Next::Wait => {}
                Next::Draw => all = Next::Draw,
                Next::End => return Ok(Next::End),
            }
        }
        Ok(all)
    }

    fn follow(&mut self, event: Event) -> io::Result<Next> {
        match event {
            Event::Key(key) => {
                let step = self.screen.key(key);
                self.take(step)
            }
            Event::Resized => self.take(Step::Redraw),
            Event::Suspend => {
                self.modes.leave();
                self.suspension.stop()?;
                self.retake()
            }
            Event::Continued => self.retake(),
            Event::End | Event::Gone => Ok(Next::End),
        }
    }

    fn take(&mut self, step: Step) -> io::Result<Next> {
        match step {
            Step::Continue => Ok(Next::Wait),
            Step::Redraw => Ok(Next::Draw),
            Step::Repaint => self.repaint(),
            Step::Suspend => {
                // In this order: when somebody who waits for us stops, the shell is back at once.
                self.modes.leave();
                self.suspension.ask_group()?;
                Ok(Next::Wait)
            }
            Step::Quit => Ok(Next::End),
        }
    }

    fn retake(&mut self) -> io::Result<Next> {
        self.modes.retake()?;
        self.repaint()
    }

    /// Forgets what is on the terminal: somebody else may have written there, or cleared it.
    fn repaint(&mut self) -> io::Result<Next> {
        // Not clear(): that asks the terminal where the cursor is, and waits for the answer among the
        // keys.
        let size = self.terminal.size()?;
        self.terminal.resize(size.into())?;
        Ok(Next::Draw)
    }
}
