//! What interrupts a command that waits: the user, or the next look being due.

use crate::exit::Exit;
use anyhow::Context;
use signal_hook::consts::SIGUSR1;
use signal_hook::iterator::Signals;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;

/// Why a wait ended early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wake {
    /// Ctrl-C, SIGTERM or SIGHUP: finish and go.
    Stop,
    /// SIGUSR1: say the totals so far.
    Totals,
}

/// Signals as messages, so that no wait is blind to them.
pub(crate) struct Wakes {
    receiver: Receiver<Wake>,
    /// Keeps the channel open: without it a wait would end at once when nobody can send any more.
    sender: Sender<Wake>,
}

impl Wakes {
    /// Listens for the end.
    pub(crate) fn new() -> anyhow::Result<Self> {
        let (sender, receiver) = mpsc::channel();
        let stop = sender.clone();
        let stopping = AtomicBool::new(false);
        ctrlc::set_handler(move || {
            // The first asks for a clean end. The second means that it does not come: a write may be
            // stuck on a pager nobody reads.
            if stopping.swap(true, Ordering::Relaxed) {
                std::process::exit(Exit::Failed.code().into());
            }
            let _ = stop.send(Wake::Stop);
        })
        .context("cannot listen for Ctrl-C")?;
        Ok(Self { receiver, sender })
    }

    /// Listens for SIGUSR1 as well.
    pub(crate) fn with_totals(self) -> anyhow::Result<Self> {
        let mut signals = Signals::new([SIGUSR1]).context("cannot listen for SIGUSR1")?;
        let totals = self.sender.clone();
        thread::spawn(move || {
            for _ in signals.forever() {
                if totals.send(Wake::Totals).is_err() {
                    return;
                }
            }
        });
        Ok(self)
    }

    /// What has come already, without waiting.
    pub(crate) fn pending(&self) -> Option<Wake> {
        self.receiver.try_recv().ok()
    }

    /// Waits; nothing if the time went by undisturbed.
    pub(crate) fn wait(&self, time: Duration) -> Option<Wake> {
        match self.receiver.recv_timeout(time) {
            Ok(wake) => Some(wake),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => Some(Wake::Stop),
        }
    }
}
