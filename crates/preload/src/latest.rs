//! Which program each chip was given last, when several threads dispatch at once.
//!
//! A dispatch gives its programs to one chip after the other. Each chip has a word with the number of the
//! dispatch above that of the program, and the larger word stays: so of two dispatches that overlap, one
//! is the later on all chips that they share.

use crate::programs::Index;
use crate::residency::CHIPS;
use crate::session;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use ttmem_producer::ChipSet;

/// Low bits of a word: the program.
const PROGRAM_BITS: u32 = 16;
const PROGRAM: u64 = (1 << PROGRAM_BITS) - 1;

/// By chip.
static WORDS: [AtomicU64; CHIPS] = [const { AtomicU64::new(0) }; CHIPS];
/// Chips that were ever given anything.
static USED: AtomicU64 = AtomicU64::new(0);
/// Changes of several words that have begun, and those that are over. Of the process with this id.
static BEGUN: AtomicU64 = AtomicU64::new(0);
static OVER: AtomicU64 = AtomicU64::new(0);
static PROCESS: AtomicU32 = AtomicU32::new(0);

/// Looks for a moment in which no word changes. A change takes nanoseconds, if its thread is not interrupted.
const LOOKS: usize = 100;

/// The program that a chip was given last.
#[inline]
pub(crate) fn of(chip: u32) -> Index {
    let word = WORDS.get(chip as usize);
    program_of(word.map_or(0, |word| word.load(Ordering::Relaxed)))
}

/// A dispatch under way, of one program or of several, each for some of its chips; over when this is dropped.
pub(crate) struct Giving {
    number: u64,
}

impl Giving {
    /// The latest dispatch so far.
    pub(crate) fn begin() -> Self {
        let number = BEGUN.fetch_add(1, Ordering::SeqCst) + 1;
        Self { number }
    }

    /// Gives these chips a program, or none. Says which of them have got it: others belong to a later dispatch.
    pub(crate) fn give(&self, chips: ChipSet, program: Index) -> ChipSet {
        if !ChipSet(USED.load(Ordering::Relaxed)).covers(chips) {
            USED.fetch_or(chips.0, Ordering::Relaxed);
        }
        let given = self.number << PROGRAM_BITS | u64::from(program.number());
        // Release, here and below: whoever sees the program sees what it takes.
        change(chips, |word| {
            word.fetch_max(given, Ordering::Release) < given
        })
    }
}

impl Drop for Giving {
    fn drop(&mut self) {
        OVER.fetch_add(1, Ordering::SeqCst);
    }
}

/// The program is about to go: takes it from all chips that still have it, and says which.
pub(crate) fn give_up(program: Index) -> ChipSet {
    BEGUN.fetch_add(1, Ordering::SeqCst);
    let left = change(ChipSet(USED.load(Ordering::Relaxed)), |word| {
        let seen = word.load(Ordering::Relaxed);
        let none = seen & !PROGRAM;
        // Fails where another thread has just dispatched something else.
        program_of(seen) == program
            && word
                .compare_exchange(seen, none, Ordering::Release, Ordering::Relaxed)
                .is_ok()
    });
    OVER.fetch_add(1, Ordering::SeqCst);
    left
}

/// Changes the words of these chips; says of which that was done.
fn change(chips: ChipSet, done: impl Fn(&AtomicU64) -> bool) -> ChipSet {
    let changed = chips
        .iter()
        .filter(|chip| WORDS.get(*chip as usize).is_some_and(&done));
    let changed = changed.filter_map(ChipSet::of);
    changed.fold(ChipSet::EMPTY, ChipSet::or)
}

/// The program of each chip at one moment.
pub(crate) struct Latest {
    chips: ChipSet,
    words: [u64; CHIPS],
}

impl Latest {
    /// The chips that were ever given anything.
    pub(crate) const fn chips(&self) -> ChipSet {
        self.chips
    }

    /// The word of one: no two dispatches have the same.
    pub(crate) fn word(&self, chip: u32) -> u64 {
        let word = self.words.get(chip as usize);
        word.copied().unwrap_or_default()
    }
}

/// The programs at a moment between two dispatches: seen in the middle of one, its chips would be reported as
/// two sets, each with a pool of its own for ever after. `None` if there was no such moment: the thread that
/// is in the middle of a dispatch settles afterwards.
pub(crate) fn at_once() -> Option<Latest> {
    let mut latest = Latest {
        chips: ChipSet::EMPTY,
        words: [0; CHIPS],
    };
    let mut tries = 0..LOOKS;
    tries.find(|_| {
        let over = OVER.load(Ordering::SeqCst);
        latest.chips = ChipSet(USED.load(Ordering::Relaxed));
        for chip in latest.chips.iter().map(|chip| chip as usize) {
            if let (Some(seen), Some(word)) = (latest.words.get_mut(chip), WORDS.get(chip)) {
                *seen = word.load(Ordering::Acquire);
            }
        }
        BEGUN.load(Ordering::SeqCst) == over
    })?;
    Some(latest)
}

/// Whether some thread is in the middle of a change.
pub(crate) fn is_changing() -> bool {
    let over = OVER.load(Ordering::SeqCst);
    BEGUN.load(Ordering::SeqCst) != over
}

/// The program in a chip's word.
pub(crate) fn program_of(word: u64) -> Index {
    Index::from_number((word & PROGRAM) as u16)
}

/// Drops what a forked child inherited.
pub(crate) fn forget_all() {
    for word in &WORDS {
        word.store(0, Ordering::Relaxed);
    }
    let me = session::owner();
    if PROCESS.swap(me, Ordering::Relaxed) != me {
        // What threads of the parent had begun is never over. In one and the same process it will be.
        OVER.store(BEGUN.load(Ordering::SeqCst), Ordering::SeqCst);
    }
}
