//! What a saved file says of the segments in it.

use serde::{Deserialize, Serialize};
use ttmem_reader::{Preserved, State};

/// What is in a saved file. Fields are only ever added.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub(super) struct Manifest {
    /// Name of the host that was saved.
    pub(super) host: String,
    /// When, nanoseconds since 1970, UTC.
    pub(super) time_ns: i64,
    /// Version of the ttmem that wrote it.
    pub(super) ttmem: String,
    /// Where the segments were.
    pub(super) directory: String,
    /// The segments, in the order in which their bytes follow.
    pub(super) segments: Vec<Entry>,
    /// What carried a segment's name and could not be read.
    pub(super) unreadable: Vec<Missing>,
}

/// One segment.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub(super) struct Entry {
    /// Its file name.
    pub(super) name: String,
    /// `running`, `dead` or `exited`.
    pub(super) state: Liveness,
    /// The user its file belonged to.
    pub(super) uid: Option<u32>,
    /// Whether events were completed while it was copied.
    pub(super) moving: bool,
    /// When it was copied.
    pub(super) copied_ns: i64,
    /// Nanoseconds per tick, 32.32 fixed point.
    pub(super) tick_scale: u64,
    /// The moment, in ticks, before which no record is missing; none if nothing was moving.
    pub(super) complete_before: Option<u64>,
    /// Its length.
    pub(super) bytes: u64,
    /// Bytes it takes in the file, compressed.
    pub(super) stored_bytes: u64,
    /// CRC-32 of those.
    pub(super) stored_crc32: u32,
}

/// A file that could not be read as a segment.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub(super) struct Missing {
    /// Where it was.
    pub(super) path: String,
    /// Whose it was.
    pub(super) uid: Option<u32>,
    /// Why it could not be read, in one sentence.
    pub(super) reason: String,
}

/// Whether a segment's producer was there.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Liveness {
    Running,
    Dead,
    Exited,
}

impl From<State> for Liveness {
    fn from(state: State) -> Self {
        match state {
            State::Running => Self::Running,
            State::Dead => Self::Dead,
            State::Exited => Self::Exited,
        }
    }
}

impl From<Liveness> for State {
    fn from(state: Liveness) -> Self {
        match state {
            Liveness::Running => Self::Running,
            Liveness::Dead => Self::Dead,
            Liveness::Exited => Self::Exited,
        }
    }
}

impl Entry {
    /// What the reader has to be told beside the bytes.
    pub(super) fn preserved(&self) -> Preserved {
        Preserved {
            state: self.state.into(),
            owner: self.uid,
            copied_ns: self.copied_ns,
            moving: self.moving,
            tick_scale: self.tick_scale,
            complete_before: self.complete_before,
        }
    }
}
