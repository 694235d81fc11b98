//! What a follower of the event stream believes to be allocated.

use std::collections::HashMap;
use ttmem_producer::BufferType;
use ttmem_reader::{Cursor, Event, Segment, flags};

pub(crate) struct Replay {
    cursor: Cursor,
    /// By generation.
    pub(crate) live: HashMap<u64, Event>,
    held: HashMap<(u32, BufferType), (u64, u64)>,
    pub(crate) events: u64,
    pub(crate) lost: u64,
}

impl Replay {
    pub(crate) fn new(cursor: Cursor) -> Self {
        Self {
            cursor,
            live: HashMap::new(),
            held: HashMap::new(),
            events: 0,
            lost: 0,
        }
    }

    pub(crate) fn sweep(&mut self, segment: &Segment) {
        let sweep = self.cursor.sweep(segment).unwrap();
        assert_eq!(sweep.senseless, 0);
        self.lost += sweep.lost;
        for event in sweep.events {
            self.events += 1;
            self.apply(event);
        }
    }

    /// Peak of a type on a chip, as replayed.
    pub(crate) fn peak(&self, chip: u32, buffer_type: BufferType) -> u64 {
        self.held
            .get(&(chip, buffer_type))
            .map_or(0, |(_, peak)| *peak)
    }

    fn apply(&mut self, event: Event) {
        if event.kind.is_alloc() && event.flags & flags::REFERENCE != 0 {
            let same = |live: &&mut Event| {
                (live.pool, live.buffer_type, live.address)
                    == (event.pool, event.buffer_type, event.address)
            };
            self.live.values_mut().find(same).unwrap().refs = event.refs;
        } else if event.flags & flags::REFERENCE != 0 {
            self.live.get_mut(&event.alloc_sequence).unwrap().refs = event.refs;
        } else if event.takes_effect() && event.kind.is_alloc() {
            for chip in event.chips.iter() {
                let (bytes, peak) = self
                    .held
                    .entry((chip, event.buffer_type.unwrap()))
                    .or_default();
                *bytes += event.occupied();
                *peak = (*peak).max(*bytes);
            }
            self.live.insert(event.sequence, event);
        } else if event.takes_effect() {
            let begun = self.live.remove(&event.alloc_sequence).unwrap();
            for chip in begun.chips.iter() {
                let held = self.held.get_mut(&(chip, begun.buffer_type.unwrap()));
                held.unwrap().0 -= begun.occupied();
            }
        }
    }
}
