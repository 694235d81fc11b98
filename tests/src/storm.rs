//! Events of every sort in a fixed pseudo-random order, and what they must come to.
//!
//! A [`Storm`] is a pure model: it says what to report next and what has to come of it. A producer
//! reports its steps; a test runs a second one with the same seed and knows what the segment has to
//! say. Taking a step neither allocates nor asks the kernel for anything.

use ttmem_layout::{BufferType, ChipSet, Kind, PoolKind, flags};
use ttmem_producer::{Allocation, DeviceReport, Outcome, Pool};

/// Addresses a storm uses.
const PLACES: usize = 64;
const MARKS: [&str; 4] = ["prefill", "decode", "sample", "idle"];

/// What to report.
#[derive(Clone, Copy, Debug)]
pub enum Action {
    /// An allocation of any type.
    Begin(Allocation),
    /// The end of one.
    End(Pool, BufferType, u64),
    /// A request that was refused.
    Fail(Pool, BufferType, u64),
    /// A phase.
    Mark(&'static str),
    /// A chip.
    Device(u32),
}

/// A record as it has to stand in the ring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expected {
    /// What happened.
    pub kind: Kind,
    /// Address; 0 where there is none.
    pub address: u64,
    /// Bytes asked for; 0 where there are none.
    pub requested: u64,
    /// Flags, with the two sorts of bad free taken as one.
    pub flags: u8,
}

/// One step.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// What to report.
    pub action: Action,
    /// What must come of it. `UnknownFree` stands for both sorts of bad free: which one it is
    /// depends on whether the slot was used again meanwhile.
    pub outcome: Outcome,
}

/// One address of a storm.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// Its pool, by index of the storm's list.
    pub pool: usize,
    /// Its type.
    pub buffer_type: BufferType,
    /// The address.
    pub address: u64,
    /// References now; 0 is free.
    pub refs: u64,
    /// The allocation's size as asked for.
    pub requested: u64,
    /// Bytes on each bank.
    pub per_bank: u64,
    /// Banks.
    pub banks: u16,
}

/// What was counted on the way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Records.
    pub records: u64,
    /// Frees of what was not live.
    pub bad_frees: u64,
    /// Allocations of what was live, with another size.
    pub replaced: u64,
    /// Allocations that came to life, by type.
    pub allocs: [u64; BufferType::ALL.len()],
    /// Allocations that ended, by type.
    pub frees: [u64; BufferType::ALL.len()],
}

/// A thread's worth of events.
#[derive(Debug)]
pub struct Storm {
    pools: Vec<Pool>,
    random: u64,
    places: [Place; PLACES],
    /// What was counted so far.
    pub tally: Tally,
}

impl Storm {
    /// Storm number `index` (it decides the addresses) over `pools`.
    ///
    /// # Panics
    /// If there are no pools.
    pub fn new(pools: &[Pool], index: u64, seed: u64) -> Self {
        assert!(!pools.is_empty(), "a storm needs a pool");
        let place = |number: usize| Place {
            pool: number % pools.len(),
            buffer_type: BufferType::ALL[number % BufferType::ALL.len()],
            address: (index + 1) << 32 | (number as u64) << 12,
            refs: 0,
            requested: 0,
            per_bank: 0,
            banks: 0,
        };
        Self {
            pools: pools.to_vec(),
            random: (seed ^ index << 40).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1,
            places: std::array::from_fn(place),
            tally: Tally::default(),
        }
    }

    /// The allocations that live now.
    pub fn live(&self) -> impl Iterator<Item = &Place> {
        self.places.iter().filter(|place| place.refs > 0)
    }

    /// The pool of a place.
    pub fn pool(&self, place: &Place) -> Pool {
        self.pools[place.pool]
    }

    /// What happens next; `record` is told each record that it has to leave.
    #[inline]
    pub fn step(&mut self, mut record: impl FnMut(Expected)) -> Step {
        // xorshift64: visits the places in no pattern.
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        let number = self.random as usize % PLACES;
        let choice = self.random >> 32 & 63;
        let per_bank = 1024 + (self.random >> 40 & 63) * 32;
        let pool = self.pools[self.places[number].pool];
        let place = &mut self.places[number];
        let (buffer_type, address) = (place.buffer_type, place.address);
        let tally = &mut self.tally;
        let mut note = |kind, address, requested, flags| {
            tally.records += 1;
            record(Expected {
                kind,
                address,
                requested,
                flags,
            });
        };
        let step = |action, outcome| Step { action, outcome };
        match choice {
            0 => {
                note(Kind::Mark, 0, 0, 0);
                step(Action::Mark(MARKS[number % MARKS.len()]), Outcome::Done)
            }
            1 => {
                note(Kind::AllocFailed, 0, per_bank, 0);
                step(Action::Fail(pool, buffer_type, per_bank), Outcome::Done)
            }
            2 => {
                let chip = number as u32 % 8;
                note(Kind::Device, u64::from(chip), DRAM, 0);
                step(Action::Device(chip), Outcome::Done)
            }
            3..=5 if place.refs == 0 => {
                note(end_kind(buffer_type), address, 0, BAD_FREE);
                self.tally.bad_frees += 1;
                step(
                    Action::End(pool, buffer_type, address),
                    Outcome::UnknownFree,
                )
            }
            6..=12 if place.refs > 0 && place.refs < 200 => {
                note(
                    begin_kind(buffer_type),
                    address,
                    place.requested,
                    flags::REFERENCE,
                );
                place.refs += 1;
                let again = allocation(pool, place);
                step(Action::Begin(again), Outcome::Referenced)
            }
            13..=18 if place.refs > 0 && place.per_bank != per_bank => {
                note(
                    end_kind(buffer_type),
                    address,
                    place.requested,
                    flags::REPLACED,
                );
                place.fill(per_bank);
                note(begin_kind(buffer_type), address, place.requested, 0);
                let new = allocation(pool, place);
                self.tally.replaced += 1;
                self.tally.frees[buffer_type as usize] += 1;
                self.tally.allocs[buffer_type as usize] += 1;
                step(Action::Begin(new), Outcome::Replaced)
            }
            _ if place.refs > 1 => {
                note(
                    end_kind(buffer_type),
                    address,
                    place.requested,
                    flags::REFERENCE,
                );
                place.refs -= 1;
                step(Action::End(pool, buffer_type, address), Outcome::Referenced)
            }
            _ if place.refs == 1 => {
                note(end_kind(buffer_type), address, place.requested, 0);
                place.refs = 0;
                self.tally.frees[buffer_type as usize] += 1;
                step(Action::End(pool, buffer_type, address), Outcome::Done)
            }
            _ => {
                place.fill(per_bank);
                note(begin_kind(buffer_type), address, place.requested, 0);
                let new = allocation(pool, place);
                self.tally.allocs[buffer_type as usize] += 1;
                step(Action::Begin(new), Outcome::Done)
            }
        }
    }
}

impl Step {
    /// Reports it; whether what came of it is what had to.
    #[inline]
    pub fn report(&self) -> bool {
        let outcome = self.action.report();
        outcome == self.outcome
            || self.outcome == Outcome::UnknownFree && outcome == Outcome::DoubleFree
    }
}

impl Action {
    #[inline]
    fn report(&self) -> Outcome {
        match self {
            Self::Begin(allocation) => match allocation.buffer_type {
                BufferType::Cb => ttmem_producer::cb_alloc(allocation),
                BufferType::Kernel => ttmem_producer::kernel_load(allocation),
                _ => ttmem_producer::alloc(allocation),
            },
            Self::End(pool, BufferType::Cb, address) => ttmem_producer::cb_free(*pool, *address),
            Self::End(pool, BufferType::Kernel, address) => {
                ttmem_producer::kernel_unload(*pool, *address)
            }
            Self::End(pool, other, address) => ttmem_producer::free(*pool, *other, *address),
            Self::Fail(pool, buffer_type, requested) => {
                ttmem_producer::alloc_failed(*pool, *buffer_type, *requested, "out of memory")
            }
            Self::Mark(name) => ttmem_producer::mark(name),
            Self::Device(chip) => ttmem_producer::report_device(&DeviceReport {
                chip: *chip,
                unique_id: 0x1000 + u64::from(*chip),
                arch: "wormhole_b0",
                dram_capacity: DRAM,
                ..DeviceReport::default()
            }),
        }
    }
}

/// Flags of a free that found nothing.
pub const BAD_FREE: u8 = flags::UNKNOWN_FREE | flags::DOUBLE_FREE;
const DRAM: u64 = 12 << 30;

impl Place {
    fn fill(&mut self, per_bank: u64) {
        self.refs = 1;
        self.per_bank = per_bank;
        self.banks = 1 + (self.address >> 12) as u16 % 12;
        self.requested = per_bank * u64::from(self.banks) - 16;
    }
}

fn allocation(pool: Pool, place: &Place) -> Allocation {
    Allocation {
        pool,
        buffer_type: place.buffer_type,
        address: place.address,
        requested: place.requested,
        per_bank: place.per_bank,
        banks: place.banks,
        id: place.address >> 12,
    }
}

fn begin_kind(buffer_type: BufferType) -> Kind {
    match buffer_type {
        BufferType::Cb => Kind::CbAlloc,
        BufferType::Kernel => Kind::KernelLoad,
        _ => Kind::Alloc,
    }
}

fn end_kind(buffer_type: BufferType) -> Kind {
    match buffer_type {
        BufferType::Cb => Kind::CbFree,
        BufferType::Kernel => Kind::KernelUnload,
        _ => Kind::Free,
    }
}

/// The pools of a storm: a mesh, a part of it, its programs, and a chip of its own.
pub const POOLS: [(PoolKind, ChipSet); 4] = [
    (PoolKind::Mesh, ChipSet(0xff)),
    (PoolKind::Submesh, ChipSet(0x0f)),
    (PoolKind::Programs, ChipSet(0xff)),
    (PoolKind::Chip, ChipSet(1 << 9)),
];

/// Seed of the storms inside a sandbox, which a test has to know.
pub const SANDBOX_SEED: u64 = 20;
