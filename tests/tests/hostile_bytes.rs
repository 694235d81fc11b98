//! Arbitrary bytes, truncated and mutated segments: errors or damage that is named, never a panic, and
//! soon.

use proptest::prelude::*;
use proptest::sample::Index;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use support::{PrivateDir, genuine};
use ttmem_layout::{
    Header, MAX_SECTIONS, OPENING, Plan, Section, SectionKind, SectionSpec, checksum,
};
use ttmem_reader::{Segment, Snapshot, Start, State, Watch};
use zerocopy::{FromBytes, IntoBytes};

/// How long a look at one small segment may take, whatever it claims.
const SOON: Duration = Duration::from_secs(1);

fn sections() -> [SectionSpec; SectionKind::ALL.len()] {
    let plan = Plan::new(1024, 512).expect("the least sizes");
    plan.sections()
}

/// Looks at bytes in every way a reader can; what it says, if they are taken for a segment at all.
fn look(bytes: Vec<u8>) -> Option<Snapshot> {
    let began = Instant::now();
    let found = look_unhurried(bytes);
    let took = began.elapsed();
    assert!(took < SOON, "a look took {took:?}");
    found
}

fn look_unhurried(bytes: Vec<u8>) -> Option<Snapshot> {
    let segment = match Segment::from_bytes(Path::new("ttmem.1.00000000"), bytes) {
        Ok(segment) => segment,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            return None;
        }
    };
    let _ = segment.state();
    for start in [Start::Oldest, Start::Now] {
        if let Ok(mut cursor) = segment.cursor(start) {
            for _ in 0..2 {
                if let Ok(sweep) = cursor.sweep(&segment) {
                    // What a tool would print.
                    let _ = format!("{:?}", sweep.events.last());
                }
            }
        }
    }
    if let Ok(mut cursor) = segment.cursor(Start::Oldest) {
        let mut bytes = 0_u64;
        let _ = cursor.visit(&segment, |record, _| bytes ^= record.occupied());
    }
    let _ = segment.glance().map(|glance| format!("{glance:?}"));
    let snapshot = segment.snapshot().ok()?;
    let _ = format!("{snapshot:?}");
    let summary = segment.summary().ok()?;
    assert_eq!(summary.devices, snapshot.devices);
    assert_eq!(summary.damage, snapshot.damage);
    if let Ok(copy) = segment.copy() {
        // What is damaged stays damaged, and is told of the same way.
        let name = Path::new("ttmem.1.00000000");
        let copy = Segment::preserved(name, Arc::new(copy.bytes), copy.preserved);
        let copied = copy.ok()?.snapshot().ok()?;
        assert_eq!(copied.damage, snapshot.damage);
    }
    Some(snapshot)
}

/// Rewrites the header and makes its checksum right again, so that what lies behind is reached.
fn with_header(bytes: &mut [u8], change: impl FnOnce(&mut Header)) {
    let mut header = Header::read_from_bytes(&bytes[..size_of::<Header>()]).expect("a header");
    change(&mut header);
    header.checksum = checksum(header.as_bytes());
    bytes[..size_of::<Header>()].copy_from_slice(header.as_bytes());
}

/// Numbers that are wrong in interesting ways, and any others.
fn number() -> impl Strategy<Value = u64> {
    prop_oneof![
        any::<u64>(),
        0..300_u64,
        Just(u64::MAX),
        Just(u64::MAX - 1),
        Just(i64::MAX as u64),
        Just(OPENING),
        Just(OPENING | 1),
        (0..64_u32).prop_map(|bit| 1 << bit),
        (0..64_u32).prop_map(|bit| u64::MAX << bit),
    ]
}

/// New words at random places of one section.
fn words_of(
    kind: impl Strategy<Value = SectionKind>,
) -> impl Strategy<Value = (SectionKind, Vec<(Index, u64)>)> {
    let words = prop::collection::vec((any::<Index>(), number()), 1..40);
    (kind, words)
}

fn overwrite(bytes: &mut [u8], kind: SectionKind, words: &[(Index, u64)]) {
    let section = sections()[kind as usize - 1];
    let count = (section.count * u64::from(section.entry_size) / 8) as usize;
    for (index, word) in words {
        let at = section.offset as usize + index.index(count) * 8;
        bytes[at..at + 8].copy_from_slice(&word.to_ne_bytes());
    }
}

#[test]
fn the_genuine_one_is_read_whole() {
    let snapshot = look(genuine().to_vec()).expect("a segment");
    assert!(snapshot.exact(), "{:?}", snapshot.damage);
    assert_eq!(snapshot.state, State::Dead);
    assert!(snapshot.buffers.len() > 20 && snapshot.devices.len() == 8);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes_are_no_segment(bytes in prop::collection::vec(any::<u8>(), 0..20_000)) {
        prop_assert!(look(bytes).is_none());
    }

    #[test]
    fn arbitrary_bytes_behind_a_right_header(seed in any::<u64>(), from in any::<Index>()) {
        let mut bytes = genuine().to_vec();
        let from = 4096 + from.index(bytes.len() - 4096);
        let mut random = seed | 1;
        for word in bytes[from..].chunks_mut(8) {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            word.copy_from_slice(&random.to_ne_bytes()[..word.len()]);
        }
        look(bytes);
    }

    #[test]
    fn truncated_anywhere(length in any::<Index>()) {
        let length = length.index(genuine().len());
        prop_assert!(look(genuine()[..length].to_vec()).is_none());
    }

    /// Cut short, and the header says that this is how it should be.
    #[test]
    fn truncated_with_a_header_that_agrees(length in any::<Index>()) {
        let length = 4096 + length.index(genuine().len() - 4096);
        let mut bytes = genuine()[..length].to_vec();
        with_header(&mut bytes, |header| header.segment_size = length as u64);
        prop_assert!(length + 4096 > genuine().len() || look(bytes).is_none());
    }

    #[test]
    fn header_bytes_changed(changes in prop::collection::vec((0..4096_usize, any::<u8>()), 1..30), repair: bool) {
        let mut bytes = genuine().to_vec();
        for (at, byte) in &changes {
            bytes[*at] = *byte;
        }
        let same = bytes == genuine();
        if repair {
            with_header(&mut bytes, |_| {});
            look(bytes);
        } else {
            prop_assert!(same || look(bytes).is_none());
        }
    }

    #[test]
    fn header_numbers_changed(a in number(), b in number(), which in 0..8_u32) {
        let mut bytes = genuine().to_vec();
        with_header(&mut bytes, |header| match which {
            0 => header.segment_size = a,
            1 => header.section_count = a as u32,
            2 => (header.anchor_ticks, header.tick_scale) = (a, b),
            3 => (header.anchor_realtime, header.tick_scale) = (a, b),
            4 => (header.major, header.minor) = (1, a as u16),
            5 => (header.clock, header.tick_scale) = (a as u32, b),
            6 => header.major = a as u16,
            _ => header.endian = a as u32,
        });
        look(bytes);
    }

    #[test]
    fn section_table_changed(
        entries in prop::collection::vec((0..MAX_SECTIONS, 0..5_u32, number()), 1..6),
        swapped in prop::option::of((0..10_usize, 0..10_usize)),
    ) {
        let mut bytes = genuine().to_vec();
        with_header(&mut bytes, |header| {
            if let Some((a, b)) = swapped {
                let (from, to) = (header.sections[a].offset, header.sections[b].offset);
                (header.sections[a].offset, header.sections[b].offset) = (to, from);
            }
            for (index, field, value) in entries {
                // Half of them in the part that is used.
                let section = &mut header.sections[if field % 2 == 0 { index } else { index % 10 }];
                match field {
                    0 => section.kind = value as u32,
                    1 => section.entry_size = value as u32,
                    2 => section.entry_size = (value as u32 % 512) * 8,
                    3 => section.offset = value % (2 * genuine().len() as u64) / 8 * 8,
                    _ => section.count = value,
                }
            }
        });
        look(bytes);
    }

    #[test]
    fn words_changed(changes in prop::collection::vec(words_of(prop::sample::select(SectionKind::ALL.to_vec())), 1..6)) {
        let mut bytes = genuine().to_vec();
        for (kind, words) in &changes {
            overwrite(&mut bytes, *kind, words);
        }
        look(bytes);
    }

    /// Where a number steers what is read next.
    #[test]
    fn steering_words_changed(chunks in words_of(Just(SectionKind::Chunks)), controls in words_of(Just(SectionKind::LiveControls)), records in words_of(Just(SectionKind::Records))) {
        let mut bytes = genuine().to_vec();
        for (kind, words) in [chunks, controls, records] {
            overwrite(&mut bytes, kind, &words);
        }
        look(bytes);
    }

    /// An allocation that was changed is either in the sums as it now is or said to be damage; a
    /// total is never quietly another one.
    #[test]
    fn a_changed_counter_is_noticed(line in 0..8_usize, value in 1..u64::MAX / 2) {
        let mut bytes = genuine().to_vec();
        let groups = sections()[SectionKind::Groups as usize - 1];
        // The first group's lines follow its first 64 bytes.
        let at = groups.offset as usize + 64 + line * 64;
        let mut word = [0; 8];
        word.copy_from_slice(&bytes[at..at + 8]);
        let changed = u64::from_ne_bytes(word).wrapping_add(value);
        bytes[at..at + 8].copy_from_slice(&changed.to_ne_bytes());
        let snapshot = look(bytes).expect("a segment");
        prop_assert!(!snapshot.exact());
    }
}

/// Everything a section table can claim within the file's length, all of it on the same bytes, and
/// every slot and chunk in a state that has to be looked up elsewhere.
#[test]
fn a_segment_made_to_be_slow_is_read_soon() {
    const BYTES: usize = 32 << 20;
    for (control, ticket) in [(3_u64, 1_u64), (1, 1), (2, 1), (0, OPENING | 1)] {
        let mut bytes = genuine().to_vec();
        bytes.resize(BYTES, 0);
        let chunks = (BYTES as u64 - (2 << 20)) / (128 * 64 + 64) / 2;
        let chunks = 1 << chunks.ilog2();
        let slots = (chunks * 128_u64).min(1 << 18);
        let records_at = 1 << 20;
        let chunks_at = records_at + chunks * 128 * 64;
        let controls_at = chunks_at + chunks * 64;
        let mut place = |at: u64, words: &[u64]| {
            for (index, word) in words.iter().enumerate() {
                let at = at as usize + index * 8;
                bytes[at..at + 8].copy_from_slice(&word.to_ne_bytes());
            }
        };
        // A free of every kind of nothing, in flight in each chunk; each record also a live entry.
        let free = |sequence: u64, id: u64| {
            let kinds = if control == 3 { 2_u64 } else { 1 };
            let tail = kinds | 1 << 48 | 500 << 32;
            [
                sequence,
                1,
                sequence * 64,
                64,
                64,
                u64::from(u32::MAX) << 32,
                id,
                tail,
            ]
        };
        for chunk in 0..chunks {
            let ticket = if chunk == 0 { chunks } else { chunk } | (ticket & OPENING);
            place(chunks_at + chunk * 64, &[ticket, 0, 127, 1 << 32]);
            for record in 0..128 {
                let sequence = (ticket & !OPENING) * 128 + record;
                place(
                    records_at + (chunk * 128 + record) * 64,
                    &free(sequence, sequence ^ 1),
                );
            }
        }
        for slot in 0..slots {
            place(controls_at + slot * 8, &[1 << 32 | 1 << 2 | control]);
        }
        with_header(&mut bytes, |header| {
            header.segment_size = BYTES as u64;
            let mut at = |kind: SectionKind, offset, count, entry_size| {
                header.sections[kind as usize - 1] = Section {
                    kind: kind as u32,
                    entry_size,
                    offset,
                    count,
                    reserved: 0,
                };
            };
            at(SectionKind::Records, records_at, chunks * 128, 64);
            at(SectionKind::Chunks, chunks_at, chunks, 64);
            at(SectionKind::LiveControls, controls_at, slots, 8);
            at(SectionKind::LiveEntries, records_at, slots, 64);
        });
        let began = Instant::now();
        look_unhurried(bytes);
        let took = began.elapsed();
        assert!(took < 8 * SOON, "{chunks} chunks, {slots} slots: {took:?}");
    }
}

/// A file without a single real byte behind its header that claims all a segment can have.
#[test]
fn a_sparse_giant_is_refused_or_read_soon() {
    let dir = PrivateDir::new();
    let path = dir.path().join("ttmem.7.00000007");
    for stride in [1, 4, 64] {
        let mut head = genuine()[..4096].to_vec();
        let mut end = 4096;
        with_header(&mut head, |header| {
            for section in &mut header.sections[..SectionKind::ALL.len()] {
                let kind = SectionKind::ALL[section.kind as usize - 1];
                section.entry_size *= stride;
                section.count = match kind {
                    SectionKind::LiveControls | SectionKind::LiveEntries => (1 << 24) + 64,
                    SectionKind::Chunks => 1 << 19,
                    SectionKind::Records => 1 << 26,
                    _ => section.count,
                };
                section.offset = end;
                end += section.count * u64::from(section.entry_size);
            }
            header.segment_size = end;
        });
        std::fs::write(&path, &head).expect("a file");
        let file = File::options().write(true).open(&path).expect("a file");
        file.set_len(end).expect("a sparse file takes no room");
        let began = Instant::now();
        if let Ok(segment) = Segment::open(&path) {
            let _ = segment.snapshot();
            let mut watch = Watch::new(segment);
            for _ in 0..2 {
                let _ = watch.snapshot();
            }
            let segment = watch.segment();
            let _ = segment.glance();
            if let Ok(mut cursor) = segment.cursor(Start::Oldest) {
                let _ = cursor.sweep(segment);
            }
        }
        let took = began.elapsed();
        assert!(took < 8 * SOON, "entries {stride} times as large: {took:?}");
    }
}
