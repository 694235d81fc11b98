//! Signals, as events. They are not caught but blocked and waited for: none interrupts a frame, and
//! SIGTSTP keeps its default action for when we want it.

use super::{Event, modes};
use crate::exit::Exit;
use nix::sys::signal::{SigSet, Signal, kill, raise};
use nix::unistd::Pid;
use std::io;
use std::process;
use std::sync::mpsc::Sender;
use std::thread;

const HEARD: [Signal; 7] = [
    Signal::SIGINT,
    Signal::SIGTERM,
    Signal::SIGHUP,
    Signal::SIGQUIT,
    Signal::SIGTSTP,
    Signal::SIGCONT,
    Signal::SIGWINCH,
];

/// Sends signals from now on. To be called before any other thread is started: those inherit that the
/// signals are blocked.
pub(super) fn listen(events: Sender<Event>) -> io::Result<Suspension> {
    let heard: SigSet = HEARD.into_iter().collect();
    heard.thread_block()?;
    let listener = thread::Builder::new().name("signals".into());
    listener.spawn(move || {
        let mut ending = false;
        while let Ok(signal) = heard.wait() {
            let event = match signal {
                Signal::SIGWINCH => Event::Resized,
                Signal::SIGTSTP => Event::Suspend,
                Signal::SIGCONT => Event::Continued,
                // The second means that the clean end does not come: a write may be stuck on a
                // terminal that takes no more.
                _ if ending => {
                    modes::end_input();
                    process::exit(Exit::Failed.code().into());
                }
                _ => {
                    ending = true;
                    Event::End
                }
            };
            if events.send(event).is_err() {
                return;
            }
        }
    })?;
    Ok(Suspension(()))
}

/// The right to stop this process: it belongs to the thread that blocked the signals.
pub(super) struct Suspension(());

impl Suspension {
    /// Asks everybody in the foreground to stop, ourselves included, as the terminal does at Ctrl-Z
    /// when it is not in raw mode: a program that waits for us would otherwise go on waiting.
    pub(super) fn ask_group(&self) -> io::Result<()> {
        Ok(kill(Pid::from_raw(0), Signal::SIGTSTP)?)
    }

    /// Stops here until SIGCONT. Where nobody could continue us, the kernel lets us go on.
    pub(super) fn stop(&self) -> io::Result<()> {
        let stop = SigSet::from(Signal::SIGTSTP);
        // To this thread alone: the listener must not get it.
        raise(Signal::SIGTSTP)?;
        stop.thread_unblock()?;
        Ok(stop.thread_block()?)
    }
}
