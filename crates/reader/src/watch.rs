//! A segment that is looked at again and again.

use crate::error::ReadError;
use crate::look::Look;
use crate::model::{Buffer, Snapshot};
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
    revision: u64,
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
            revision: 0,
        }
    }

    /// Begins to watch, for somebody who will ask for [`Self::buffers`]: they are kept from the first
    /// look on.
    pub fn keeping(segment: Segment) -> Self {
        Self {
            looked: true,
            ..Self::new(segment)
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

    /// Each allocation that the last look found, made as it is asked for and in no order: nothing is
    /// copied but the one. Those of a first look only if the watch is [`Self::keeping`].
    pub fn buffers(&self) -> impl Iterator<Item = Buffer> + '_ {
        let found = self.last.as_ref().map(|last| last.scale);
        found.into_iter().flat_map(|scale| self.look.buffers(scale))
    }

    /// Rises with each look that finds other allocations or pools than the one before.
    pub const fn revision(&self) -> u64 {
        self.revision
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
        // A look that fails may have forgotten what it knew.
        self.revision += 1;
        let mut found = self.look.at(&self.segment, keep)?;
        let mut now = found.summary(&self.segment)?;
        if !found.changed {
            self.revision -= 1;
        }
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
