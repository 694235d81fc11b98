//! What sort of memory an allocation lies in.

/// Number of buffer types; also the number of per-type counter lines in a [`crate::Group`].
pub const TYPES: usize = 7;

/// The sort of memory an allocation lies in. The first five carry the runtime's own numbers
/// (`tt_metal::BufferType`); circular buffers and kernels are typed memory of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum BufferType {
    /// Device DRAM, interleaved over or sharded on its banks.
    Dram = 0,
    /// Per-core SRAM.
    L1 = 1,
    /// Host memory that the device reads.
    SystemMemory = 2,
    /// The part of L1 set aside for small buffers.
    L1Small = 3,
    /// The part of DRAM set aside for captured traces.
    Trace = 4,
    /// Circular buffers (and dataflow buffers, scratchpads) resident in L1.
    Cb = 5,
    /// Kernel binaries.
    Kernel = 6,
}

/// The physical memory behind a [`BufferType`]. Figures of different memories are never added up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Memory {
    /// Device DRAM.
    Dram,
    /// Per-core SRAM.
    L1,
    /// The host's.
    Host,
}

impl BufferType {
    /// Every type, in the order of their numbers.
    pub const ALL: [Self; TYPES] = [
        Self::Dram,
        Self::L1,
        Self::SystemMemory,
        Self::L1Small,
        Self::Trace,
        Self::Cb,
        Self::Kernel,
    ];

    /// The type with this number, if there is one.
    #[inline]
    pub const fn from_number(number: u8) -> Option<Self> {
        if (number as usize) < TYPES {
            Some(Self::ALL[number as usize])
        } else {
            None
        }
    }

    /// The name in every output: the runtime's own.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Dram => "DRAM",
            Self::L1 => "L1",
            Self::SystemMemory => "SYSTEM_MEMORY",
            Self::L1Small => "L1_SMALL",
            Self::Trace => "TRACE",
            Self::Cb => "CB",
            Self::Kernel => "KERNEL",
        }
    }

    /// The memory it lies in. Kernels count as L1: that is where they run from.
    #[inline]
    pub const fn memory(self) -> Memory {
        match self {
            Self::Dram | Self::Trace => Memory::Dram,
            Self::L1 | Self::L1Small | Self::Cb | Self::Kernel => Memory::L1,
            Self::SystemMemory => Memory::Host,
        }
    }
}
