//! The dump that a producer was asked for (`TTMEM_DUMP_AT_EXIT`) and died without giving.
//!
//! A segment is never written by those who read it, so nothing in it says that its dump was given. One
//! rule does: what a `run` started, that run gives; all else, and what a `run` did not come to give, whoever
//! reaps the segment gives.

use crate::note::note;
use crate::run::promise;
use crate::value::harmless;
use nix::unistd::geteuid;
use std::ffi::OsStr;
use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use ttmem_producer::{DumpAtExit, Held, Holder, TEXT_BYTES, Telling, Until};
use ttmem_reader::{Identity, ReadError, Segment, Snapshot, State};

/// Where the dump goes that `reap` has to give, in words; nothing if there is none to give. The segment is
/// in that directory.
pub(crate) fn pending(directory: &Path, identity: &Identity, state: State) -> Option<String> {
    let is_reapers = || identity.run_id == 0 || promise::is_broken(directory, identity.run_id);
    if state != State::Dead || !is_reapers() {
        return None;
    }
    Some(match asked_for(identity)? {
        DumpAtExit::Stderr => "standard error".into(),
        DumpAtExit::File(path) => shown(path.as_bytes()),
    })
}

/// Whether the dump of this producer, if it owes one, goes with its segment: once that is removed, not even
/// a `run` that is still at work can give it.
pub(crate) fn goes_with(directory: &Path, identity: &Identity) -> bool {
    identity.run_id == 0 || promise::is_there(directory, identity.run_id)
}

/// Whether the producer of this segment is at work and will owe a dump if it dies.
pub(crate) fn may_come(segment: &Segment) -> bool {
    let is_running = || segment.state().is_ok_and(|state| state == State::Running);
    asked_for(segment.identity()).is_some() && is_running()
}

fn asked_for(identity: &Identity) -> Option<DumpAtExit> {
    DumpAtExit::from_bytes(&identity.dump_at_exit)
}

/// A dump that is owed.
pub(crate) struct Owed {
    to: DumpAtExit,
    text: Vec<u8>,
    /// Permission bits of a file that has to be made.
    mode: u32,
    /// Why a file that the producer named is not ours to write.
    stranger: Option<&'static str>,
}

impl Owed {
    /// What the producer of this segment owes, if it died and owes a dump.
    ///
    /// # Errors
    /// When the segment cannot be read.
    pub(crate) fn by(segment: &Segment) -> Result<Option<Self>, ReadError> {
        let identity = segment.identity();
        let Some(to) = asked_for(identity) else {
            return Ok(None);
        };
        if segment.state()? != State::Dead {
            return Ok(None);
        }
        let mut place = [0; TEXT_BYTES];
        let holder = Holder::new(identity.pid, identity.command.as_bytes());
        let mut telling = Telling::new(&holder, &mut place);
        let snapshot = segment.snapshot()?;
        telling.tell(&mut held(&snapshot), Until::Death, &snapshot.losses.counts);
        Ok(Some(Self {
            to,
            text: telling.finish().to_owned(),
            mode: mode(segment),
            stranger: stranger(identity),
        }))
    }

    /// Gives it.
    pub(crate) fn give(&self) {
        if let DumpAtExit::File(path) = &self.to {
            let given = match self.stranger {
                // With whose rights would it be written, and what does the path mean there?
                Some(whose) => Err(whose.to_owned()),
                None => self
                    .to
                    .give(&self.text, self.mode)
                    .map_err(|error| error.to_string()),
            };
            let Err(reason) = given else {
                return;
            };
            let path = shown(path.as_bytes());
            note(format_args!(
                "cannot write {path}: {reason}; what was held follows"
            ));
        }
        // A closed stderr is nobody's concern.
        let _ = io::stderr().lock().write_all(&self.text);
    }
}

fn held(snapshot: &Snapshot) -> Held {
    let mut held = Held::new();
    for buffer in &snapshot.buffers {
        held.take(
            buffer.pool,
            buffer.chips,
            buffer.buffer_type,
            buffer.occupied,
        );
    }
    held
}

/// Why a file that this producer named is not ours to write.
fn stranger(identity: &Identity) -> Option<&'static str> {
    if identity.uid != geteuid().as_raw() {
        return Some("it was another user's process that asked for it");
    }
    let own = std::fs::metadata("/proc/self/ns/pid").map(|meta| meta.ino());
    let elsewhere = own.is_ok_and(|own| own != identity.pid_namespace);
    elsewhere.then_some("it was a process of another container that asked for it")
}

/// Who may look at the segment may look at its dump.
fn mode(segment: &Segment) -> u32 {
    let meta = std::fs::metadata(segment.path());
    meta.map_or(0o600, |meta| meta.permissions().mode() & 0o644)
}

fn shown(path: &[u8]) -> String {
    harmless(&OsStr::from_bytes(path).to_string_lossy())
}
