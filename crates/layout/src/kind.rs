//! What happened: the one table of record kinds.

/// Makes the enum, its numbers and its names from one table.
macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident = $number:literal, $name:literal;)*) => {
        /// What a record tells.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Kind { $($(#[$doc])* $variant = $number,)* }

        impl Kind {
            /// Every kind, in the order of their numbers.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The kind with this number, if this version knows it.
            pub const fn from_number(number: u8) -> Option<Self> {
                match number { $($number => Some(Self::$variant),)* _ => None }
            }

            /// The name in every output.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }
    };
}

kinds! {
    /// A buffer came to life, or gained a reference.
    Alloc = 1, "alloc";
    /// A buffer ended, or lost a reference, or was not there.
    Free = 2, "free";
    /// Circular buffers became resident.
    CbAlloc = 3, "cb_alloc";
    /// Circular buffers are no longer resident.
    CbFree = 4, "cb_free";
    /// A kernel binary was loaded.
    KernelLoad = 5, "kernel_load";
    /// A kernel binary was unloaded.
    KernelUnload = 6, "kernel_unload";
    /// The runtime could not satisfy a request.
    AllocFailed = 7, "alloc_failed";
    /// A named phase begins.
    Mark = 8, "mark";
    /// A device's identity and capacity became known.
    Device = 9, "device";
}

impl Kind {
    /// Whether a record of this kind brings an allocation to life.
    pub const fn is_alloc(self) -> bool {
        matches!(self, Self::Alloc | Self::CbAlloc | Self::KernelLoad)
    }

    /// Whether a record of this kind ends an allocation.
    pub const fn is_free(self) -> bool {
        matches!(self, Self::Free | Self::CbFree | Self::KernelUnload)
    }
}

/// Bits of [`crate::Record::flags`].
pub mod flags {
    /// The allocation was live: it gained (`alloc`) or lost (`free`) a reference and lives on.
    pub const REFERENCE: u8 = 1 << 0;
    /// This free was not reported: the address was allocated again with another size while live.
    pub const REPLACED: u8 = 1 << 1;
    /// Freed what was not live and, as far as history reaches, never had been.
    pub const UNKNOWN_FREE: u8 = 1 << 2;
    /// Freed what had been freed before.
    pub const DOUBLE_FREE: u8 = 1 << 3;
    /// The live table had no slot for the allocation: it is in no total. On a free: nothing was
    /// found, and the allocation may have been one that overflowed.
    pub const LIVE_OVERFLOW: u8 = 1 << 4;
    /// Freed with its whole pool (the allocator was emptied), not singly.
    pub const POOL_CLEARED: u8 = 1 << 5;

    /// Flags of a free that ended nothing.
    pub const NO_EFFECT: u8 = REFERENCE | UNKNOWN_FREE | DOUBLE_FREE | LIVE_OVERFLOW;
}
