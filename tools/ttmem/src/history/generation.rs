//! One allocation from its beginning to its end.

use crate::grouping::Phase;
use crate::log::{Logged, Origin};
use crate::marks::Marks;
use crate::select::Select;
use std::sync::Arc;
use ttmem_layout::BufferType;
use ttmem_reader::{Buffer, Event, State};

/// Where the beginning of a generation is known from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Beginning {
    /// Its record is still in the ring.
    Recorded,
    /// The live table; its record has been overwritten.
    LiveTable,
    /// Nothing: only later events still tell of it.
    Overwritten,
    /// There was none: a free of what was not there.
    None,
}

impl Beginning {
    /// Every one of them.
    pub(crate) const ALL: [Self; 4] = [
        Self::Recorded,
        Self::LiveTable,
        Self::Overwritten,
        Self::None,
    ];

    /// The name in every output.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Recorded => "recorded",
            Self::LiveTable => "live_table",
            Self::Overwritten => "overwritten",
            Self::None => "none",
        }
    }

    /// Whether it is known when and by whom.
    pub(crate) const fn is_known(self) -> bool {
        matches!(self, Self::Recorded | Self::LiveTable)
    }
}

/// What became of a generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It is there.
    Live,
    /// It was there when its process was killed.
    HeldAtDeath,
    /// It was there when its process ended cleanly.
    HeldAtExit,
    /// It was freed.
    Freed,
    /// The address was allocated again with another size, without a free.
    Replaced,
    /// Its whole pool was cleared.
    PoolCleared,
    /// It is not there any more, and the record of its end has been overwritten.
    EndUnknown,
    /// The live table had no room for it: nobody knows whether it is there.
    LiveOverflow,
    /// No generation: a free of what had never been there.
    UnknownFree,
    /// No generation: a second free of one that the ring no longer tells of.
    DoubleFree,
}

impl Outcome {
    /// Every one of them.
    pub(crate) const ALL: [Self; 10] = [
        Self::Live,
        Self::HeldAtDeath,
        Self::HeldAtExit,
        Self::Freed,
        Self::Replaced,
        Self::PoolCleared,
        Self::EndUnknown,
        Self::LiveOverflow,
        Self::UnknownFree,
        Self::DoubleFree,
    ];

    /// The name in every output.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::HeldAtDeath => "held_at_death",
            Self::HeldAtExit => "held_at_exit",
            Self::Freed => "freed",
            Self::Replaced => "replaced_without_free",
            Self::PoolCleared => "pool_cleared",
            Self::EndUnknown => "end_unknown",
            Self::LiveOverflow => "live_overflow",
            Self::UnknownFree => "unknown_free",
            Self::DoubleFree => "double_free",
        }
    }

    /// What is still there has this outcome when its process is in that state.
    pub(crate) const fn of_held(state: State) -> Self {
        match state {
            State::Running => Self::Live,
            State::Dead => Self::HeldAtDeath,
            State::Exited => Self::HeldAtExit,
        }
    }
}

/// One allocation, or a free that had none.
#[derive(Clone, Debug)]
pub(crate) struct Generation {
    pub(crate) origin: Arc<Origin>,
    /// Whether its process is still there.
    pub(crate) state: State,
    /// The allocation, as far as it is known.
    pub(crate) buffer: Buffer,
    pub(crate) beginning: Beginning,
    pub(crate) outcome: Outcome,
    /// When it ended, nanoseconds since 1970.
    pub(crate) ended_ns: Option<i64>,
    /// The thread that ended it.
    pub(crate) ended_by: Option<u32>,
    /// When the ring last told of it.
    pub(crate) told_ns: i64,
    /// How often a reference was added, and taken away without ending it.
    pub(crate) raised: u64,
    pub(crate) dropped: u64,
    /// Frees after its end.
    pub(crate) double_frees: u64,
    /// The mark it was allocated under.
    pub(crate) mark: Option<Arc<str>>,
    /// Nanoseconds from its beginning to its end or to now.
    pub(crate) lifetime_ns: Option<i64>,
    /// Its events, if they were asked for.
    pub(crate) events: Vec<Logged>,
}

impl Generation {
    /// One of which nothing has been told yet but this.
    pub(crate) const fn new(
        origin: Arc<Origin>,
        state: State,
        buffer: Buffer,
        beginning: Beginning,
    ) -> Self {
        Self {
            origin,
            state,
            beginning,
            outcome: Outcome::Live,
            ended_ns: None,
            ended_by: None,
            told_ns: buffer.allocated_ns,
            buffer,
            raised: 0,
            dropped: 0,
            double_frees: 0,
            mark: None,
            lifetime_ns: None,
            events: Vec::new(),
        }
    }

    /// What an event ended.
    pub(crate) const fn end(&mut self, outcome: Outcome, event: &Event) {
        self.outcome = outcome;
        self.ended_ns = Some(event.time_ns);
        self.ended_by = Some(event.thread);
    }

    /// Finds out what follows from the rest.
    pub(super) fn settle(&mut self, marks: &Marks, now_ns: i64) {
        if !self.beginning.is_known() {
            return;
        }
        if let Phase::Mark(name) = marks.phase(&self.buffer) {
            self.mark = Some(name);
        }
        let until = match self.outcome {
            Outcome::Live => Some(now_ns),
            _ => self.ended_ns,
        };
        self.lifetime_ns = until.map(|until| until.saturating_sub(self.buffer.allocated_ns).max(0));
    }

    /// Whether it lies on devices and is of a type that was asked for.
    pub(crate) fn is_wanted(&self, select: &Select) -> bool {
        let devices =
            select.devices.is_empty() || !self.buffer.chips.and(select.chips()).is_empty();
        devices && select.wants_type(self.buffer.buffer_type)
    }

    /// Whether something went wrong with it.
    pub(crate) const fn is_wrong(&self) -> bool {
        self.double_frees > 0
            || matches!(
                self.outcome,
                Outcome::Replaced
                    | Outcome::LiveOverflow
                    | Outcome::UnknownFree
                    | Outcome::DoubleFree
            )
    }

    /// Whether it is, or was to the last, there.
    pub(crate) const fn is_held(&self) -> bool {
        matches!(
            self.outcome,
            Outcome::Live | Outcome::HeldAtDeath | Outcome::HeldAtExit
        )
    }

    /// Its place in a process's history: what may follow on one another stands together.
    pub(super) fn order(&self) -> (u16, BufferType, u64, i64, u64) {
        let Buffer {
            pool,
            buffer_type,
            address,
            allocated_ns,
            sequence,
            ..
        } = self.buffer;
        let told = if self.beginning.is_known() {
            allocated_ns
        } else {
            // It began before anything that is known of it.
            self.ended_ns.unwrap_or(self.told_ns)
        };
        (pool, buffer_type, address, told, sequence)
    }
}
