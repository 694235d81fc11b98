//! The live table: where an allocation is looked up, and the control word that decides whether it
//! is there.

/// Slots of a bucket: the control words of one cache line.
pub const BUCKET_SLOTS: usize = 8;

/// Slots behind the buckets, for the few allocations whose two buckets are both full: a power of two.
pub const fn stash_slots(live_slots: u64) -> u64 {
    let share = live_slots / 32;
    if share < 64 { 64 } else { share }
}

/// A key in the stash lies in one of so many neighbouring buckets of it.
pub const STASH_WINDOW: usize = 8;

/// What a slot of the live table is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum SlotState {
    /// Free. The entry still shows the allocation that ended last, which tells a double free.
    Empty = 0,
    /// An allocation is being entered.
    Inserting = 1,
    /// The entry is an allocation that exists.
    Live = 2,
    /// The allocation is being ended.
    Removing = 3,
}

/// The control word of one slot: the only word through which a slot changes hands.
///
/// ```text
/// bit 63                            32 31          18 17            2 1     0
///    |            version             |     tag      |     refs      | state |
/// ```
///
/// `version` rises with each insertion, so a reader that sees the same word before and after it
/// copied the entry has copied one allocation whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Control(pub u64);

impl Control {
    const REFS_SHIFT: u32 = 2;
    const TAG_SHIFT: u32 = 18;
    const VERSION_SHIFT: u32 = 32;
    /// Largest reference count that is counted.
    pub const MAX_REFS: u64 = 0xffff;
    /// Bits of a tag.
    pub const TAG_MASK: u64 = 0x3fff;
    /// One reference, as added to the word.
    pub const ONE_REF: u64 = 1 << Self::REFS_SHIFT;
    /// The bits of tag and state.
    pub const TAG_AND_STATE: u64 = Self::TAG_MASK << Self::TAG_SHIFT | 3;

    /// What [`Self::TAG_AND_STATE`] of a live slot with this tag is.
    #[inline]
    pub const fn live_pattern(tag: u64) -> u64 {
        tag << Self::TAG_SHIFT | SlotState::Live as u64
    }

    /// What [`Self::TAG_AND_STATE`] of an empty slot that last held this tag is.
    #[inline]
    pub const fn empty_pattern(tag: u64) -> u64 {
        tag << Self::TAG_SHIFT | SlotState::Empty as u64
    }

    /// The state.
    #[inline]
    pub const fn state(self) -> SlotState {
        match self.0 & 3 {
            0 => SlotState::Empty,
            1 => SlotState::Inserting,
            2 => SlotState::Live,
            _ => SlotState::Removing,
        }
    }

    /// References to the allocation; 0 in an empty slot.
    #[inline]
    pub const fn refs(self) -> u64 {
        self.0 >> Self::REFS_SHIFT & Self::MAX_REFS
    }

    /// Part of the key's hash.
    #[inline]
    pub const fn tag(self) -> u64 {
        self.0 >> Self::TAG_SHIFT & Self::TAG_MASK
    }

    /// Insertions so far, modulo 2^32; after 2^32 - 1 comes 1.
    #[inline]
    pub const fn version(self) -> u64 {
        self.0 >> Self::VERSION_SHIFT
    }

    /// This slot claimed for a new allocation: one reference, next version.
    #[inline]
    pub const fn inserting(self, tag: u64) -> Self {
        let version = self.version().wrapping_add(1) & 0xffff_ffff;
        // 0 is for slots that were never used.
        let version = version + (version == 0) as u64;
        Self(
            version << Self::VERSION_SHIFT
                | tag << Self::TAG_SHIFT
                | 1 << Self::REFS_SHIFT
                | SlotState::Inserting as u64,
        )
    }

    /// The same word in another state.
    #[inline]
    pub const fn with_state(self, state: SlotState) -> Self {
        Self(self.0 & !3 | state as u64)
    }

    /// The word of the slot after its allocation ended: version and tag stay.
    #[inline]
    pub const fn emptied(self) -> Self {
        Self(self.0 & !(Self::MAX_REFS << Self::REFS_SHIFT | 3))
    }
}

/// Hash of an allocation's key. Multiplication by an odd constant spreads the low bits upwards, the
/// fold brings the well-mixed high half back down.
#[inline]
pub const fn hash(pool: u16, buffer_type: u8, address: u64) -> u64 {
    let key = address ^ (pool as u64) << 48 ^ (buffer_type as u64) << 45;
    let wide = (key ^ 0x9e37_79b9_7f4a_7c15) as u128 * 0xd6e8_feb8_6659_fd93_u64 as u128;
    (wide >> 64) as u64 ^ wide as u64
}

/// The two buckets a key may lie in, of a table with `mask + 1` buckets (a power of two).
#[inline]
pub const fn buckets(hash: u64, mask: u64) -> (u64, u64) {
    let first = hash & mask;
    // The low bit of the offset is set, so the two differ in any table of two buckets or more.
    (first, first ^ (hash >> 24 & mask | 1) & mask)
}

/// Which slot of its first bucket is a key's own: bits that neither bucket nor tag are made of.
#[inline]
pub const fn own_slot(hash: u64) -> usize {
    (hash >> 47) as usize % BUCKET_SLOTS
}

/// The first of the [`STASH_WINDOW`] buckets of the stash, of `mask + 1` (a power of two), in which a
/// key may lie; the last bucket's neighbour is the first.
#[inline]
pub const fn stash_bucket(hash: u64, mask: u64) -> u64 {
    hash >> 32 & mask
}

/// The tag of a key: bits that choose neither bucket of a table of up to 2^24 buckets.
#[inline]
pub const fn tag_of(hash: u64) -> u64 {
    hash >> 50
}

const _: () = assert!(tag_of(u64::MAX) == Control::TAG_MASK);
