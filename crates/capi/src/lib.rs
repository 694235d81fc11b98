//! The C interface of ttmem. What it promises is written in the header it yields,
//! `include/ttmem.h`.
//!
//! Nothing here panics across the boundary, changes `errno` or trusts an argument beyond what C can
//! promise: that a pointer which is not null points to what its type says.

// In the order in which the header tells them.
mod outcome;

mod types;

mod attach;

mod device;

mod pool;

mod event;

mod gauge;

mod peak;

// What the header does not tell.
mod boundary;
mod elsewhere;
pub mod in_process;
mod sized;
mod text;

pub use attach::{
    ttmem_attach, ttmem_attached, ttmem_detach, ttmem_options, ttmem_segment, ttmem_switched_on,
    ttmem_version,
};
pub use device::{ttmem_banks, ttmem_device, ttmem_report_device};
pub use event::{
    ttmem_alloc, ttmem_alloc_failed, ttmem_allocation, ttmem_cb_alloc, ttmem_cb_free, ttmem_free,
    ttmem_free_any, ttmem_kernel_load, ttmem_kernel_unload, ttmem_mark,
};
pub use gauge::{ttmem_cb_step, ttmem_set_cb_gauge, ttmem_set_cb_steps};
pub use outcome::{
    TTMEM_DONE, TTMEM_DOUBLE_FREE, TTMEM_FAILED, TTMEM_LIVE_OVERFLOW, TTMEM_OFF, TTMEM_REFERENCED,
    TTMEM_REJECTED, TTMEM_REPLACED, TTMEM_UNKNOWN_FREE, ttmem_outcome,
};
pub use peak::{
    TTMEM_NO_PEAKS, TTMEM_PROCESS_PEAKS, ttmem_close_peaks, ttmem_open_peaks, ttmem_peak,
    ttmem_peaks, ttmem_reset_peak,
};
pub use pool::{
    TTMEM_ANY_POOL, TTMEM_NO_POOL, TTMEM_POOL_CHIP, TTMEM_POOL_MESH, TTMEM_POOL_PROGRAMS,
    TTMEM_POOL_SUBMESH, ttmem_clear_pool, ttmem_pool, ttmem_register_pool, ttmem_retire_pool,
};
pub use types::{
    TTMEM_CB, TTMEM_DRAM, TTMEM_KERNEL, TTMEM_L1, TTMEM_L1_CORE, TTMEM_L1_SMALL,
    TTMEM_SYSTEM_MEMORY, TTMEM_TRACE,
};
