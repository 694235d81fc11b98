//! Keys, as events.

use super::{Event, attached};
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use ratatui::crossterm::event;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::mpsc::Sender;
use std::thread;
use std::time::Duration;

/// Sends keys from now on, if there is a terminal to press them on.
pub(super) fn listen(events: Sender<Event>) -> io::Result<()> {
    let Some(keyboard) = attached::keyboard() else {
        return Ok(());
    };
    let listener = thread::Builder::new().name("keys".into());
    listener.spawn(move || {
        let _ = send_keys(&keyboard, &events);
        // Nobody listens any more if the end has another reason.
        let _ = events.send(Event::Gone);
    })?;
    Ok(())
}

fn send_keys(keyboard: &OwnedFd, events: &Sender<Event>) -> io::Result<()> {
    loop {
        wait_for_input(keyboard)?;
        loop {
            if let event::Event::Key(key) = event::read()?
                && key.is_press()
                && events.send(Event::Key(key)).is_err()
            {
                return Ok(());
            }
            if !event::poll(Duration::ZERO)? {
                break;
            }
        }
    }
}

/// Crossterm reads the end of a terminal that has gone over and over again and never says so: it is
/// asked for keys only when there is something to read.
fn wait_for_input(keyboard: &OwnedFd) -> io::Result<()> {
    let mut ready = [PollFd::new(keyboard.as_fd(), PollFlags::POLLIN)];
    loop {
        match poll(&mut ready, PollTimeout::NONE) {
            Err(Errno::EINTR) => {}
            Err(error) => return Err(error.into()),
            Ok(_) if ready[0].revents() == Some(PollFlags::POLLIN) => return Ok(()),
            Ok(_) => return Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }
}
