//! The files of ttmem: how a segment comes to be, is found, is known to be alive, and goes.
//!
//! This crate is the only one that maps anything. A producer maps its own segment
//! ([`Draft`] → [`Region`]); a reader copies bytes out through [`ByteSource`] and never maps, so
//! that a file cut short under its hands is a short read and not a SIGBUS.

mod byte_source;
mod clock;
mod create;
mod directory;
mod fork_page;
mod identity;
mod liveness;
mod populate;
mod reap;

pub use byte_source::{ByteSource, FileSource, OutOfRange};
pub use clock::{Clock, Moment, boot_id, monotonic_ns, realtime_ns};
pub use create::{CreateError, Draft, Region};
pub use directory::{
    DEFAULT_DIRECTORY, PREFIX, directory, directory_named, entries, is_segment_name,
    open_for_reading,
};
pub use fork_page::ForkPage;
pub use identity::Identity;
pub use liveness::{Guard, is_alive};
pub use reap::{ReapError, Reaped, make_room, reap};
