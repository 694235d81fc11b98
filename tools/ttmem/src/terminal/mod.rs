//! The terminal under the live screen: takes it, tells the screen what happens, and leaves it as it was
//! found, whatever happens.

mod attached;
mod frames;
mod keys;
mod modes;
mod panics;
mod rounds;
mod signals;

use crate::screen::Screen;
use anyhow::Context;
use frames::Frames;
use modes::Modes;
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::crossterm::event::KeyEvent;
use ratatui::crossterm::style::force_color_output;
use rounds::Rounds;
use std::env;
use std::ffi::OsStr;
use std::io::{self, IsTerminal};
use std::sync::mpsc;

/// What may happen while the screen waits.
enum Event {
    /// A key was pressed.
    Key(KeyEvent),
    /// The terminal may have another size.
    Resized,
    /// Stop, as SIGTSTP asks for.
    Suspend,
    /// Go on, as SIGCONT does: somebody else may have had the terminal in between.
    Continued,
    /// SIGINT, SIGTERM, SIGHUP or SIGQUIT.
    End,
    /// The terminal has gone.
    Gone,
}

/// Whether a screen can be drawn on standard output.
pub(crate) fn can_show() -> bool {
    let understands = |name: &OsStr| !name.is_empty() && name != "dumb";
    io::stdout().is_terminal() && env::var_os("TERM").is_some_and(|name| understands(&name))
}

/// Shows the screen until a key or a signal ends it. So does a terminal that goes away, which is no
/// failure.
pub(crate) fn show(screen: &mut Screen) -> anyhow::Result<()> {
    let (sender, events) = mpsc::channel();
    let suspension = signals::listen(sender.clone()).context("cannot listen for signals")?;
    panics::restore_first();
    // Whether there is colour is the screen's choice.
    force_color_output(true);
    let modes = Modes::take().context("cannot set up the terminal")?;
    keys::listen(sender).context("cannot read keys")?;
    let terminal = Terminal::new(CrosstermBackend::new(Frames::default()));
    let shown = terminal.and_then(|terminal| {
        Rounds {
            modes,
            terminal,
            screen,
            suspension,
        }
        .until_the_end(&events)
    });
    match shown {
        Err(_) if attached::is_gone() => Ok(()),
        shown => shown.context("cannot draw on the terminal"),
    }
}
