//! The bytes of a ttmem segment.
//!
//! One struct per file, each with its byte diagram above and its size and offset asserts below. No
//! I/O, no allocation, no `unsafe`. `spec/segment.md` describes the same bytes in prose; the two
//! change together.
//!
//! Structs here are plain values: what a reader gets after it copied bytes out of a segment, and
//! what a producer fills before it publishes. Live access, through atomics, is the business of
//! `ttmem-producer`; the word offsets it needs are constants beside each struct.
#![no_std]
#![forbid(unsafe_code)]

mod banks;
mod buffer_type;
mod cb_step;
mod chip_set;
mod chunk;
mod clock;
mod counter;
mod device;
mod gauge;
mod group;
mod header;
mod kind;
mod live;
mod plan;
mod pool;
mod process;
mod record;
mod section;
mod text;

pub use banks::Banks;
pub use buffer_type::{BufferType, Memory, TYPES};
pub use cb_step::{CB_STEPS, CbStep};
pub use chip_set::{ChipSet, MAX_CHIPS};
pub use chunk::{CHUNK_RECORDS, Chunk, OPENING, sequence};
pub use clock::{CLOCK_COARSE, CLOCK_MONOTONIC, CLOCK_TSC, TICK_SCALE_SHIFT, ticks_to_ns};
pub use counter::{COUNTER_LINES, Counter, L1_CORE_LINE};
pub use device::Device;
pub use gauge::Gauge;
pub use group::{Group, MAX_GROUPS};
pub use header::{
    DUMP_TO_STDERR, ENDIAN_MARK, HEADER_SIZE, Header, MAGIC, MAJOR, MAX_SECTIONS, MINOR, checksum,
    trimmed,
};
pub use kind::{Kind, flags};
pub use live::{
    BUCKET_SLOTS, Control, STASH_WINDOW, SlotState, buckets, hash, own_slot, stash_bucket,
    stash_slots, tag_of,
};
pub use plan::{Plan, PlanError, SectionSpec};
pub use pool::{MAX_POOLS, Pool, PoolKind};
pub use process::{Process, anomaly, loss};
pub use record::{MAX_BYTES, Record};
pub use section::{Section, SectionKind};
pub use text::{TEXT_BYTES, Text};
