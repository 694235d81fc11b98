//! For a screen that looks again and again: single buffers one by one, and nothing said on stderr.

use super::Source;
use crate::view::{Held, Seen, held};
use std::collections::BTreeMap;
use ttmem_reader::Watch;

impl Source {
    /// Keeps single buffers, so that [`Self::visit`] can show them, and keeps what there is to say to
    /// itself until [`Self::speak`]: the terminal is a screen's.
    pub(crate) fn for_a_screen(mut self) -> Self {
        self.keeping = true;
        self.quiet()
    }

    /// Each allocation that the last look found, as far as it was asked for, in no order; as old as it was
    /// at `now`.
    pub(crate) fn visit(&self, now: i64) -> impl Iterator<Item = Held> + '_ {
        let chips = self.select.chips();
        self.wanted()
            .filter_map(move |watch| {
                let seen = Seen {
                    segment: watch.segment().name(),
                    identity: watch.segment().identity(),
                    snapshot: watch.last()?,
                };
                Some(held(seen, watch.buffers(), now, chips, &self.select))
            })
            .flatten()
    }

    /// Which segments there are, and which allocations of each: it is the same as long as nothing comes
    /// or goes.
    pub(crate) fn revision(&self) -> BTreeMap<String, u64> {
        let revision = |watch: &Watch| (watch.segment().name().to_owned(), watch.revision());
        self.wanted().map(revision).collect()
    }

    /// What there was to say of the last look.
    pub(crate) fn said(&self) -> impl Iterator<Item = &str> {
        self.said.lines()
    }

    /// Says it on stderr after all, and everything there is to say from now on.
    pub(crate) fn speak(&mut self) {
        self.said.speak();
    }

    fn wanted(&self) -> impl Iterator<Item = &Watch> {
        let wanted = |watch: &&Watch| self.select.wants_process(watch.segment().identity());
        self.watches.values().filter(wanted)
    }
}
