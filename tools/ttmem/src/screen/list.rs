//! The part of a list of buffers that is on the screen, out of a hundred thousand of them.

use super::finding::{Finding, Sieve};
use super::rank::rank;
use crate::fields::{BUFFER, Field};
use crate::grouping::Sum;
use crate::view::chip::{Chip, Here};
use crate::view::{Held, Host};
use ttmem_layout::Memory;
use ttmem_reader::State;

/// Which buffers, in which order, and which stretch of them.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Wanted {
    /// Only those on this chip.
    pub(super) chip: Option<Chip>,
    /// Only those in this memory.
    pub(super) memory: Option<Memory>,
    /// Only those of this process, by its segment.
    pub(super) segment: Option<String>,
    /// Only what was asked for.
    pub(super) finding: Option<Finding>,
    /// Only those allocated after this moment.
    pub(super) since_ns: Option<i64>,
    /// The name of a field.
    pub(super) by: &'static str,
    /// The other way round.
    pub(super) reverse: bool,
    /// How many come before the first wanted.
    pub(super) from: usize,
    /// How many are wanted.
    pub(super) count: usize,
}

/// The largest ones first, from the first.
pub(super) const LARGEST: Wanted = Wanted {
    chip: None,
    memory: None,
    segment: None,
    finding: None,
    since_ns: None,
    by: "size",
    reverse: false,
    from: 0,
    count: 0,
};

/// What was found.
#[derive(Clone, Debug, Default)]
pub(super) struct List {
    /// How many come before the first.
    pub(super) from: usize,
    /// The stretch that was wanted.
    pub(super) rows: Vec<Held>,
    /// What running processes hold, inside the stretch or not.
    pub(super) live: Sum,
    /// Buffers that dead processes held.
    pub(super) of_the_dead: u64,
}

impl Wanted {
    fn lets_through(
        &self,
        held: &Held,
        here: Option<&Here<'_>>,
        sieve: Option<&Sieve<Held>>,
    ) -> bool {
        let memory = held.buffer.buffer_type.memory();
        here.is_none_or(|here| here.lies(held))
            && self.memory.is_none_or(|wanted| wanted == memory)
            && self
                .segment
                .as_ref()
                .is_none_or(|wanted| **wanted == *held.segment)
            && self
                .since_ns
                .is_none_or(|since| held.buffer.allocated_ns > since)
            && sieve.is_none_or(|sieve| sieve.lets_through(held))
    }

    /// Goes through all of them twice: once for their order, once for those that are wanted.
    pub(super) fn select<I: Iterator<Item = Held>>(
        &self,
        host: &Host,
        all: impl Fn() -> I,
    ) -> List {
        let here = self.chip.map(|chip| Here::on(host, chip));
        let finding = self.finding.as_ref();
        let sieve = finding.map(|one| one.bind(BUFFER, host.time_ns));
        let by = BUFFER.iter().find(|field| field.name == self.by);
        let mut list = List {
            from: self.from,
            ..List::default()
        };
        let mut order: Vec<(u64, u64, u32)> = Vec::new();
        for (at, held) in (0..).zip(all()) {
            if self.lets_through(&held, here.as_ref(), sieve.as_ref()) {
                let rank = by.map_or(0, |field| rank(&(field.value)(&held)));
                let rank = if self.reverse { !rank } else { rank };
                order.push((rank, held.buffer.sequence, at));
                list.take(&held);
            }
        }
        let mut places: Vec<(u32, usize)> = stretch(&mut order, self.from, self.count)
            .iter()
            .enumerate()
            .map(|(place, (_, _, at))| (*at, place))
            .collect();
        places.sort_unstable();
        let mut rows: Vec<(usize, Held)> = Vec::with_capacity(places.len());
        let mut places = places.into_iter().peekable();
        for (at, held) in (0..).zip(all()) {
            if let Some((_, place)) = places.next_if(|(wanted, _)| *wanted == at) {
                rows.push((place, held));
            } else if places.peek().is_none() {
                break;
            }
        }
        rows.sort_unstable_by_key(|(place, _)| *place);
        list.rows = rows.into_iter().map(|(_, held)| held).collect();
        list
    }
}

impl List {
    /// Buffers there are in all.
    pub(super) const fn count(&self) -> usize {
        (self.live.buffers + self.of_the_dead) as usize
    }

    fn take(&mut self, held: &Held) {
        match held.state {
            State::Running => self.live.count(held),
            _ => self.of_the_dead += 1,
        }
    }
}

/// Those that would stand in these places if all were in order.
fn stretch<T: Ord>(all: &mut [T], from: usize, count: usize) -> &mut [T] {
    if from >= all.len() || count == 0 {
        return &mut [];
    }
    let (_, _, _) = all.select_nth_unstable(from);
    let rest = &mut all[from..];
    if count < rest.len() {
        rest.select_nth_unstable(count);
    }
    let end = count.min(rest.len());
    let wanted = &mut rest[..end];
    wanted.sort_unstable();
    wanted
}

/// The field of buffers with this name.
pub(super) fn field(name: &str) -> Option<&'static Field<Held>> {
    BUFFER.iter().find(|field| field.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_stretch_is_that_of_the_sorted_whole(
            all in proptest::collection::vec(any::<u16>(), 0..60),
            from in 0..70_usize,
            count in 0..70_usize,
        ) {
            let mut sorted = all.clone();
            sorted.sort_unstable();
            let expected: Vec<_> = sorted.into_iter().skip(from).take(count).collect();
            let mut all = all;
            prop_assert_eq!(stretch(&mut all, from, count).to_vec(), expected);
        }
    }
}
