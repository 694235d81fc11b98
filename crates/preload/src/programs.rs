//! The programs alive, and what each takes of L1.

use crate::errno::KeptErrno;
use crate::footprint::{CoreMask, Footprint, Marks};
use crate::gate::Gate;
use crate::pointer_table::PointerTable;
use crate::runtime::{Device, Program};
use crate::session;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering};
use ttmem_producer::ChipSet;

/// Programs that can be alive at once. A program cache of a large model holds some thousands.
const SLOTS: usize = 8192;

/// Which of the runtime's passes laid regions out: each is done anew on its own.
#[derive(Clone, Copy)]
pub(crate) enum Pass {
    CircularBuffers,
    DataflowBuffers,
}

const PASSES: usize = 2;

struct Slot {
    base: AtomicU32,
    ends: [AtomicU32; PASSES],
    cores: [AtomicU64; size_of::<CoreMask>() / 8],
    /// The three above as a packed footprint.
    footprint: AtomicU64,
    /// Where it was dispatched, and the mesh it was dispatched on.
    chips: AtomicU64,
    mesh: AtomicUsize,
}

static KEYS: PointerTable<SLOTS> = PointerTable::new();
static PROGRAMS: [Slot; SLOTS] = [const {
    Slot {
        base: AtomicU32::new(u32::MAX),
        ends: [const { AtomicU32::new(0) }; PASSES],
        cores: [const { AtomicU64::new(0) }; _],
        footprint: AtomicU64::new(0),
        chips: AtomicU64::new(0),
        mesh: AtomicUsize::new(0),
    }
}; SLOTS];
static CHANGING: Gate = Gate::new();
static SAID_FULL: AtomicBool = AtomicBool::new(false);

/// A program alive.
#[derive(Clone, Copy)]
pub(crate) struct Alive {
    slot: &'static Slot,
}

/// The program, if it has been seen.
#[inline]
pub(crate) fn find(program: *const Program) -> Option<Alive> {
    let slot = PROGRAMS.get(KEYS.find(program.addr())?)?;
    Some(Alive { slot })
}

/// The program; notes it on first sight. `None` when the table is full.
pub(crate) fn find_or_add(program: *const Program) -> Option<Alive> {
    find(program).or_else(|| add(program))
}

#[cold]
fn add(program: *const Program) -> Option<Alive> {
    let _errno = KeptErrno::new();
    let _held = CHANGING.enter(session::owner())?;
    if let Some(known) = find(program) {
        return Some(known);
    }
    let Some(index) = KEYS.vacancy(program.addr()) else {
        if !SAID_FULL.swap(true, Ordering::Relaxed) {
            crate::notice::say(format_args!(
                "more than {SLOTS} programs are alive: circular buffers of further ones are not tracked"
            ));
        }
        return None;
    };
    let slot = PROGRAMS.get(index)?;
    slot.base.store(u32::MAX, Ordering::Relaxed);
    slot.ends
        .iter()
        .for_each(|end| end.store(0, Ordering::Relaxed));
    slot.cores
        .iter()
        .for_each(|word| word.store(0, Ordering::Relaxed));
    slot.footprint.store(0, Ordering::Relaxed);
    slot.chips.store(0, Ordering::Relaxed);
    slot.mesh.store(0, Ordering::Relaxed);
    KEYS.publish(index, program.addr());
    Some(Alive { slot })
}

impl Alive {
    /// Takes in what a pass laid out, in place of what it had laid out before.
    pub(crate) fn lay_out(self, pass: Pass, marks: &Marks) {
        let slot = self.slot;
        let base = slot
            .base
            .fetch_min(marks.base, Ordering::Relaxed)
            .min(marks.base);
        if let Some(end) = slot.ends.get(pass as usize) {
            end.store(marks.end, Ordering::Relaxed);
        }
        let end = slot
            .ends
            .iter()
            .map(|end| end.load(Ordering::Relaxed))
            .max()
            .unwrap_or(0);
        let mut cores = 0;
        for (word, marked) in slot.cores.iter().zip(marks.cores) {
            cores += (word.fetch_or(marked, Ordering::Relaxed) | marked).count_ones();
        }
        let footprint = Footprint {
            base,
            length: end.saturating_sub(base),
            cores: u16::try_from(cores).unwrap_or(u16::MAX),
        };
        slot.footprint.store(footprint.pack(), Ordering::Relaxed);
    }

    /// What it takes of each core, packed.
    #[inline]
    pub(crate) fn footprint(self) -> u64 {
        self.slot.footprint.load(Ordering::Relaxed)
    }

    /// The chips it was last dispatched on, if that was on this mesh.
    #[inline]
    pub(crate) fn chips_on(self, mesh: *const Device) -> Option<ChipSet> {
        (self.slot.mesh.load(Ordering::Relaxed) == mesh.addr())
            .then(|| ChipSet(self.slot.chips.load(Ordering::Relaxed)))
    }

    /// The chips it was last dispatched on.
    pub(crate) fn chips(self) -> ChipSet {
        ChipSet(self.slot.chips.load(Ordering::Relaxed))
    }

    /// Notes where it runs.
    pub(crate) fn runs_on(self, mesh: *const Device, chips: ChipSet) {
        self.slot.chips.store(chips.0, Ordering::Relaxed);
        self.slot.mesh.store(mesh.addr(), Ordering::Relaxed);
    }
}

/// Every program that has circular buffers and was dispatched on some chip.
pub(crate) fn placed() -> impl Iterator<Item = (ChipSet, Footprint)> {
    KEYS.indices()
        .filter_map(|index| PROGRAMS.get(index))
        .filter_map(|slot| {
            let alive = Alive { slot };
            let (chips, footprint) = (alive.chips(), alive.footprint());
            (!chips.is_empty() && footprint != 0).then(|| (chips, Footprint::unpack(footprint)))
        })
}

/// The program is about to go. Says where it ran.
pub(crate) fn remove(program: *const Program) -> Option<ChipSet> {
    let alive = find(program)?;
    let chips = alive.chips();
    KEYS.remove(program.addr())?;
    Some(chips)
}

/// Nothing is on these chips any more: they are closed.
pub(crate) fn leave(chips: ChipSet) {
    for slot in KEYS.indices().filter_map(|index| PROGRAMS.get(index)) {
        slot.chips.fetch_and(!chips.0, Ordering::Relaxed);
        slot.mesh.store(0, Ordering::Relaxed);
    }
}

/// Drops what a forked child inherited.
pub(crate) fn forget_all() {
    KEYS.clear();
}
