//! The programs alive, and what each takes of L1.

use crate::errno::KeptErrno;
use crate::footprint::{CoreMask, Footprint, Marks};
use crate::gate::Gate;
use crate::layers::{Kept, Layers};
use crate::pointer_table::PointerTable;
use crate::reach::Reach;
use crate::runtime::{Device, Program};
use crate::session;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering};
use ttmem_producer::{CB_STEPS, CbStep, ChipSet};

/// Programs that can be alive at once. A program cache of a large model holds some thousands.
const SLOTS: usize = 8192;

/// Which of the runtime's passes laid regions out: each is done anew on its own.
#[derive(Clone, Copy)]
pub(crate) enum Pass {
    CircularBuffers,
    DataflowBuffers,
}

const PASSES: usize = 2;

/// What one program takes: what the passes laid out, and its kernels. Apart from what a dispatch looks at.
struct LaidOut {
    base: AtomicU32,
    passes: [[Step; CB_STEPS]; PASSES],
    /// Over all passes: the steps as they go into the segment.
    steps: [AtomicU64; CB_STEPS],
    kernels: Kept,
}

/// An end, and the cores that reach it.
struct Step {
    end: AtomicU32,
    cores: [AtomicU64; size_of::<CoreMask>() / 8],
}

// All zero, or the library would be so much longer; whoever takes a slot sets it up.
static LAID_OUT: [LaidOut; SLOTS] = [const {
    LaidOut {
        base: AtomicU32::new(0),
        passes: [const {
            [const {
                Step {
                    end: AtomicU32::new(0),
                    cores: [const { AtomicU64::new(0) }; _],
                }
            }; CB_STEPS]
        }; PASSES],
        steps: [const { AtomicU64::new(0) }; CB_STEPS],
        kernels: Kept::new(),
    }
}; SLOTS];

struct Slot {
    /// What was laid out, as a packed footprint.
    footprint: AtomicU64,
    /// Where it was dispatched, and the mesh it was dispatched on.
    chips: AtomicU64,
    mesh: AtomicUsize,
}

static KEYS: PointerTable<SLOTS> = PointerTable::new();
static PROGRAMS: [Slot; SLOTS] = [const {
    Slot {
        footprint: AtomicU64::new(0),
        chips: AtomicU64::new(0),
        mesh: AtomicUsize::new(0),
    }
}; SLOTS];
static CHANGING: Gate = Gate::new();
static SAID_FULL: AtomicBool = AtomicBool::new(false);

/// Where a program is in the table. Once it is gone, another one may be there.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Index(u16);

const _: () = assert!(SLOTS < u16::MAX as usize);

impl Index {
    /// No program.
    pub(crate) const NONE: Self = Self(0);

    /// As a number; that of no program is 0.
    pub(crate) const fn number(self) -> u16 {
        self.0
    }

    pub(crate) const fn from_number(number: u16) -> Self {
        Self(number)
    }
}

/// A program alive.
#[derive(Clone, Copy)]
pub(crate) struct Alive {
    index: Index,
    slot: &'static Slot,
    laid_out: &'static LaidOut,
}

impl Alive {
    fn at(index: usize) -> Option<Self> {
        let (slot, laid_out) = PROGRAMS.get(index).zip(LAID_OUT.get(index))?;
        Some(Self {
            index: Index(index as u16 + 1),
            slot,
            laid_out,
        })
    }
}

/// The program, if it has been seen.
#[inline]
pub(crate) fn find(program: *const Program) -> Option<Alive> {
    Alive::at(KEYS.find(program.addr())?)
}

/// The program at an index. One that has gone meanwhile may be told half as it was and half as the next
/// one is: whoever asks is told to ask again.
pub(crate) fn at(index: Index) -> Option<Alive> {
    Alive::at(usize::from(index.0).checked_sub(1)?)
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
                "more than {SLOTS} programs are alive: circular buffers and kernels of further ones are not tracked"
            ));
        }
        return None;
    };
    let alive = Alive::at(index)?;
    let Alive { slot, laid_out, .. } = alive;
    laid_out.base.store(u32::MAX, Ordering::Relaxed);
    for pass in &laid_out.passes {
        store(pass, &Reach::NONE);
    }
    for word in &laid_out.steps {
        word.store(0, Ordering::Relaxed);
    }
    laid_out.kernels.keep(&Layers::NONE);
    slot.footprint.store(0, Ordering::Relaxed);
    slot.chips.store(0, Ordering::Relaxed);
    slot.mesh.store(0, Ordering::Relaxed);
    KEYS.publish(index, program.addr());
    Some(alive)
}

impl Alive {
    /// Where it is in the table.
    #[inline]
    pub(crate) fn index(self) -> Index {
        self.index
    }

    /// Takes in what a pass laid out, in place of what it had laid out before.
    pub(crate) fn lay_out(self, pass: Pass, marks: &Marks) {
        let laid_out = self.laid_out;
        let base = laid_out
            .base
            .fetch_min(marks.base, Ordering::Relaxed)
            .min(marks.base);
        if let Some(kept) = laid_out.passes.get(pass as usize) {
            store(kept, &marks.reach);
        }
        let mut reach = Reach::NONE;
        for kept in &laid_out.passes {
            reach.merge(&load(kept));
        }
        let steps = reach.words();
        for (word, step) in laid_out.steps.iter().zip(steps) {
            word.store(word_of(step), Ordering::Relaxed);
        }
        let footprint = Footprint {
            base,
            length: reach.end().saturating_sub(base),
            cores: u16::try_from(reach.cores()).unwrap_or(u16::MAX),
            uneven: steps.iter().filter(|step| step.end > 0).count() > 1,
        };
        self.slot
            .footprint
            .store(footprint.pack(), Ordering::Relaxed);
    }

    /// How far it reaches where cores differ.
    pub(crate) fn steps(self) -> [CbStep; CB_STEPS] {
        let mut steps = [CbStep::default(); CB_STEPS];
        for (step, word) in steps.iter_mut().zip(&self.laid_out.steps) {
            *step = step_of(word.load(Ordering::Relaxed));
        }
        steps
    }

    /// Takes in what its kernels take, as read when it was dispatched on a mesh for the first time.
    pub(crate) fn load(self, kernels: &Layers) {
        self.laid_out.kernels.keep(kernels);
    }

    /// What its kernels take.
    pub(crate) fn kernels(self) -> Layers {
        self.laid_out.kernels.get()
    }

    /// What its circular buffers take of each core, packed.
    #[inline]
    pub(crate) fn footprint(self) -> u64 {
        self.slot.footprint.load(Ordering::Relaxed)
    }

    /// The chips it was last dispatched on, if that was on this mesh.
    #[inline]
    pub(crate) fn chips_on(self, mesh: *const Device) -> Option<ChipSet> {
        (self.slot.mesh.load(Ordering::Acquire) == mesh.addr())
            .then(|| ChipSet(self.slot.chips.load(Ordering::Relaxed)))
    }

    /// The chips it was last dispatched on.
    pub(crate) fn chips(self) -> ChipSet {
        ChipSet(self.slot.chips.load(Ordering::Relaxed))
    }

    /// Notes where it runs.
    pub(crate) fn runs_on(self, mesh: *const Device, chips: ChipSet) {
        self.slot.chips.store(chips.0, Ordering::Relaxed);
        // Release: whoever sees the mesh sees the chips.
        self.slot.mesh.store(mesh.addr(), Ordering::Release);
    }
}

/// Every program that has circular buffers and was dispatched on some chip.
pub(crate) fn placed() -> impl Iterator<Item = (ChipSet, Footprint)> {
    KEYS.indices().filter_map(Alive::at).filter_map(|alive| {
        let (chips, footprint) = (alive.chips(), alive.footprint());
        (!chips.is_empty() && footprint != 0).then(|| (chips, Footprint::unpack(footprint)))
    })
}

/// The program is about to go, and its index may be given to another one.
pub(crate) fn remove(program: *const Program) {
    KEYS.remove(program.addr());
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

fn store(kept: &[Step], reach: &Reach) {
    for (step, (end, cores)) in kept.iter().zip(&reach.steps) {
        step.end.store(*end, Ordering::Relaxed);
        for (word, cores) in step.cores.iter().zip(cores) {
            word.store(*cores, Ordering::Relaxed);
        }
    }
}

fn load(kept: &[Step]) -> Reach {
    let mut reach = Reach::NONE;
    for ((end, cores), step) in reach.steps.iter_mut().zip(kept) {
        *end = step.end.load(Ordering::Relaxed);
        for (cores, word) in cores.iter_mut().zip(&step.cores) {
            *cores = word.load(Ordering::Relaxed);
        }
    }
    reach
}

fn word_of(step: CbStep) -> u64 {
    u64::from(step.end)
        | u64::from(step.cores) << 32
        | u64::from(step.x) << 48
        | u64::from(step.y) << 56
}

fn step_of(word: u64) -> CbStep {
    CbStep {
        end: word as u32,
        cores: (word >> 32) as u16,
        x: (word >> 48) as u8,
        y: (word >> 56) as u8,
    }
}
