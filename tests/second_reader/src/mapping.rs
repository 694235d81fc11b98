//! A segment attached as POSIX shared memory: the only unsafe code here.

use crate::refusal::Refusal;
use shared_memory::{Shmem, ShmemConf};
use std::sync::atomic::{AtomicU64, Ordering};

/// Bytes of a word.
const WORD: usize = 8;

/// A mapping of somebody else's segment.
///
/// The crate maps for reading and writing and knows no other way; nothing is ever written here. A
/// producer never shortens its file, so what was mapped stays readable.
pub(crate) struct Mapping {
    // Opened, never created: only an owner's drop would unlink it.
    shmem: Shmem,
}

impl Mapping {
    /// Attaches the shared memory called `name`, without a leading slash.
    pub(crate) fn open(name: &str) -> Result<Self, Refusal> {
        let shmem = ShmemConf::new()
            .os_id(format!("/{name}"))
            .open()
            .map_err(|error| Refusal::Attach {
                name: name.to_owned(),
                error,
            })?;
        Ok(Self { shmem })
    }

    /// Its length in bytes.
    pub(crate) fn len(&self) -> usize {
        self.shmem.len()
    }

    /// Copies the words from byte `offset` on, each with one load; false if they are not all inside.
    pub(crate) fn copy(&self, offset: usize, words: &mut [u64]) -> bool {
        let inside = (words.len().checked_mul(WORD))
            .and_then(|length| length.checked_add(offset))
            .is_some_and(|end| end <= self.len());
        if !inside || !offset.is_multiple_of(WORD) {
            return false;
        }
        let base = self.shmem.as_ptr().wrapping_add(offset);
        for (index, word) in words.iter_mut().enumerate() {
            let place = base.wrapping_add(index * WORD).cast::<u64>();
            // SAFETY: `place` is inside the mapping (checked above), which lives as long as `self`; it
            // is aligned, as the mapping starts on a page and `offset` is whole words. Nobody in this
            // process writes there; the producer does so by stores of whole words.
            *word = unsafe { AtomicU64::from_ptr(place) }.load(Ordering::Relaxed);
        }
        true
    }
}
