//! The modes of the terminal: ours while the screen is shown, otherwise what they were before.

use super::attached;
use ratatui::crossterm::cursor::{Hide, Show};
use ratatui::crossterm::execute;
use ratatui::crossterm::style::{Attribute, SetAttribute};
use ratatui::crossterm::terminal::{
    EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether the alternate screen is ours. Changed and asked for with standard output locked: nobody
/// draws while another thread leaves.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// The terminal is ours until this is dropped.
pub(super) struct Modes(());

impl Modes {
    /// Takes the terminal.
    pub(super) fn take() -> io::Result<Self> {
        // Dropped if only a part of it succeeds.
        let modes = Self(());
        modes.enter()?;
        Ok(modes)
    }

    fn enter(&self) -> io::Result<()> {
        // The modes first: in the background this stops the process until it is brought to the
        // foreground, with nothing written yet.
        if attached::keyboard().is_some() {
            enable_raw_mode()?;
        }
        let mut out = io::stdout().lock();
        TAKEN.store(true, Ordering::Relaxed);
        execute!(out, EnterAlternateScreen, Hide)
    }

    /// Takes the terminal again after somebody else may have had it.
    pub(super) fn retake(&self) -> io::Result<()> {
        // Sets the modes once more, and remembers those from before, not those it finds.
        disable_raw_mode()?;
        self.enter()
    }

    /// Gives the terminal back, to be taken again.
    pub(super) fn leave(&self) {
        restore();
    }
}

impl Drop for Modes {
    fn drop(&mut self) {
        restore();
    }
}

/// Whether there is a screen to draw on.
pub(super) fn are_taken() -> bool {
    TAKEN.load(Ordering::Relaxed)
}

/// Gives the terminal back, from any thread. What fails is nobody's concern: there is nothing left to
/// be said on such a terminal.
pub(super) fn restore() {
    let mut out = io::stdout().lock();
    if TAKEN.swap(false, Ordering::Relaxed) {
        let normal = SetAttribute(Attribute::Reset);
        let _ = execute!(out, normal, LeaveAlternateScreen, Show);
    }
    restore_input();
}

/// The part of it that never waits for a terminal that takes no more output.
pub(super) fn restore_input() {
    if attached::in_foreground() {
        let _ = disable_raw_mode();
    }
}
