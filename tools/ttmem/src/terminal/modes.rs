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
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Whether the alternate screen is ours. Changed and asked for with standard output locked: nobody
/// draws while another thread leaves.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// Whether the terminal was given back for good: a thread that knows nothing of it does not take it
/// again. Locked while the modes of input are changed.
static OVER: Mutex<bool> = Mutex::new(false);

/// The terminal is ours until this is dropped.
pub(super) struct Modes(());

impl Modes {
    /// Takes the terminal.
    pub(super) fn take() -> io::Result<Self> {
        // Dropped if only a part of it succeeds.
        let modes = Self(());
        modes.retake()?;
        Ok(modes)
    }

    /// Takes the terminal again after somebody else may have had it.
    pub(super) fn retake(&self) -> io::Result<()> {
        // Input first: in the background this stops the process until it is brought to the
        // foreground, with nothing written yet.
        set_raw()?;
        let mut out = io::stdout().lock();
        if !*over() {
            TAKEN.store(true, Ordering::Relaxed);
            execute!(out, EnterAlternateScreen, Hide)?;
        }
        Ok(())
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

/// Gives the terminal back for good, from any thread.
pub(super) fn end() {
    *over() = true;
    restore();
}

/// The part of it that does not wait for a terminal that takes no more output.
pub(super) fn end_input() {
    *over() = true;
    restore_input();
}

/// What fails is nobody's concern: there is nothing left to be said on such a terminal.
fn restore() {
    let mut out = io::stdout().lock();
    if TAKEN.swap(false, Ordering::Relaxed) {
        let normal = SetAttribute(Attribute::Reset);
        let _ = execute!(out, normal, LeaveAlternateScreen, Show);
    }
    restore_input();
}

fn restore_input() {
    let _alone = over();
    if attached::in_foreground() {
        let _ = disable_raw_mode();
    }
}

fn set_raw() -> io::Result<()> {
    let over = over();
    if *over || attached::keyboard().is_none() {
        return Ok(());
    }
    // Once more, if somebody else has set them: those to go back to remain those from before.
    disable_raw_mode()?;
    enable_raw_mode()
}

fn over() -> MutexGuard<'static, bool> {
    OVER.lock().unwrap_or_else(PoisonError::into_inner)
}
