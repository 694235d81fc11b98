//! One event; and one entry of the live table, which is the record of its allocation.

use crate::{BufferType, Kind};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// Largest value of [`Record::requested`] and [`Record::per_bank`]: 2^40 - 1 bytes (1 TiB). On at
/// most 2^16 - 1 banks an allocation stays below 2^56, and 127 of the largest fit a signed counter.
pub const MAX_BYTES: u64 = (1 << 40) - 1;

/// One 64-byte event.
///
/// ```text
///      0       1       2       3       4       5       6       7
///   0 |                           sequence                            |  written last
///   8 |                             ticks                             |
///  16 |                            address                            |
///  24 |                           requested                           |
///  32 |                           per_bank                            |
///  40 |            thread             |             text              |
///  48 |                              id                               |
///  56 | kind  | type  | flags | refs  |     pool      |     banks     |
/// ```
///
/// `spec/ring.md` has the table of what each field means for each kind.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C, align(64))]
pub struct Record {
    /// Number of the record in its segment; 0 is no record. Rises within a thread.
    pub sequence: u64,
    /// When, in ticks of the segment's clock.
    pub ticks: u64,
    /// Device address; 0 is a valid one.
    pub address: u64,
    /// Bytes asked for, per chip.
    pub requested: u64,
    /// Bytes occupied on each bank (each core, for circular buffers and kernels), aligned.
    pub per_bank: u64,
    /// Kernel thread id of the reporting thread, in the producer's PID namespace.
    pub thread: u32,
    /// Interned text (mark name, failure message); 0 is none.
    pub text: u32,
    /// Allocations: the runtime's id of the buffer, 0 if it has none. Frees: the sequence of the
    /// allocation that ends, 0 if none is known.
    pub id: u64,
    /// A [`Kind`].
    pub kind: u8,
    /// A [`BufferType`].
    pub buffer_type: u8,
    /// Bits of [`crate::flags`].
    pub flags: u8,
    /// Reference count after the event, 255 meaning 255 or more.
    pub refs: u8,
    /// Index in the pool table.
    pub pool: u16,
    /// Banks (cores) the bytes lie on.
    pub banks: u16,
}

impl Record {
    /// Words of a record, for those who copy it word by word.
    pub const WORDS: usize = 8;

    /// Bytes occupied on one chip: aligned, over all banks.
    #[inline]
    pub const fn occupied(&self) -> u64 {
        self.per_bank.saturating_mul(self.banks as u64)
    }

    /// The kind, if this version knows it.
    pub const fn kind(&self) -> Option<Kind> {
        Kind::from_number(self.kind)
    }

    /// The buffer type, if this version knows it.
    pub const fn buffer_type(&self) -> Option<BufferType> {
        BufferType::from_number(self.buffer_type)
    }

    /// As the eight words in which it is stored.
    #[inline]
    pub fn words(self) -> [u64; Self::WORDS] {
        zerocopy::transmute!(self)
    }

    /// From the eight words in which it is stored.
    #[inline]
    pub fn from_words(words: [u64; Self::WORDS]) -> Self {
        zerocopy::transmute!(words)
    }
}

const _: () = {
    use core::mem::{offset_of, size_of};
    assert!(size_of::<Record>() == 64);
    assert!(offset_of!(Record, sequence) == 0);
    assert!(offset_of!(Record, ticks) == 8);
    assert!(offset_of!(Record, address) == 16);
    assert!(offset_of!(Record, requested) == 24);
    assert!(offset_of!(Record, per_bank) == 32);
    assert!(offset_of!(Record, thread) == 40);
    assert!(offset_of!(Record, text) == 44);
    assert!(offset_of!(Record, id) == 48);
    assert!(offset_of!(Record, kind) == 56);
    assert!(offset_of!(Record, buffer_type) == 57);
    assert!(offset_of!(Record, flags) == 58);
    assert!(offset_of!(Record, refs) == 59);
    assert!(offset_of!(Record, pool) == 60);
    assert!(offset_of!(Record, banks) == 62);
};
