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
