//! The segment this process reports into, as the event path sees it.

use crate::counters::Counters;
use crate::farewell::Farewell;
use crate::live_table::{LiveTable, Slots};
use crate::peaks::Windows;
use crate::pools::{PoolTable, Pools};
use crate::ring::Ring;
use crate::texts::TextTable;
use std::sync::atomic::{AtomicPtr, AtomicU64, Ordering};
use ttmem_layout::Process;
use ttmem_region::{Clock, Region};

/// Everything an event needs. One is made per attach and never freed: a thread may be inside an
/// event when another detaches.
pub(crate) struct Attached {
    pub(crate) clock: Clock,
    pub(crate) ring: Ring,
    pub(crate) live: LiveTable,
    pub(crate) counters: Counters,
    pub(crate) pools: PoolTable,
    pub(crate) texts: TextTable,
    pub(crate) process: &'static [AtomicU64],
    pub(crate) devices: &'static [AtomicU64],
    pub(crate) gauges: &'static [AtomicU64],
    pub(crate) region: std::sync::Mutex<Option<Region>>,
    pub(crate) peaks: Windows,
    pub(crate) path: std::path::PathBuf,
    /// The same as a text for C.
    pub(crate) path_for_c: std::ffi::CString,
    pub(crate) keep: bool,
    /// What was attached before; never looked at.
    pub(crate) older: AtomicPtr<Attached>,
    /// The dump that was asked for.
    pub(crate) farewell: Option<Farewell>,
}

/// What an event that touches only the nearest of everything needs: each thread has it beside its
/// place in the ring.
#[derive(Clone, Copy)]
pub(crate) struct Near {
    pub(crate) slots: Slots,
    pub(crate) pools: &'static Pools,
    pub(crate) clock: Clock,
}

impl Attached {
    /// Where everything is.
    pub(crate) const fn near(&self) -> Near {
        Near {
            slots: self.live.slots,
            pools: self.pools.pools,
            clock: self.clock,
        }
    }

    /// Adds to a loss counter; rare, so a shared line is fine.
    #[cold]
    pub(crate) fn lose(&self, index: usize, amount: u64) {
        self.process[Process::LOSSES + index].fetch_add(amount, Ordering::Relaxed);
    }

    /// Whether anything was counted under a loss.
    pub(crate) fn lost(&self, index: usize) -> bool {
        self.process[Process::LOSSES + index].load(Ordering::Relaxed) != 0
    }

    /// Adds to an anomaly counter.
    #[cold]
    pub(crate) fn note_anomaly(&self, index: usize) {
        self.process[Process::ANOMALIES + index].fetch_add(1, Ordering::Relaxed);
    }
}

impl Attached {
    /// Keeps it for ever. The page that names the current one is none where leak checkers look, so that
    /// all are named from here too.
    pub(crate) fn keep_for_ever(mut self) -> &'static Self {
        static YOUNGEST: AtomicPtr<Attached> = AtomicPtr::new(std::ptr::null_mut());
        self.older = AtomicPtr::new(YOUNGEST.load(Ordering::Relaxed));
        let kept = Box::leak(Box::new(self));
        // One thread attaches at a time.
        YOUNGEST.store(kept, Ordering::Relaxed);
        kept
    }
}

/// Stands in for the fork page until the first attach.
static NEVER_ATTACHED: [AtomicU64; 2] = [const { AtomicU64::new(0) }; 2];

/// Points to the word that holds the address of the current [`Attached`]: the first of a page that
/// every forked child finds empty.
static CURRENT: AtomicPtr<AtomicU64> = AtomicPtr::new((&raw const NEVER_ATTACHED[0]).cast_mut());

/// Makes `word` the place where the current [`Attached`] is looked up. Done once per process image.
pub(crate) fn set_current_word(word: &'static AtomicU64) {
    CURRENT.store(std::ptr::from_ref(word).cast_mut(), Ordering::Release);
}

/// Makes `attached` current, or none.
pub(crate) fn set_current(attached: Option<&'static Attached>) {
    let address = attached.map_or(0, |attached| {
        std::ptr::from_ref(attached).expose_provenance()
    });
    current_word().store(address as u64, Ordering::Release);
}

/// Makes none current, and says which one was: to one of several threads that ask at once.
pub(crate) fn take_current() -> Option<&'static Attached> {
    at_address(current_word().swap(0, Ordering::AcqRel))
}

/// The word that says which segment is current.
#[inline(always)]
pub(crate) fn current_word() -> &'static AtomicU64 {
    // SAFETY: `CURRENT` only ever points to a static or to a page that is never given back.
    unsafe { &*CURRENT.load(Ordering::Acquire) }
}

/// The current segment, if this process is attached. Two loads and a branch; in a forked child the
/// second load reads 0.
#[inline(always)]
pub(crate) fn current() -> Option<&'static Attached> {
    said_by(current_word())
}

/// The segment that the word names; none if it is 0.
#[inline(always)]
pub(crate) fn said_by(word: &'static AtomicU64) -> Option<&'static Attached> {
    at_address(word.load(Ordering::Acquire))
}

#[inline(always)]
fn at_address(address: u64) -> Option<&'static Attached> {
    if address == 0 {
        return None;
    }
    // SAFETY: the address is of the current word (see the callers); a non-zero one was stored by
    // `set_current` in this process (a child's page is empty) from a reference that lives for ever.
    Some(unsafe { &*std::ptr::with_exposed_provenance::<Attached>(address as usize) })
}

/// Whether this process reports. False in a forked child until it attaches itself.
#[inline]
pub fn attached() -> bool {
    current().is_some()
}

/// Does a thread's one-time work (its id, a chunk of the ring) now rather than in its first event.
pub fn attach_thread() {
    if let Some(attached) = current() {
        attached.ring.enter_thread(attached);
    }
}
