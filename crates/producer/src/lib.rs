//! Reports device memory events into this process's ttmem segment.
//!
//! [`attach`] once, then report: an event writes one record, one live-table entry and a few
//! counters, all in mapped memory. It makes no system call, takes no lock, allocates nothing, waits
//! for nobody and leaves `errno` alone; while nothing is attached it costs one branch. (A thread's
//! first event asks the kernel for the thread's id, once: [`attach_thread`] does it ahead of time.)
//!
//! Report a free *before* the runtime really frees and an allocation *after* it really allocated:
//! then no other thread can be seen holding the address in between.
//!
//! A forked child is not attached. It reports nothing until it attaches itself, and gets a segment
//! of its own.

mod attach;
mod attached;
mod counters;
mod devices;
mod dump_at_exit;
mod events;
mod farewell;
mod free;
mod held;
mod live_table;
mod lock;
mod notice;
mod options;
mod outcome;
mod partition;
mod peaks;
mod pools;
mod ring;
mod seat;
mod texts;
mod warm;

pub use attach::{AttachError, attach, before_attaching, detach, segment_path, segment_path_for_c};
pub use attached::{attach_thread, attached};
pub use devices::{DeviceReport, report_device, set_cb_gauge, set_cb_steps};
pub use dump_at_exit::{DumpAtExit, NotWritten, TooLong};
pub use events::{Allocation, alloc, alloc_failed, cb_alloc, kernel_load, mark, note_unattributed};
pub use free::{cb_free, clear_pool, free, free_any, free_anywhere, kernel_unload};
pub use held::{Held, Holder, TEXT_BYTES, Telling, Until};
pub use notice::say;
pub use options::{ClockChoice, Options, switched_on, switched_on_by};
pub use outcome::Outcome;
pub use peaks::{Peaks, close_peaks, open_peaks, peak, reset_peak};
pub use pools::{Pool, register_pool, retire_pool};
pub use ttmem_layout::{Banks, BufferType, CB_STEPS, CbStep, ChipSet, L1_CORE_LINE, PoolKind};
