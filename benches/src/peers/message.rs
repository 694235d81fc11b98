//! What the old client sent: one message of a fixed size per event, most of it for the answers.

use crate::workload::{BANKS, PER_BANK};
use std::time::{SystemTime, UNIX_EPOCH};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

pub(super) const ALLOC: u8 = 1;
pub(super) const FREE: u8 = 2;
/// Asks for an answer, which comes when everything sent before was entered.
pub(super) const QUERY: u8 = 3;

/// One message, and the answer to a query.
#[derive(FromBytes, IntoBytes, Immutable, KnownLayout, Default)]
#[repr(C)]
pub(super) struct Message {
    pub(super) kind: u8,
    pub(super) buffer_type: u8,
    padding: [u8; 2],
    pub(super) device: u32,
    process: u32,
    more_padding: u32,
    pub(super) size: u64,
    pub(super) buffer: u64,
    timestamp: u64,
    /// The answer: bytes by type, and how many messages were entered.
    pub(super) totals: [u64; 5],
    pub(super) entered: u64,
    unused: [u64; 3],
}

pub(super) const SIZE: usize = size_of::<Message>();
const _: () = assert!(SIZE == 112);

impl Message {
    /// An allocation of the batch.
    pub(super) fn alloc(process: u32, address: u64) -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        Self {
            kind: ALLOC,
            process,
            size: std::hint::black_box(PER_BANK) * u64::from(BANKS),
            buffer: address,
            timestamp: now.unwrap_or_default().as_nanos() as u64,
            ..Self::default()
        }
    }

    /// Its end.
    pub(super) fn free(process: u32, address: u64) -> Self {
        Self {
            kind: FREE,
            process,
            buffer: address,
            ..Self::default()
        }
    }

    pub(super) fn query() -> Self {
        Self {
            kind: QUERY,
            ..Self::default()
        }
    }
}
