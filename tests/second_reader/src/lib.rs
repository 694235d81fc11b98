//! A second, independent reader of ttmem segments, written from `spec/` alone.
//!
//! It shares no code with the product and does nearly everything another way: it attaches by POSIX
//! shared memory name, maps instead of copying with `pread`, and casts bytes to structs with
//! `bytemuck`. That the two agree on every figure is what keeps the spec honest.
//!
//! [`read`] gives a [`Report`]; printed as JSON it has this form. Numbers are JSON integers, addresses
//! and sizes too; what a kind of record does not have is `null`.
//!
//! ```json
//! {"segment": {"major", "minor", "segment_size", "pid", "uid", "gid", "owner", "clock", "start_time",
//!    "pid_namespace", "boot_id", "anchor_ticks", "anchor_monotonic", "anchor_realtime", "tick_scale",
//!    "run_id", "version", "host", "user", "command", "cgroup", "dump_at_exit" if asked for},
//!  "state": "running" | "dead" | "exited", "detached_ticks", "mark", "quiet": true, "damage": ["…"],
//!  "losses": {"records_dropped", "live_overflow", "live_overflow_bytes", "overflow_frees", "texts",
//!    "pools", "rejected"},
//!  "anomalies": {"unknown_free", "double_free", "replaced_without_free", "refs_saturated"},
//!  "devices": [{"device", "unique_id", "arch", "pci", "l1_cores", "dram_capacity", "l1_capacity",
//!    "l1_core_capacity", "dram_allocatable", "l1_allocatable", "l1_small_allocatable",
//!    "trace_allocatable", "opened_ticks"}],
//!  "pools": [{"pool", "chips": [0], "kind", "state", "parent", "runtime_id", "opened_ticks"}],
//!  "totals": [{"chip", "types": {"DRAM": {"bytes", "requested_bytes", "buffers", "peak_bytes",
//!    "allocs", "frees"}}, "l1_core": {"bytes", "peak_bytes"}}],
//!  "gauges": [{"chip", "cb_union", "cb_core_peak", "programs"}],
//!  "buffers": [{"sequence", "ticks", "time_ns", "pool", "chips", "type", "address", "requested",
//!    "per_bank", "banks", "bytes", "refs", "thread", "id"}],
//!  "overwritten": 0,
//!  "records": [{"sequence", "ticks", "time_ns", "kind", "type", "pool", "chips", "address",
//!    "requested", "per_bank", "banks", "id", "flags", "refs", "thread", "text"}]}
//! ```
//!
//! `totals` has the chips of any pool, `types` the types ever allocated; `quiet` says whether the
//! figures are of one moment ("A consistent look" in `protocol.md`); `buffers` are in the order of
//! their sequence, `records` as `ring.md` orders them.

mod anatomy;
mod counters;
mod header;
mod judgement;
mod live_table;
mod look;
mod mapping;
mod names;
mod refusal;
mod report;
mod ring;
mod source;
mod structs;
mod texts;

pub use refusal::Refusal;
pub use report::Report;
pub use source::Source;

/// Reads everything a segment says.
///
/// # Errors
/// A sentence, if what is there is no segment this reader may judge.
pub fn read(source: &Source) -> Result<Report, Refusal> {
    let anatomy = anatomy::Anatomy::of(source)?;
    let look = look::look(source, &anatomy)?;
    Ok(report::report(source, &anatomy, &look))
}
