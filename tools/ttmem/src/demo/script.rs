//! Who does what: the same every time, so that everybody can say beforehand what must be seen.

use ttmem_layout::{BufferType, CbStep, ChipSet};

/// DRAM of a made-up chip: banks, and bytes of one.
pub(super) const DRAM: (u16, u64) = (12, 1 << 30);
/// L1 of a made-up chip: cores, and bytes of one.
pub(super) const L1: (u16, u64) = (64, 1_499_136);
/// Where DRAM begins to be handed out: the first bytes of a bank are the runtime's own.
pub(super) const DRAM_BASE: u64 = 0x1000;
/// Where L1 begins to be handed out: below are kernels and the runtime's own.
pub(super) const L1_BASE: u64 = 0x1_0000;
/// What is set aside for small buffers at the end of each core's L1.
pub(super) const L1_SMALL: u64 = 32 << 10;
/// Addresses are multiples of it.
pub(super) const ALIGNMENT: u32 = 32;
/// What the leaking producer forgets in each step.
pub(crate) const LEAK: u64 = 256 << 10;
/// Steps with a leak: a demo that runs for an hour must not run out of memory.
const LEAKING_STEPS: u64 = 1_000;
/// Interleaved buffers are spread over the banks in pages of so many bytes.
const PAGE: u64 = 2_048;

/// A producer of the demo.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Role {
    /// Serves a model on two chips in lock step; frees what it allocates.
    Chat,
    /// Serves a small model on one chip; forgets a buffer in each step.
    Embed,
    /// Fills one chip; is killed while it holds it.
    Batch,
    /// Does everything there is to report, and some of it wrong: for a self-test, not for show.
    #[value(hide = true)]
    Everything,
}

impl Role {
    /// Those of the demo, in the order they start.
    pub(crate) const ALL: [Self; 3] = [Self::Chat, Self::Embed, Self::Batch];

    /// The chips it uses.
    pub(crate) const fn chips(self) -> ChipSet {
        match self {
            Self::Chat => ChipSet(0b0011),
            Self::Embed => ChipSet(0b0100),
            Self::Batch => ChipSet(0b1000),
            Self::Everything => ChipSet(0b1111_0000),
        }
    }

    /// What it does, for people.
    pub(crate) const fn story(self) -> &'static str {
        match self {
            Self::Chat => "decodes on devices 0 and 1 in lock step, reusing its addresses",
            Self::Embed => "works on device 2 and forgets 256.0 KiB in every step",
            Self::Batch => "works on device 3 and will be killed while it holds memory",
            Self::Everything => "does everything on devices 4 to 7 in lock step",
        }
    }

    const fn layers(self) -> u64 {
        match self {
            Self::Chat => 8,
            Self::Embed => 2,
            Self::Batch => 4,
            Self::Everything => 1,
        }
    }
}

/// A range of one chip's memory, with what it is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) buffer_type: BufferType,
    pub(super) address: u64,
    pub(super) requested: u64,
    pub(super) per_bank: u64,
    pub(super) banks: u16,
}

impl Range {
    /// A buffer interleaved over the banks of DRAM.
    const fn dram(address: u64, requested: u64) -> Self {
        let banks = DRAM.0;
        let pages = requested.div_ceil(PAGE).div_ceil(banks as u64);
        Self {
            buffer_type: BufferType::Dram,
            address,
            requested,
            per_bank: pages * PAGE,
            banks,
        }
    }

    /// Something of this size on every core.
    const fn on_each_core(buffer_type: BufferType, address: u64, per_core: u64) -> Self {
        let requested = per_core * L1.0 as u64;
        Self {
            buffer_type,
            address,
            requested,
            per_bank: per_core,
            banks: L1.0,
        }
    }

    /// Bytes on each chip.
    pub(super) const fn occupied(&self) -> u64 {
        self.per_bank * self.banks as u64
    }
}

/// One thing a producer does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Op {
    Mark(&'static str),
    Begin(Range),
    End(Range),
    /// An allocation where another one is live.
    Replace(Range),
    /// A free of what has never been live.
    UnknownFree(Range),
    /// A free of what was freed just before.
    DoubleFree(Range),
    /// An allocation that found no room.
    Fail(Range),
}

/// What a role does before its first step: weights, cache, kernels.
pub(super) fn setup(role: Role) -> Vec<Op> {
    let mut ops = vec![Op::Mark("load")];
    let mut address = DRAM_BASE;
    let mut place = |requested| {
        let range = Range::dram(address, requested);
        address += range.per_bank;
        Op::Begin(range)
    };
    // One tensor more than pages fill evenly: occupied and requested differ.
    let embedding = place((300 << 20) + 1_000);
    ops.push(embedding);
    for _ in 0..role.layers() {
        ops.extend([24 << 20, 8 << 20, 64 << 20].map(&mut place));
    }
    // The output layer shares the embedding's weights: a second reference, not a second buffer.
    ops.push(embedding);
    ops.push(Op::Begin(rotary_table()));
    ops.push(Op::Mark("prefill"));
    for _ in 0..role.layers() {
        ops.push(place(16 << 20));
    }
    for kernel in 0..4 {
        ops.push(Op::Begin(Range::on_each_core(
            BufferType::Kernel,
            0x4000 + kernel * 0x800,
            0x800,
        )));
    }
    ops.push(Op::Begin(resident(0)));
    if role == Role::Everything {
        ops.extend(rare_types().map(Op::Begin));
    }
    ops
}

/// What every step needs at hand stays in L1, at its upper end, where the runtime begins to allocate.
const fn rotary_table() -> Range {
    const PER_CORE: u64 = 128 << 10;
    Range::on_each_core(BufferType::L1, L1.1 - L1_SMALL - PER_CORE, PER_CORE)
}

/// What few programs use: a buffer of each type that the rest of the script leaves out.
fn rare_types() -> [Range; 3] {
    let dram = |buffer_type, address, requested| Range {
        buffer_type,
        ..Range::dram(address, requested)
    };
    [
        dram(BufferType::Trace, 0x3800_0000, 3 << 20),
        dram(BufferType::SystemMemory, 0x100, 5 << 20),
        Range::on_each_core(BufferType::L1Small, L1.1 - L1_SMALL, 512),
    ]
}

/// What goes wrong in a program, and leaves the account as it should be.
fn wrongs(step: u64) -> [Op; 6] {
    let grown = Range::dram(0x3400_0000 + step * 0x10_0000, 64 << 10);
    let small = Range::dram(grown.address, 32 << 10);
    let never = Range::dram(0x3f00_0000 + step, 1 << 10);
    [
        Op::Fail(Range::dram(0, 1 << 40)),
        Op::Begin(small),
        Op::Replace(grown),
        Op::UnknownFree(never),
        Op::End(grown),
        Op::DoubleFree(grown),
    ]
}

/// One step: activations come and go on the same addresses, programs take turns.
pub(super) fn step(role: Role, step: u64) -> Vec<Op> {
    let hidden = Range::on_each_core(BufferType::L1, 0x10_0000, 48 << 10);
    let output = Range::on_each_core(BufferType::L1, 0x10_c000, 96 << 10);
    let logits = Range::dram(0x3000_0000, 512 << 10);
    let mut ops = if step == 0 {
        vec![Op::Mark("decode")]
    } else {
        Vec::new()
    };
    ops.extend([
        Op::Begin(hidden),
        Op::End(resident(step)),
        Op::Begin(resident(step + 1)),
        Op::Begin(output),
        Op::End(hidden),
        Op::Begin(logits),
        Op::End(output),
        Op::End(logits),
    ]);
    match role {
        Role::Embed if step < LEAKING_STEPS => {
            let forgotten = Range::dram(0x2000_0000, LEAK);
            let address = forgotten.address + step * forgotten.per_bank;
            ops.push(Op::Begin(Range {
                address,
                ..forgotten
            }));
        }
        Role::Everything => ops.extend(wrongs(step)),
        // Killed between an allocation and its free.
        Role::Batch => ops.truncate(ops.len() - 1),
        _ => {}
    }
    if role == Role::Batch && step > 0 {
        ops.insert(0, Op::End(logits));
    }
    ops
}

/// The circular buffers of the program that was dispatched last; two programs take turns.
fn resident(step: u64) -> Range {
    let per_core = if step.is_multiple_of(2) {
        160 << 10
    } else {
        96 << 10
    };
    Range::on_each_core(BufferType::Cb, L1_BASE, per_core)
}

/// How far circular buffers reach: one row of cores passes on what it reads, and needs more room than the
/// others.
pub(super) fn reach(circular: &Range) -> [CbStep; 2] {
    let end = |length| (circular.address + length) as u32;
    let readers = 8;
    [
        CbStep {
            end: end(circular.per_bank),
            cores: readers,
            x: 0,
            y: 0,
        },
        CbStep {
            end: end(circular.per_bank / 2),
            cores: L1.0 - readers,
            x: 0,
            y: 1,
        },
    ]
}
