//! A fixed table keyed by the address of a runtime object: looking up takes no lock, allocates
//! nothing and is bounded. What belongs to a key lies in the owner's own arrays, at its index.

use std::sync::atomic::{AtomicUsize, Ordering};

/// Never held a key: a search ends here.
const EMPTY: usize = 0;
/// Held a key once: a search goes on.
const REMOVED: usize = 1;

/// Up to `N` addresses (a power of two).
pub(crate) struct PointerTable<const N: usize> {
    keys: [AtomicUsize; N],
}

impl<const N: usize> PointerTable<N> {
    pub(crate) const fn new() -> Self {
        assert!(N.is_power_of_two());
        Self {
            keys: [const { AtomicUsize::new(EMPTY) }; N],
        }
    }

    fn start(key: usize) -> usize {
        // Objects from the heap are 16-aligned; the multiplication spreads the rest.
        ((key >> 4).wrapping_mul(0x9e37_79b9_7f4a_7c15_u64 as usize) >> 40) & (N - 1)
    }

    fn path(key: usize) -> impl Iterator<Item = usize> {
        (0..N).map(move |step| (Self::start(key) + step) & (N - 1))
    }

    /// Where `key` is, if it is there.
    #[inline]
    pub(crate) fn find(&self, key: usize) -> Option<usize> {
        for index in Self::path(key) {
            match self.keys[index].load(Ordering::Acquire) {
                EMPTY => return None,
                found if found == key => return Some(index),
                _ => {}
            }
        }
        None
    }

    /// A free place for `key`, to be filled and then published. The caller holds the gate that
    /// guards changes to this table.
    pub(crate) fn vacancy(&self, key: usize) -> Option<usize> {
        // Acquire: what belonged to the key before is done with.
        Self::path(key).find(|index| self.keys[*index].load(Ordering::Acquire) <= REMOVED)
    }

    /// Makes `key` visible at a place from [`Self::vacancy`].
    pub(crate) fn publish(&self, index: usize, key: usize) {
        self.keys[index].store(key, Ordering::Release);
    }

    /// Takes `key` out and says where it was; its place may be given away at once.
    pub(crate) fn remove(&self, key: usize) -> Option<usize> {
        let index = self.find(key)?;
        self.keys[index]
            .compare_exchange(key, REMOVED, Ordering::AcqRel, Ordering::Relaxed)
            .is_ok()
            .then_some(index)
    }

    /// Takes everything out. Only while no other thread uses the table.
    pub(crate) fn clear(&self) {
        for key in &self.keys {
            key.store(EMPTY, Ordering::Release);
        }
    }

    /// The places in use.
    pub(crate) fn indices(&self) -> impl Iterator<Item = usize> {
        (0..N).filter(|index| self.keys[*index].load(Ordering::Acquire) > REMOVED)
    }
}
