//! Tables that fill from the front: pools and groups. Reading stops behind the last one in use.

use crate::error::ReadError;
use crate::sections::Bytes;
use ttmem_layout::{Group, Pool, SectionKind};
use zerocopy::{FromBytes, IntoBytes};

/// The pools in use; their place is their index ([pool-publish]: an unused one has no chips).
pub(crate) fn pools(bytes: &Bytes) -> Result<Vec<Pool>, ReadError> {
    in_use(bytes, SectionKind::Pools, 32, |pool: &Pool| {
        !pool.chips.is_empty()
    })
}

/// The groups in use ([group-publish]: an unused one has no chips).
pub(crate) fn groups(bytes: &Bytes) -> Result<Vec<Group>, ReadError> {
    in_use(bytes, SectionKind::Groups, 8, |group: &Group| {
        !group.chips.is_empty()
    })
}

/// Reads piece by piece until one ends with an entry that is not used.
fn in_use<T: FromBytes + IntoBytes>(
    bytes: &Bytes,
    kind: SectionKind,
    piece: u64,
    used: impl Fn(&T) -> bool,
) -> Result<Vec<T>, ReadError> {
    let mut entries = Vec::new();
    loop {
        let more = bytes.entries::<T>(kind, entries.len() as u64, piece)?;
        let full = more.len() as u64 == piece && more.last().is_some_and(&used);
        entries.extend(more);
        if !full {
            break;
        }
    }
    let end = entries.iter().rposition(used).map_or(0, |last| last + 1);
    entries.truncate(end);
    Ok(entries)
}
