//! Reads ttmem segments and trusts nothing in them.
//!
//! A reader copies bytes out with `pread`, checks what it copied against the control words of the
//! protocol (`spec/protocol.md`), and turns it into plain values ([`Snapshot`], [`Event`]). Whatever
//! bytes stand in place of a segment, the result is an error or a snapshot marked damaged: never a
//! panic, never a read outside, in bounded time and memory.
#![forbid(unsafe_code)]

mod chips;
mod copy;
mod cursor;
mod error;
mod event;
mod glance;
mod happened;
mod identity;
mod layout_check;
mod live;
mod look;
mod model;
mod order;
mod prefix;
mod preserved;
mod read_on;
mod ring;
mod scan;
mod sections;
mod segment;
mod snapshot;
mod sums;
mod texts;
mod time_scale;
mod totals;
mod watch;
mod whereabouts;

pub use copy::{LONGEST, WholeCopy};
pub use cursor::{Cursor, Start, Sweep, Visit};
pub use error::{OpenError, ReadError, ScanError};
pub use glance::Glance;
pub use model::{
    Anomalies, Buffer, DeviceInfo, DeviceTotals, Event, Identity, Losses, PoolInfo, Snapshot,
    State, TypeTotals,
};
pub use preserved::Preserved;
pub use scan::{Scan, Unreadable, scan, scan_one, scan_unknown};
pub use segment::Segment;
pub use time_scale::TimeScale;
pub use ttmem_layout::{
    Banks, BufferType, CB_STEPS, CbStep, ChipSet, Kind, Memory, PoolKind, Record, anomaly, flags,
    loss,
};
pub use ttmem_region::{Clock, ReapError, directory, reap};
pub use watch::Watch;
