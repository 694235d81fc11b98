//! Copying the live table: every allocation whole, each at most once ([live-publish]), and the second
//! time only what has changed.
//!
//! An allocation whose control word is what it was is the allocation it was, so its entry need not be
//! read again. Each insertion into a slot raises the word's version, and the entry of a live slot changes
//! with an insertion only; so the same word, in state live, means that either nothing was inserted or a
//! multiple of 2^32 - 1 times. Whoever looks makes sure that there were fewer events than that in between
//! ([`crate::look`]). References are in the word itself.

use crate::error::ReadError;
use crate::happened::Busy;
use crate::sections::Bytes;
use crate::sums::Sums;
use ttmem_layout::{Control, Kind, MAX_BYTES, Record, SectionKind, SlotState};
use zerocopy::FromZeros;

/// Control words copied at a time.
const BLOCK: u64 = 4096;
/// Control words looked at together: most tables are mostly empty.
const STRIDE: usize = 64;
/// Entries copied before their control words are looked at again.
const ENTRIES: usize = 512;
/// Slots that nobody asked for, but that are cheaper to copy than another call is to make.
const GAP: u32 = 32;
/// Tries for a slot that keeps changing under the copy. One that does is neither here nor there.
const TRIES: usize = 16;
/// So many slots without sense are named.
const NAMED: usize = 8;

/// The allocations of a segment, as they were when they were last looked at.
#[derive(Debug, Default)]
pub(crate) struct Live {
    /// In order of slot.
    kept: Vec<Kept>,
    /// Records of what is kept, in any order, some of them free.
    records: Vec<Record>,
    free: Vec<u32>,
    /// What all of it adds up to.
    pub(crate) sums: Sums,
    /// Slots that were changing hands.
    pub(crate) busy: u64,
    /// Slots whose entry makes no sense: the first of them, and how many.
    pub(crate) senseless: Vec<u64>,
    pub(crate) senseless_count: u64,
    /// Whether the last look found another table than the one before.
    pub(crate) changed: bool,
    /// Whether records are kept.
    keep: bool,
    scratch: Scratch,
}

/// An allocation that exists.
#[derive(Clone, Copy, Debug)]
struct Kept {
    slot: u32,
    /// Where its record is.
    at: u32,
    control: Control,
}

/// Memory that is used again.
#[derive(Debug, Default)]
struct Scratch {
    kept: Vec<Kept>,
    wanted: Vec<Wanted>,
    words: Vec<u64>,
    again: Vec<u64>,
    entries: Vec<Record>,
}

/// A used slot whose entry is to be read.
#[derive(Clone, Copy, Debug)]
struct Wanted {
    slot: u32,
    /// Where in the copy its entry is.
    at: u32,
    control: Control,
}

impl Live {
    /// Looks at the whole table; entries that are known and did not change are not read again. Without
    /// `keep` only the sums are made: then it has to be cleared before it looks again.
    ///
    /// After an error it holds no meaning.
    pub(crate) fn refresh(
        &mut self,
        bytes: &Bytes,
        busy: &Busy,
        keep: bool,
    ) -> Result<(), ReadError> {
        self.keep = keep;
        (self.busy, self.senseless_count) = (0, 0);
        self.senseless.clear();
        self.changed = false;
        let mut scratch = std::mem::take(&mut self.scratch);
        let old = std::mem::replace(&mut self.kept, std::mem::take(&mut scratch.kept));
        self.kept.clear();
        scratch.words.resize(BLOCK as usize, 0);
        let mut known = old.iter().copied().peekable();
        for start in (0..bytes.count(SectionKind::LiveControls)).step_by(BLOCK as usize) {
            let words = bytes.fill(SectionKind::LiveControls, start, &mut scratch.words)?;
            scratch.wanted.clear();
            let sorted = self.kept.len();
            for (slot, control) in used(start, words) {
                while let Some(gone) = known.next_if(|one| one.slot < slot) {
                    self.forget(gone);
                }
                match known.next_if(|one| one.slot == slot) {
                    Some(same) if same.control == control => self.kept.push(same),
                    other => {
                        if let Some(changed) = other {
                            self.forget(changed);
                        }
                        scratch.wanted.push(Wanted {
                            slot,
                            at: 0,
                            control,
                        });
                    }
                }
            }
            if !scratch.wanted.is_empty() {
                self.read(bytes, busy, &mut scratch)?;
                // Two runs, each in order: what was kept and what was read.
                self.kept[sorted..].sort_by_key(|one| one.slot);
            }
        }
        for gone in known {
            self.forget(gone);
        }
        scratch.kept = old;
        self.scratch = scratch;
        Ok(())
    }

    /// Reads the entries that are wanted, neighbours in one call.
    fn read(&mut self, bytes: &Bytes, busy: &Busy, scratch: &mut Scratch) -> Result<(), ReadError> {
        let Scratch {
            wanted,
            again,
            entries,
            ..
        } = scratch;
        entries.resize_with(ENTRIES, Record::new_zeroed);
        let mut rest = &mut wanted[..];
        while let Some(first) = rest.first().map(|one| one.slot) {
            let batch = copy_entries(bytes, rest, entries)?;
            let (read, unread) = rest.split_at_mut(batch);
            let last = read.last().map_or(first, |one| one.slot);
            again.resize((last - first + 1) as usize, 0);
            let again = bytes.fill(SectionKind::LiveControls, first.into(), again)?;
            for one in read {
                let after = again.get((one.slot - first) as usize);
                if after == Some(&one.control.0) {
                    self.take(busy, one.slot, one.control, &entries[one.at as usize]);
                } else {
                    self.take_changing(bytes, busy, one.slot)?;
                }
            }
            rest = unread;
        }
        Ok(())
    }

    /// Copies one slot until it holds still.
    #[cold]
    fn take_changing(&mut self, bytes: &Bytes, busy: &Busy, slot: u32) -> Result<(), ReadError> {
        let control = || bytes.one::<u64>(SectionKind::LiveControls, slot.into());
        let mut before = control()?;
        for _ in 0..TRIES {
            let entry = bytes.one::<Record>(SectionKind::LiveEntries, slot.into())?;
            let after = control()?;
            if let (Some(word), Some(entry)) = (before, entry)
                && before == after
            {
                self.take(busy, slot, Control(word), &entry);
                return Ok(());
            }
            before = after;
        }
        self.busy += 1;
        Ok(())
    }

    #[inline]
    fn take(&mut self, busy: &Busy, slot: u32, control: Control, entry: &Record) {
        let exists = match (control.state(), busy) {
            (SlotState::Empty, _) => false,
            (SlotState::Live, _) => true,
            (_, Busy::Moving) => {
                self.busy += 1;
                false
            }
            // Until it is filled, the entry is still that of the slot's last allocation, whose record
            // may well be in the ring: only one in flight is this event's.
            (SlotState::Inserting, Busy::Settled(happened)) => {
                self.busy += 1;
                happened.begun(entry.sequence)
            }
            (SlotState::Removing, Busy::Settled(happened)) => {
                self.busy += 1;
                !happened.ended(entry.sequence)
            }
        };
        if !exists {
            return;
        }
        if makes_sense(entry) && control.refs() > 0 {
            self.keep(slot, control, entry);
        } else {
            self.senseless_count += 1;
            if self.senseless.len() < NAMED {
                self.senseless.push(slot.into());
            }
        }
    }

    fn keep(&mut self, slot: u32, control: Control, entry: &Record) {
        self.changed = true;
        self.sums.add(entry);
        if !self.keep {
            return;
        }
        let at = match self.free.pop() {
            Some(at) => {
                self.records[at as usize] = *entry;
                at
            }
            None => {
                self.records.push(*entry);
                self.records.len() as u32 - 1
            }
        };
        self.kept.push(Kept { slot, at, control });
    }

    fn forget(&mut self, gone: Kept) {
        self.changed = true;
        self.sums.take_away(&self.records[gone.at as usize]);
        self.free.push(gone.at);
    }

    /// Forgets everything, so that the next look reads everything.
    pub(crate) fn clear(&mut self) {
        let scratch = std::mem::take(&mut self.scratch);
        *self = Self {
            scratch,
            ..Self::default()
        };
    }

    /// Each with its references.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Record, u64)> {
        self.kept.iter().map(|one| self.of(one))
    }

    /// The one at this place among them.
    pub(crate) fn nth(&self, place: u32) -> Option<(&Record, u64)> {
        self.kept.get(place as usize).map(|one| self.of(one))
    }

    fn of(&self, one: &Kept) -> (&Record, u64) {
        (&self.records[one.at as usize], one.control.refs())
    }
}

/// The slots that are not empty.
fn used(start: u64, words: &[u64]) -> impl Iterator<Item = (u32, Control)> {
    let in_use = |word: u64| Control(word).state() != SlotState::Empty;
    let strides = (start..).step_by(STRIDE).zip(words.chunks(STRIDE));
    strides
        // An empty slot's two lowest bits are zero, and so is all that is made of nothing else.
        .filter(move |(_, words)| in_use(words.iter().fold(0, |all, word| all | word)))
        .flat_map(|(first, words)| (first as u32..).zip(words))
        .filter(move |(_, word)| in_use(**word))
        .map(|(slot, word)| (slot, Control(*word)))
}

/// Copies entries of the first of `wanted`, as many as there is room for, and says how many.
fn copy_entries(
    bytes: &Bytes,
    wanted: &mut [Wanted],
    entries: &mut [Record],
) -> Result<usize, ReadError> {
    let (mut done, mut filled) = (0, 0);
    while let Some(first) = wanted.get(done).map(|one| one.slot) {
        let room = entries.len() - filled;
        let mut last = first;
        let mut end = done;
        while let Some(one) = wanted.get_mut(end) {
            let span = (one.slot - first) as usize + 1;
            if one.slot - last > GAP || span > room {
                break;
            }
            one.at = (filled + span - 1) as u32;
            last = one.slot;
            end += 1;
        }
        if end == done {
            break;
        }
        let span = (last - first) as usize + 1;
        let room = &mut entries[filled..filled + span];
        bytes.fill(SectionKind::LiveEntries, first.into(), room)?;
        filled += span;
        done = end;
    }
    Ok(done)
}

/// Whether a record can be an allocation's.
#[inline]
pub(crate) fn makes_sense(record: &Record) -> bool {
    record.kind().is_some_and(Kind::is_alloc)
        && record.buffer_type().is_some()
        && record.per_bank <= MAX_BYTES
        && record.requested <= MAX_BYTES
        && record.banks > 0
}
