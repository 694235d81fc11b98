//! A segment that is looked at again and again.

use crate::error::ReadError;
use crate::look::Look;
use crate::model::Snapshot;
use crate::segment::Segment;

/// A segment that is looked at again and again. Keeps what it has read, so that a look costs what has
/// changed since the last one, and next to nothing where nothing has; what it tells is what a new
/// [`Segment::snapshot`] would.
#[derive(Debug)]
pub struct Watch {
    segment: Segment,
    look: Look,
    last: Option<Snapshot>,
    /// Whether `last` has the buffers there are.
    with_buffers: bool,
    looked: bool,
}

impl Watch {
    /// Begins to watch. Nothing is read yet.
    pub fn new(segment: Segment) -> Self {
        Self {
            segment,
            look: Look::default(),
            last: None,
            with_buffers: false,
            looked: false,
        }
    }

    /// What is watched.
    pub const fn segment(&self) -> &Segment {
        &self.segment
    }

    /// What the last look found; nothing before the first, and if it failed.
    pub const fn last(&self) -> Option<&Snapshot> {
        self.last.as_ref()
    }

    /// What the segment holds at this moment.
    ///
    /// # Errors
    /// As [`Segment::snapshot`].
    pub fn snapshot(&mut self) -> Result<&Snapshot, ReadError> {
        self.refresh(true, |_| true)
    }

    /// What the segment holds at this moment, but for the single buffers: they may be missing.
    ///
    /// # Errors
    /// As [`Segment::snapshot`].
    pub fn summary(&mut self) -> Result<&Snapshot, ReadError> {
        self.look(|_| false)
    }

    /// What the segment holds at this moment; with its single buffers only if, all else being known, they
    /// are `wanted`.
    ///
    /// # Errors
    /// As [`Segment::snapshot`].
    pub fn look(&mut self, wanted: impl FnOnce(&Snapshot) -> bool) -> Result<&Snapshot, ReadError> {
        // Who looks for the first time may not look again.
        self.refresh(self.looked, wanted)
    }

    /// Looks, keeping single buffers or not.
    fn refresh(
        &mut self,
        keep: bool,
        wanted: impl FnOnce(&Snapshot) -> bool,
    ) -> Result<&Snapshot, ReadError> {
        self.looked = true;
        let last = self.last.take();
        let mut found = self.look.at(&self.segment, keep)?;
        let mut now = found.summary(&self.segment)?;
        // Those of before have the times told before: each look's scale from ticks to time is a
        // little better than the last one's.
        let before = last.filter(|_| self.with_buffers && !found.changed);
        self.with_buffers = before.is_some() || wanted(&now);
        if let Some(before) = before {
            now.buffers = before.buffers;
        } else if self.with_buffers {
            if !keep {
                found = self.look.at(&self.segment, true)?;
                now = found.summary(&self.segment)?;
            }
            now.buffers = found.buffers(&now.scale);
        }
        Ok(self.last.insert(now))
    }
}
