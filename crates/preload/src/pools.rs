//! The runtime's allocators and the pools they are reported as.

use crate::errno::KeptErrno;
use crate::gate::Gate;
use crate::pointer_table::PointerTable;
use crate::runtime::device::Sort;
use crate::runtime::{Allocator, Buffer, Device, allocator, buffer, device, mesh};
use crate::session;
use std::sync::atomic::{AtomicU16, AtomicU32, AtomicUsize, Ordering};

use ttmem_producer::{BufferType, ChipSet, Pool, PoolKind, register_pool, retire_pool};

/// Buffer types with a number of their own in the runtime.
const TYPES: usize = 5;
/// Allocators that can exist at once; more than a segment has pools.
const SLOTS: usize = 1024;

/// What is known of one allocator. Written before its key is published.
struct Slot {
    owner: AtomicUsize,
    pool: AtomicU16,
    /// What it rounds sizes up to, a power of two, less one.
    rounding: AtomicU32,
    banks: [AtomicU16; TYPES],
}

static KEYS: PointerTable<SLOTS> = PointerTable::new();
static ALLOCATORS: [Slot; SLOTS] = [const {
    Slot {
        owner: AtomicUsize::new(0),
        pool: AtomicU16::new(0),
        rounding: AtomicU32::new(0),
        banks: [const { AtomicU16::new(0) }; TYPES],
    }
}; SLOTS];
static CHANGING: Gate = Gate::new();

/// A registered allocator.
#[derive(Clone, Copy)]
pub(crate) struct Registered {
    slot: &'static Slot,
}

impl Registered {
    /// Its pool.
    #[inline]
    pub(crate) fn pool(self) -> Pool {
        Pool::from_index(self.slot.pool.load(Ordering::Relaxed))
    }

    /// Its banks of one type.
    #[inline]
    pub(crate) fn banks(self, buffer_type: BufferType) -> u16 {
        self.slot
            .banks
            .get(buffer_type as usize)
            .map_or(0, |banks| banks.load(Ordering::Relaxed))
    }

    /// Bytes of a bank that the allocator sets aside for a buffer that needs so many.
    #[inline]
    pub(crate) fn taken(self, per_bank: u64) -> u64 {
        let rounding = u64::from(self.slot.rounding.load(Ordering::Relaxed));
        per_bank.saturating_add(rounding) & !rounding
    }
}

/// The pool of an allocator that has been seen.
#[inline]
pub(crate) fn find(allocator: *const Allocator) -> Option<Registered> {
    let slot = ALLOCATORS.get(KEYS.find(allocator.addr())?)?;
    Some(Registered { slot })
}

/// The pool of the allocator that just allocated `buffer`; registers it on first sight.
///
/// # Safety
/// Both are alive.
#[inline]
pub(crate) unsafe fn of_buffer(
    allocator: *const Allocator,
    buffer: *const Buffer,
) -> Option<Registered> {
    // SAFETY: promised by the caller.
    find(allocator).or_else(|| unsafe { register(allocator, buffer::device(buffer)?) })
}

/// Registers the allocator of a device. `None` when its chips are not known or the table is full.
///
/// # Safety
/// Both are alive, and the device is initialised.
#[cold]
pub(crate) unsafe fn register(
    allocator: *const Allocator,
    owner: *const Device,
) -> Option<Registered> {
    let _errno = KeptErrno::new();
    // SAFETY: promised by the caller.
    let identity = unsafe { identify(owner)? };
    let _held = CHANGING.enter(session::owner())?;
    if let Some(known) = find(allocator) {
        return Some(known);
    }
    let index = KEYS.vacancy(allocator.addr())?;
    let slot = ALLOCATORS.get(index)?;
    let pool = register_pool(
        identity.kind,
        identity.chips,
        identity.number,
        identity.parent,
    )?;
    for buffer_type in allocator::TYPES {
        // SAFETY: promised by the caller.
        let banks = unsafe { allocator::banks(allocator, buffer_type) };
        slot.banks[buffer_type as usize]
            .store(u16::try_from(banks).unwrap_or(u16::MAX), Ordering::Relaxed);
    }
    // SAFETY: promised by the caller.
    let alignment = unsafe { allocator::alignment(allocator) };
    let rounding = if alignment.is_power_of_two() {
        alignment - 1
    } else {
        0
    };
    slot.rounding.store(rounding, Ordering::Relaxed);
    slot.owner.store(owner.addr(), Ordering::Relaxed);
    slot.pool.store(pool.index(), Ordering::Relaxed);
    KEYS.publish(index, allocator.addr());
    Some(Registered { slot })
}

struct Identity {
    kind: PoolKind,
    chips: ChipSet,
    number: u32,
    parent: Option<Pool>,
}

/// Who owns an allocator.
unsafe fn identify(owner: *const Device) -> Option<Identity> {
    // SAFETY: promised by the caller of `register`: a live, initialised device.
    unsafe {
        match device::sort(owner)? {
            Sort::Chip => {
                let number = device::chip_number(owner)?;
                let chips = ChipSet::of(number)?;
                Some(Identity {
                    kind: PoolKind::Chip,
                    chips,
                    number,
                    parent: None,
                })
            }
            Sort::Mesh => {
                let chips = mesh::chips(owner);
                let number = mesh::number(owner);
                let parent = mesh::parent(owner);
                let pool = parent.and_then(pool_of_mesh);
                // One chip opened by its number is a mesh of one whose parent covers the same chip
                // and was never set up to allocate: to its user it is no part of anything.
                let carved = parent.is_some_and(|parent| mesh::chips(parent) != chips);
                let kind = if pool.is_some() || carved {
                    PoolKind::Submesh
                } else {
                    PoolKind::Mesh
                };
                (!chips.is_empty()).then_some(Identity {
                    kind,
                    chips,
                    number,
                    parent: pool,
                })
            }
        }
    }
}

/// The pool of a mesh, if anything was allocated on it. (Asking a mesh for its allocator would
/// throw where it has none.)
fn pool_of_mesh(owner: *const Device) -> Option<Pool> {
    KEYS.indices()
        .filter_map(|index| ALLOCATORS.get(index))
        .find(|slot| slot.owner.load(Ordering::Relaxed) == owner.addr())
        .map(|slot| Registered { slot }.pool())
}

/// The allocator is about to go: what is left in its pool is freed.
pub(crate) fn retire(allocator: *const Allocator) {
    let Some(registered) = find(allocator) else {
        return;
    };
    let _errno = KeptErrno::new();
    let pool = registered.pool();
    if KEYS.remove(allocator.addr()).is_some() {
        let _ = retire_pool(pool);
    }
}

/// Drops what a forked child inherited: its pools are the parent's.
pub(crate) fn forget_all() {
    KEYS.clear();
}
