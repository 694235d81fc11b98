//! What a process says at its end of what it still holds, if `TTMEM_DUMP_AT_EXIT` asks for it.
//!
//! Everything is at hand from the beginning, and nothing is allocated or waited for: `_exit` may be
//! called in a signal handler.

use crate::attached::Attached;
use crate::dump_at_exit::DumpAtExit;
use crate::held::{Held, Holder, TEXT_BYTES, Telling, Until};
use crate::lock::{Lock, Locked};
use crate::notice::put;
use crate::pools::Pool;
use std::ffi::OsStr;
use std::io::{Cursor, Write};
use std::os::unix::ffi::OsStrExt;
use std::sync::atomic::Ordering;
use ttmem_layout::{BufferType, Process, loss};

/// A dump that was asked for.
pub(crate) struct Farewell {
    to: DumpAtExit,
    /// Permission bits of a file that has to be made.
    mode: u32,
    holder: Holder,
    /// Used once, by whoever ends the reporting.
    last: Lock<(Held, Box<[u8; TEXT_BYTES]>)>,
    /// What the last clearing of each pool ended.
    cleared: Lock<Held>,
}

impl Farewell {
    pub(crate) fn new(to: DumpAtExit, mode: u32, holder: Holder) -> Self {
        Self {
            to,
            mode,
            holder,
            last: Lock::new((Held::new(), Box::new([0; TEXT_BYTES]))),
            cleared: Lock::default(),
        }
    }

    /// Begins to note what a clearing of `pool` ends.
    pub(crate) fn note_clearing(&self, pool: Pool) -> Clearing<'_> {
        Clearing {
            held: self.cleared.lock(),
            pool,
            begun: false,
        }
    }

    /// A device was opened anew: what its last closing ended is of the past.
    pub(crate) fn forget_clearing(&self, pool: Pool) {
        self.cleared.lock().forget(pool.index());
    }

    /// Gives the dump. Changes `errno`.
    pub(crate) fn give(&self, attached: &Attached) {
        let Some(mut last) = self.last.try_lock() else {
            return;
        };
        let (held, place) = &mut *last;
        for slot in 0..attached.live.len() {
            if let Some(entry) = attached.live.copy_at(slot)
                && let Some(buffer_type) = BufferType::from_number(entry.buffer_type)
            {
                let chips = attached.pools.chips(Pool::from_index(entry.pool));
                held.take(entry.pool, chips, buffer_type, entry.occupied());
            }
        }
        let losses: [u64; loss::NAMES.len()] = std::array::from_fn(|index| {
            attached.process[Process::LOSSES + index].load(Ordering::Relaxed)
        });
        let mut telling = Telling::new(&self.holder, place);
        telling.tell(held, Until::End, &losses);
        // Another thread may be clearing a pool at this very moment, for as long as it likes.
        if let Some(mut cleared) = self.cleared.try_lock()
            && !cleared.is_empty()
        {
            telling.tell(&mut cleared, Until::Closing, &[]);
        }
        self.write(telling.finish());
    }

    fn write(&self, text: &[u8]) {
        let Err(reason) = self.to.give(text, self.mode) else {
            return;
        };
        if let DumpAtExit::File(path) = &self.to {
            let path = OsStr::from_bytes(path.as_bytes()).display();
            let mut line = Cursor::new([0; 1400]);
            // What is longer than the place is cut.
            let _ = writeln!(
                line,
                "ttmem: cannot write {path}: {reason}; what is held follows"
            );
            let length = line.position() as usize;
            let _ = put(libc::STDERR_FILENO, &line.get_ref()[..length]);
            let _ = put(libc::STDERR_FILENO, text);
        }
    }
}

/// A note of what a clearing ends.
pub(crate) struct Clearing<'a> {
    held: Locked<'a, Held>,
    pool: Pool,
    begun: bool,
}

impl Clearing<'_> {
    /// Takes in one more allocation. Circular buffers and kernels are of programs that stay cached until
    /// their device is closed, as they should.
    pub(crate) fn take(&mut self, attached: &Attached, buffer_type: BufferType, size: u64) {
        if matches!(buffer_type, BufferType::Cb | BufferType::Kernel) {
            return;
        }
        if !self.begun {
            // A closing that ends nothing says nothing: an allocator is cleared again when it goes.
            self.held.forget(self.pool.index());
            self.begun = true;
        }
        let chips = attached.pools.chips(self.pool);
        self.held.take(self.pool.index(), chips, buffer_type, size);
    }
}
