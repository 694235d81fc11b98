//! What is known to be no leak.

use crate::view::Held;
use std::borrow::Cow;
use std::collections::HashMap;
use ttmem_layout::BufferType;

/// Circular buffers and kernels of the program that ran last stay in L1 until another one runs. So many
/// bytes of either in each core of a chip are usual.
pub(crate) const USUAL_OF_A_PROGRAM: u64 = 64 << 10;
/// The runtime keeps some buffers of its own in DRAM. A process that has less than this on a chip has
/// nothing else there.
pub(crate) const USUAL_SYSTEM_BUFFERS: u64 = 1 << 20;

/// Why something is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Harmless {
    /// There was as much of it at the mark or in the baseline.
    NotMore,
    /// Few circular buffers.
    CircularBuffers,
    /// Few kernels.
    Kernels,
    /// Little DRAM.
    SystemBuffers,
    /// By this line of the suppression file.
    Suppressed(usize),
}

impl Harmless {
    /// Whether it is what the program that ran last left in L1, whatever there was of it before.
    pub(crate) const fn is_of_a_program(self) -> bool {
        matches!(self, Self::CircularBuffers | Self::Kernels)
    }

    /// The reason, in words.
    pub(crate) fn words(self) -> Cow<'static, str> {
        match self {
            Self::NotMore => "no more than before".into(),
            Self::CircularBuffers => "few circular buffers".into(),
            Self::Kernels => "few kernels".into(),
            Self::SystemBuffers => "little DRAM, as the runtime's own".into(),
            Self::Suppressed(line) => format!("suppressed by line {line}").into(),
        }
    }
}

/// How much of the usual each process has on each chip.
#[derive(Debug, Default)]
pub(crate) struct Usual<'a> {
    sums: HashMap<(&'a str, u32, BufferType), u64>,
}

impl<'a> Usual<'a> {
    /// Adds up everything a host holds.
    pub(crate) fn of(buffers: &'a [Held]) -> Self {
        let mut usual = Self::default();
        for held in buffers {
            let Some((bytes, _)) = measure(held) else {
                continue;
            };
            for chip in held.chips.iter() {
                let of = (&*held.segment, chip, held.buffer.buffer_type);
                let sum = usual.sums.entry(of).or_default();
                *sum = sum.saturating_add(bytes);
            }
        }
        usual
    }

    /// Whether there is no more of its sort than usual, on none of its chips.
    pub(crate) fn covers(&self, held: &Held) -> Option<Harmless> {
        let (_, usual) = measure(held)?;
        let few = |chip| {
            let of = (&*held.segment, chip, held.buffer.buffer_type);
            self.sums.get(&of).is_none_or(|sum| *sum <= usual)
        };
        held.chips
            .iter()
            .all(few)
            .then_some(match held.buffer.buffer_type {
                BufferType::Cb => Harmless::CircularBuffers,
                BufferType::Kernel => Harmless::Kernels,
                _ => Harmless::SystemBuffers,
            })
    }
}

/// What of it counts on a chip, and how much of that is usual; nothing where nothing is.
const fn measure(held: &Held) -> Option<(u64, u64)> {
    match held.buffer.buffer_type {
        // They lie at the same place in every core, so the cores do not add up.
        BufferType::Cb | BufferType::Kernel => Some((held.buffer.per_bank, USUAL_OF_A_PROGRAM)),
        BufferType::Dram => Some((held.buffer.occupied, USUAL_SYSTEM_BUFFERS - 1)),
        _ => None,
    }
}
