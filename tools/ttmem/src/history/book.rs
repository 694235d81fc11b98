//! Tells the generations of a process from its records and its live table.
//!
//! The ring may have lost any chunk of its past: the allocation of what is freed later, the free of
//! what was allocated earlier, or both. The live table is exact, so what is in it is there, and what is
//! not in it is not, except for what happened after it was copied.

use super::Generation;
use super::generation::{Beginning, Outcome};
use crate::log::{Logged, Origin};
use crate::marks::Past;
use std::collections::HashMap;
use std::sync::Arc;
use ttmem_layout::{BufferType, flags};
use ttmem_reader::{Buffer, Event, Snapshot, State};

/// Pool, type and address: whose generations follow on one another.
type Key = (u16, BufferType, u64);

/// The generations of one process, with their events if asked for. The snapshot must be older than what
/// the ring told.
pub(super) fn generations(
    origin: &Arc<Origin>,
    past: &Past,
    snapshot: &Snapshot,
    with_events: bool,
) -> Vec<Generation> {
    let mut book = Book::new(origin, snapshot, with_events);
    for event in &past.events {
        book.take(event);
    }
    book.close(past.known_from);
    book.generations
}

struct Book<'s> {
    origin: &'s Arc<Origin>,
    snapshot: &'s Snapshot,
    with_events: bool,
    generations: Vec<Generation>,
    by_sequence: HashMap<u64, usize>,
    /// The generation of a key that has not ended.
    open: HashMap<Key, usize>,
    /// The one that ended last.
    ended: HashMap<Key, usize>,
    /// The last one for which the live table had no room.
    overflowed: HashMap<Key, usize>,
    /// Those of the live table that were allocated without a record: they have no sequence.
    nameless: HashMap<Key, usize>,
    live: HashMap<Key, &'s Buffer>,
}

impl<'s> Book<'s> {
    fn new(origin: &'s Arc<Origin>, snapshot: &'s Snapshot, with_events: bool) -> Self {
        Self {
            origin,
            snapshot,
            with_events,
            generations: Vec::new(),
            by_sequence: HashMap::new(),
            open: HashMap::new(),
            ended: HashMap::new(),
            overflowed: HashMap::new(),
            nameless: HashMap::new(),
            live: snapshot
                .buffers
                .iter()
                .map(|buffer| (key(buffer), buffer))
                .collect(),
        }
    }

    /// Takes one event in.
    fn take(&mut self, event: &Event) {
        let Some(buffer_type) = event.buffer_type else {
            return;
        };
        let key = (event.pool, buffer_type, event.address);
        let has = |bits: u8| event.flags & bits != 0;
        let in_vain = flags::UNKNOWN_FREE | flags::DOUBLE_FREE | flags::LIVE_OVERFLOW;
        let at = if event.kind.is_alloc() {
            if has(flags::REFERENCE) {
                let at = self.referred_to(key, event);
                self.generations[at].raised += 1;
                self.generations[at].buffer.refs = event.refs.into();
                at
            } else {
                self.begun(key, event, has(flags::LIVE_OVERFLOW))
            }
        } else if event.kind.is_free() {
            if has(in_vain) {
                self.freed_in_vain(key, event)
            } else {
                let at = self.named(key, event);
                self.generations[at].buffer.refs = event.refs.into();
                if has(flags::REFERENCE) {
                    self.generations[at].dropped += 1;
                } else {
                    self.end(at, key, event);
                }
                at
            }
        } else {
            return;
        };
        let generation = &mut self.generations[at];
        generation.told_ns = event.time_ns;
        if self.with_events {
            generation.events.push(Logged {
                origin: self.origin.clone(),
                event: event.clone(),
            });
        }
    }

    /// A new generation. One that is still open has ended unseen, or two threads raced for the address:
    /// the live table knows.
    fn begun(&mut self, key: Key, event: &Event, overflows: bool) -> usize {
        let at = self.add(allocated(event, key.1), Beginning::Recorded);
        if overflows {
            self.generations[at].outcome = Outcome::LiveOverflow;
            self.overflowed.insert(key, at);
        } else {
            self.open.insert(key, at);
        }
        at
    }

    /// The generation that gained a reference. The record does not say which one: it is the one that
    /// was there.
    fn referred_to(&mut self, key: Key, event: &Event) -> usize {
        if let Some(at) = self.open.get(&key) {
            return *at;
        }
        let live = self.live.get(&key).copied();
        // What came to life only later is another one.
        let live = live.filter(|buffer| {
            buffer.allocated_ns <= event.time_ns && !self.by_sequence.contains_key(&buffer.sequence)
        });
        let at = match live {
            Some(buffer) => self.add(buffer.clone(), Beginning::LiveTable),
            None => {
                let unknown = Buffer {
                    sequence: 0,
                    // The runtime may have another id for each reference.
                    id: 0,
                    ..allocated(event, key.1)
                };
                self.add(unknown, Beginning::Overwritten)
            }
        };
        self.open.insert(key, at);
        at
    }

    /// The generation that a free names.
    fn named(&mut self, key: Key, event: &Event) -> usize {
        let sequence = event.alloc_sequence;
        let open = self.open.get(&key).copied();
        if sequence == 0 {
            // Allocated without a record.
            if let Some(at) = open {
                return at;
            }
        } else if let Some(at) = self.by_sequence.get(&sequence) {
            return *at;
        } else if let Some(at) = open.filter(|at| self.generations[*at].buffer.sequence == 0) {
            self.generations[at].buffer.sequence = sequence;
            self.by_sequence.insert(sequence, at);
            return at;
        }
        let live = self.live.get(&key).copied();
        let at = match live.filter(|buffer| buffer.sequence == sequence) {
            Some(buffer) => self.add(buffer.clone(), Beginning::LiveTable),
            None => {
                let unknown = Buffer {
                    sequence,
                    // That of the thread that freed it is not its own.
                    thread: 0,
                    ..allocated(event, key.1)
                };
                self.add(unknown, Beginning::Overwritten)
            }
        };
        self.open.insert(key, at);
        at
    }

    fn end(&mut self, at: usize, key: Key, event: &Event) {
        let outcome = match event.flags {
            bits if bits & flags::REPLACED != 0 => Outcome::Replaced,
            bits if bits & flags::POOL_CLEARED != 0 => Outcome::PoolCleared,
            _ => Outcome::Freed,
        };
        self.generations[at].end(outcome, event);
        if self.open.get(&key) == Some(&at) {
            self.open.remove(&key);
        }
        self.ended.insert(key, at);
    }

    /// A free that found nothing: that of a generation which had ended or had found no room, if the
    /// ring still tells of it, or one that stands alone.
    fn freed_in_vain(&mut self, key: Key, event: &Event) -> usize {
        let outcome = if event.flags & flags::DOUBLE_FREE != 0 {
            if let Some(at) = self.ended.get(&key) {
                self.generations[*at].double_frees += 1;
                return *at;
            }
            Outcome::DoubleFree
        } else if event.flags & flags::LIVE_OVERFLOW != 0 {
            if let Some(at) = self.overflowed.remove(&key) {
                self.generations[at].end(Outcome::LiveOverflow, event);
                return at;
            }
            Outcome::LiveOverflow
        } else {
            Outcome::UnknownFree
        };
        let nothing = Buffer {
            sequence: 0,
            ..allocated(event, key.1)
        };
        let at = self.add(nothing, Beginning::None);
        self.generations[at].end(outcome, event);
        at
    }

    fn add(&mut self, buffer: Buffer, beginning: Beginning) -> usize {
        let at = self.generations.len();
        if buffer.sequence != 0 {
            self.by_sequence.insert(buffer.sequence, at);
        } else if beginning == Beginning::LiveTable {
            self.nameless.insert(key(&buffer), at);
        }
        let state = self.snapshot.state;
        self.generations.push(Generation::new(
            self.origin.clone(),
            state,
            buffer,
            beginning,
        ));
        at
    }

    /// The generation that an allocation of the live table is, if anything was told of it.
    fn generation_of(&self, buffer: &Buffer) -> Option<usize> {
        let key = key(buffer);
        let named = match buffer.sequence {
            0 => self.nameless.get(&key),
            sequence => self.by_sequence.get(&sequence),
        };
        let open = || {
            // Told of by a reference only, and not from before it began.
            self.open.get(&key).filter(|at| {
                let open = &self.generations[**at].buffer;
                open.sequence == 0 && buffer.allocated_ns <= open.allocated_ns
            })
        };
        named.or_else(open).copied()
    }

    /// Takes in the live table, and judges what the ring has left open.
    fn close(&mut self, known_from: Option<i64>) {
        let snapshot = self.snapshot;
        let held = Outcome::of_held(snapshot.state);
        let mut there = vec![false; self.generations.len()];
        for buffer in &snapshot.buffers {
            let at = match self.generation_of(buffer) {
                Some(at) => at,
                None => self.add(buffer.clone(), Beginning::LiveTable),
            };
            there.resize(self.generations.len(), false);
            there[at] = true;
            let generation = &mut self.generations[at];
            if generation.beginning == Beginning::Overwritten {
                generation.buffer = buffer.clone();
                generation.beginning = Beginning::LiveTable;
            }
            // Records count to 255, and some of them may be gone.
            let newer = generation.told_ns > snapshot.taken_ns && generation.buffer.refs < 255;
            if generation.outcome == Outcome::Live && !newer {
                generation.buffer.refs = buffer.refs;
            }
        }
        for (generation, there) in self.generations.iter_mut().zip(there) {
            if generation.outcome != Outcome::Live {
                continue;
            }
            let allocated = generation.buffer.allocated_ns;
            let is_news = snapshot.state == State::Running
                && generation.beginning == Beginning::Recorded
                && (known_from.is_none_or(|from| allocated >= from)
                    || allocated >= snapshot.taken_ns);
            generation.outcome = if there || is_news {
                held
            } else {
                Outcome::EndUnknown
            };
        }
    }
}

const fn key(buffer: &Buffer) -> Key {
    (buffer.pool, buffer.buffer_type, buffer.address)
}

/// What an event says of its allocation.
fn allocated(event: &Event, buffer_type: BufferType) -> Buffer {
    Buffer {
        sequence: event.sequence,
        allocated_ns: event.time_ns,
        address: event.address,
        requested: event.requested,
        per_bank: event.per_bank,
        banks: event.banks,
        occupied: event.occupied(),
        thread: event.thread,
        id: event.id,
        buffer_type,
        pool: event.pool,
        chips: event.chips,
        refs: event.refs.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::sample;
    use ttmem_layout::{ChipSet, Kind};

    const NOW: i64 = sample::NOW;

    /// An event of DRAM 0x1000 in pool 0, at this many nanoseconds.
    fn event(kind: Kind, bits: u8, sequence: u64, of: u64, time_ns: i64) -> Event {
        Event {
            sequence,
            ticks: 0,
            time_ns,
            thread: 7,
            kind,
            buffer_type: Some(BufferType::Dram),
            flags: bits,
            refs: u8::from(kind.is_alloc()),
            pool: 0,
            chips: ChipSet(1),
            address: 0x1000,
            requested: 64,
            per_bank: 64,
            banks: 1,
            id: 0,
            alloc_sequence: of,
            text: None,
        }
    }

    /// What is told of these events, of which all since `known_from` are there, and of a live table with
    /// allocations of these sequences at that address.
    fn told(
        events: Vec<Event>,
        known_from: Option<i64>,
        state: State,
        live: &[(u64, i64)],
    ) -> Vec<Generation> {
        let mut seen = sample::seen(1, state, &[]);
        let buffers = live.iter().map(|(sequence, allocated_ns)| Buffer {
            allocated_ns: *allocated_ns,
            refs: 3,
            ..sample::buffer(*sequence, ChipSet(1), 0x1000, 64)
        });
        seen.snapshot.buffers = buffers.collect();
        let origin = Arc::new(Origin {
            pid: 1,
            segment: "ttmem.1".into(),
        });
        let past = Past { events, known_from };
        generations(&origin, &past, &seen.snapshot, true)
    }

    fn words(told: &[Generation]) -> Vec<(u64, &'static str, &'static str)> {
        let words = |one: &Generation| {
            (
                one.buffer.sequence,
                one.beginning.name(),
                one.outcome.name(),
            )
        };
        told.iter().map(words).collect()
    }

    #[test]
    fn a_free_tells_of_the_allocation_whose_record_is_gone() {
        let events = vec![
            event(Kind::Free, flags::REFERENCE, 200, 100, NOW - 20),
            event(Kind::Free, 0, 201, 100, NOW - 10),
            event(Kind::Free, flags::DOUBLE_FREE, 202, 0, NOW - 5),
        ];
        let told = told(events, Some(NOW - 50), State::Running, &[]);
        assert_eq!(words(&told), [(100, "overwritten", "freed")]);
        let one = &told[0];
        assert_eq!((one.raised, one.dropped, one.double_frees), (0, 1, 1));
        assert_eq!((one.ended_ns, one.buffer.occupied), (Some(NOW - 10), 64));
        assert_eq!(one.events.len(), 3);
    }

    #[test]
    fn a_reference_to_what_is_gone_is_named_by_what_comes_later() {
        let raise = || event(Kind::Alloc, flags::REFERENCE, 200, 0, NOW - 30);
        let free = event(Kind::Free, 0, 201, 100, NOW - 20);
        let alloc = event(Kind::Alloc, 0, 202, 0, NOW - 10);
        let from = Some(NOW - 50);
        let freed = told(
            vec![raise(), free, alloc],
            from,
            State::Running,
            &[(202, NOW - 10)],
        );
        assert_eq!(
            words(&freed),
            [(100, "overwritten", "freed"), (202, "recorded", "live")]
        );
        assert_eq!(freed[0].raised, 1);

        let live = told(vec![raise()], from, State::Running, &[(100, NOW - 90)]);
        assert_eq!(words(&live), [(100, "live_table", "live")]);
        assert_eq!((live[0].raised, live[0].buffer.refs), (1, 3));

        // The one that lives now came after the reference.
        let other = told(vec![raise()], from, State::Running, &[(300, NOW - 5)]);
        let (gone, there) = (
            (0, "overwritten", "end_unknown"),
            (300, "live_table", "live"),
        );
        assert!(words(&other) == [gone, there] || words(&other) == [(300, "live_table", "live")]);
    }

    #[test]
    fn what_the_live_table_does_not_have_has_ended_unless_it_is_new() {
        let old = || event(Kind::Alloc, 0, 100, 0, NOW - 90);
        // An idle thread's record is still there, that of the free is not.
        let gone = told(vec![old()], Some(NOW - 50), State::Running, &[]);
        assert_eq!(words(&gone), [(100, "recorded", "end_unknown")]);
        // Every event since is known, and there was no free: it came after the table was copied.
        let new = told(vec![old()], None, State::Running, &[]);
        assert_eq!(words(&new), [(100, "recorded", "live")]);
        let dead = told(vec![old()], None, State::Dead, &[]);
        assert_eq!(words(&dead), [(100, "recorded", "end_unknown")]);
        let held = told(vec![old()], None, State::Dead, &[(100, NOW - 90)]);
        assert_eq!(words(&held), [(100, "recorded", "held_at_death")]);
        let left = told(vec![], None, State::Exited, &[(100, NOW - 90)]);
        assert_eq!(words(&left), [(100, "live_table", "held_at_exit")]);
        // Freed after the table was copied.
        let freed = event(Kind::Free, 0, 300, 100, NOW + 10);
        let freed = told(vec![freed], Some(NOW), State::Running, &[(100, NOW - 90)]);
        assert_eq!(words(&freed), [(100, "live_table", "freed")]);
    }

    #[test]
    fn an_end_between_two_beginnings_may_be_overwritten() {
        let events = vec![
            event(Kind::Alloc, 0, 100, 0, NOW - 90),
            event(Kind::Alloc, 0, 300, 0, NOW - 10),
        ];
        let told = told(events, Some(NOW - 50), State::Running, &[(300, NOW - 10)]);
        assert_eq!(
            words(&told),
            [(100, "recorded", "end_unknown"), (300, "recorded", "live")]
        );
    }

    #[test]
    fn what_found_no_room_in_the_live_table_is_paired_as_far_as_can_be() {
        let overflow = flags::LIVE_OVERFLOW;
        let events = vec![
            event(Kind::Alloc, overflow, 100, 0, NOW - 90),
            event(Kind::Free, overflow, 101, 0, NOW - 80),
            event(Kind::Free, overflow, 102, 0, NOW - 70),
            event(Kind::Free, flags::UNKNOWN_FREE, 103, 0, NOW - 60),
        ];
        let told = told(events, None, State::Running, &[]);
        assert_eq!(
            words(&told),
            [
                (100, "recorded", "live_overflow"),
                (0, "none", "live_overflow"),
                (0, "none", "unknown_free"),
            ]
        );
        assert_eq!(told[0].ended_ns, Some(NOW - 80));
    }

    #[test]
    fn allocations_without_a_record_are_told_by_their_key() {
        let free = event(Kind::Free, 0, 300, 0, NOW + 10);
        let told = told(vec![free], Some(i64::MAX), State::Running, &[(0, NOW - 90)]);
        assert_eq!(words(&told), [(0, "live_table", "freed")]);
    }
}
