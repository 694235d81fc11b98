//! A kill behind each step of an event, as the table in `spec/protocol.md` ("A kill anywhere") lists
//! them: no test can hit such a moment at will, so the moment is made from the bytes around it.

use crate::agree;
use crate::bytes::{Bytes, CHUNKS, CONTROLS, ENTRIES, GROUPS, RECORDS};
use second_reader::Source;
use serde_json::Value;
use support::{PrivateDir, Starter};

const INSERTING: u64 = 1;
const REMOVING: u64 = 3;
/// Types of the runtime's DRAM, and the bytes of every allocation here.
const DRAM: usize = 0;
const BYTES: u64 = 8192;

/// A segment whose only thread was killed after its last event, to be taken back step by step.
#[derive(Clone)]
struct Scene(Bytes);

impl Scene {
    /// After `lines`, on pool 0 of chip 0.
    fn after(lines: &[&str]) -> Self {
        let dir = PrivateDir::new();
        let mut producer = Starter::new(dir.path())
            .env("TTMEM_RING_RECORDS", "1024")
            .start();
        producer.all_ok(&["attach", "pool chip 0"]);
        producer.all_ok(lines);
        producer.kill();
        Self(Bytes::of(&dir.segments()[0]))
    }

    /// The chunk of the only thread.
    fn chunk(&self) -> usize {
        let mut chunks = self.0.entries(CHUNKS).into_iter();
        chunks
            .find(|at| self.0.u64(*at) != 0)
            .expect("a thread has a chunk")
    }

    /// Where the record `back` before the last published one stands.
    fn record(&self, back: u64) -> usize {
        let mut published: Vec<usize> = self.0.entries(RECORDS);
        published.retain(|at| self.0.u64(*at) != 0);
        published[published.len() - 1 - back as usize]
    }

    /// The slot whose entry has this sequence: control word and entry.
    fn slot(&self, sequence: u64) -> (usize, usize) {
        let slots = self
            .0
            .entries(CONTROLS)
            .into_iter()
            .zip(self.0.entries(ENTRIES));
        let mut own = slots.filter(|(_, entry)| self.0.u64(*entry) == sequence);
        own.next().expect("the allocation has a slot")
    }

    /// The last event is not complete.
    fn incomplete(mut self) -> Self {
        let at = self.chunk() + 16;
        self.0.set_u64(at, self.0.u64(at) - 1);
        self
    }

    /// The last record is not published.
    fn unpublished(mut self) -> Self {
        let at = self.record(0);
        self.0.set_u64(at, 0);
        self
    }

    /// The slot whose entry has this sequence is in another state, with one reference.
    fn state(mut self, sequence: u64, state: u64) -> Self {
        let (control, _) = self.slot(sequence);
        let word = self.0.u64(control) & !(0xffff << 2 | 3) | 1 << 2 | state;
        self.0.set_u64(control, word);
        self
    }

    /// An allocation (1) or a free (-1) is not counted.
    fn uncounted(mut self, effect: i64) -> Self {
        let groups = self.0.entries(GROUPS).into_iter();
        let mut used = groups.filter(|at| self.0.u64(*at) != 0);
        let counter = used.next().expect("a pool has a group") + 64 + DRAM * 64;
        let bytes = self.0.u64(counter) as i64 - effect * BYTES as i64;
        self.0.set_u64(counter, bytes as u64);
        let count = counter + if effect > 0 { 8 } else { 16 };
        self.0.set_u64(count, self.0.u64(count) - 1);
        self
    }

    /// The entry of slot `to` is still, or again, what record `from` says.
    fn entry(mut self, to: u64, from: usize) -> Self {
        let (_, entry) = self.slot(to);
        self.0.0.copy_within(from..from + 64, entry);
        self
    }

    fn sequence(&self, back: u64) -> u64 {
        self.0.u64(self.record(back))
    }

    /// The addresses of what is live, by both readers.
    #[track_caller]
    fn live(&self) -> Vec<u64> {
        let dir = PrivateDir::new();
        let path = self.0.store(&dir);
        let source = Source::file(&path).expect("a segment is a file");
        let said = agree::both(&source, &path);
        let buffers = said["buffers"].as_array().expect("a list");
        let address = |buffer: &Value| buffer["address"].as_u64().expect("a number");
        let live: Vec<u64> = buffers.iter().map(address).collect();
        let types = &said["totals"][0]["types"];
        assert_eq!(
            types["DRAM"]["bytes"].as_u64().unwrap_or(0),
            live.len() as u64 * BYTES
        );
        live
    }
}

const FIRST: &str = "alloc 0 DRAM 0x1000 8000 4096 2 1";
const SECOND: &str = "alloc 0 DRAM 0x2000 8000 4096 2 2";

#[test]
fn an_allocation_has_happened_once_its_record_stands() {
    let complete = Scene::after(&[FIRST, SECOND]);
    let own = complete.sequence(0);
    assert_eq!(complete.live(), [0x1000, 0x2000], "after 6");
    let counted = complete.incomplete();
    assert_eq!(counted.live(), [0x1000, 0x2000], "after 5");
    let settled = counted.uncounted(1);
    assert_eq!(settled.live(), [0x1000, 0x2000], "after 4");
    let written = settled.state(own, INSERTING);
    assert_eq!(written.live(), [0x1000, 0x2000], "after 3");
    let filled = written.unpublished();
    assert_eq!(filled.live(), [0x1000], "after 2");
}

#[test]
fn an_allocation_in_a_used_slot_has_not_happened_before_its_own_record() {
    // The slot's last allocation is over, its record is complete and in the ring.
    let complete = Scene::after(&[FIRST, SECOND, "free 0 DRAM 0x2000", SECOND]);
    let own = complete.sequence(0);
    let earlier = complete.record(2);
    let filled = { complete.incomplete().uncounted(1).state(own, INSERTING) }.unpublished();
    assert_eq!(filled.live(), [0x1000], "after 2");
    let claimed = filled.entry(own, earlier);
    assert_eq!(claimed.live(), [0x1000], "after 1");
}

#[test]
fn a_free_has_happened_once_its_record_stands() {
    let complete = Scene::after(&[FIRST, SECOND, "free 0 DRAM 0x2000"]);
    let own = complete.sequence(1);
    assert_eq!(complete.live(), [0x1000], "after 5");
    let counted = complete.incomplete();
    assert_eq!(counted.live(), [0x1000], "after 4");
    let settled = counted.uncounted(-1);
    assert_eq!(settled.live(), [0x1000], "after 3");
    let written = settled.state(own, REMOVING);
    assert_eq!(written.live(), [0x1000], "after 2");
    let claimed = written.unpublished();
    assert_eq!(claimed.live(), [0x1000, 0x2000], "after 1");
}

#[test]
fn a_replacement_is_a_free_and_then_an_allocation() {
    let complete = Scene::after(&[FIRST, SECOND, "alloc 0 DRAM 0x2000 8001 4096 2 3"]);
    let (new, old_record) = (complete.sequence(0), complete.record(2));
    assert_eq!(complete.live(), [0x1000, 0x2000], "all of it");
    let written = complete.incomplete().uncounted(1).state(new, INSERTING);
    assert_eq!(written.live(), [0x1000, 0x2000], "the allocation's 3");
    let filled = written.unpublished();
    assert_eq!(filled.live(), [0x1000], "its 2");
    let claimed = filled.clone().entry(new, old_record);
    assert_eq!(claimed.live(), [0x1000], "its 1");

    let old = claimed.0.u64(old_record);
    let claimed = claimed.incomplete();
    assert_eq!(
        claimed.live(),
        [0x1000],
        "the same, before the free was complete"
    );
    let counted = claimed.state(old, REMOVING);
    assert_eq!(counted.live(), [0x1000], "the free's 4");
    let written = counted.uncounted(-1);
    assert_eq!(written.live(), [0x1000], "its 2");
    let claimed = written.unpublished();
    assert_eq!(claimed.live(), [0x1000, 0x2000], "its 1");
}

#[test]
fn a_reference_given_back_is_no_end() {
    // One thread stopped after the record of giving it back, another just claimed the slot.
    let complete = Scene::after(&[FIRST, SECOND, SECOND, "free 0 DRAM 0x2000"]);
    let own = complete.sequence(2);
    let both = complete.incomplete().state(own, REMOVING);
    assert_eq!(both.live(), [0x1000, 0x2000]);
}
