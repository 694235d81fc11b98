//! The old debug log: one line per event, written out at once so that a crash loses none.
#![allow(unsafe_code)]

use super::comparison::{Comparison, Ours, compare};
use super::rows;
use crate::measure::per_event;
use crate::results::Results;
use crate::workload::{self, BANKS, PER_BANK};
use anyhow::{Context, Result};
use std::cell::RefCell;
use std::ffi::{c_int, c_void};
use std::fmt::Write as _;
use std::fs::{File, OpenOptions};
use std::hint::black_box;
use std::io::Write as _;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

/// Frames of a stack that are logged.
const DEPTH: usize = 20;

/// A log in a file.
pub(super) struct DebugLog {
    file: File,
    line: RefCell<String>,
}

impl DebugLog {
    pub(super) fn new(directory: &Path) -> Result<Self> {
        let path = directory.join("debug.log");
        let file = OpenOptions::new().append(true).create(true).open(&path);
        Ok(Self {
            file: file.with_context(|| format!("cannot open {}", path.display()))?,
            line: RefCell::default(),
        })
    }

    /// One batch without stacks.
    #[inline(never)]
    fn batch(&self) {
        workload::batch(
            0,
            |at| self.log("alloc", at, &[]),
            |at| self.log("free", at, &[]),
        );
    }

    /// One batch with them, from deep enough that there are as many frames as are logged.
    #[inline(never)]
    fn batch_with_stacks(&self) {
        deep(DEPTH, &|| {
            let log = |what, address| {
                let mut frames = [std::ptr::null_mut(); DEPTH];
                self.log(what, address, stack(&mut frames));
            };
            workload::batch(
                0,
                |address| log("alloc", address),
                |address| log("free", address),
            );
        });
    }

    /// Nanoseconds a line takes, over a batch of them. The file is empty again afterwards.
    fn per_line(&self, batch: impl FnOnce(&Self)) -> Result<f64> {
        let time = per_event(|| batch(self));
        self.file.set_len(0).context("cannot shorten the log")?;
        Ok(time)
    }

    fn log(&self, what: &str, address: u64, stack: &[*mut c_void]) {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let now = now.unwrap_or_default();
        let size = black_box(PER_BANK) * u64::from(BANKS);
        let mut line = self.line.borrow_mut();
        line.clear();
        let _ = write!(
            line,
            "[{}.{:09}] [debug] buffer {what}: device=0 type=DRAM address={address:#x} size={size} banks={BANKS}",
            now.as_secs(),
            now.subsec_nanos(),
        );
        for frame in stack {
            let _ = write!(line, " {frame:p}");
        }
        line.push('\n');
        let _ = (&self.file).write_all(line.as_bytes());
    }
}

impl Comparison for DebugLog {
    fn round(&mut self, ours: &Ours, results: &mut Results) -> Result<()> {
        let event = || per_event(|| ours.chip.batch());
        let line = || self.per_line(Self::batch);
        compare(rows::LOG, results, line, event)?;
        let line_with_stack = || self.per_line(Self::batch_with_stacks);
        compare(rows::LOG_STACK, results, line_with_stack, event)
    }
}

/// Calls `work` from `depth` frames further down.
#[inline(never)]
fn deep(depth: usize, work: &dyn Fn()) {
    if depth == 0 {
        work();
    } else {
        deep(depth - 1, work);
    }
    // Something is left to do, so that the frame is still there meanwhile.
    black_box(depth);
}

/// The return addresses, found by unwinding as `backtrace` of the C library does.
fn stack(frames: &mut [*mut c_void; DEPTH]) -> &[*mut c_void] {
    // SAFETY: the room is as large as it is said to be, and backtrace writes nowhere else.
    let found = unsafe { libc::backtrace(frames.as_mut_ptr(), DEPTH as c_int) };
    &frames[..usize::try_from(found).unwrap_or(0).min(DEPTH)]
}
