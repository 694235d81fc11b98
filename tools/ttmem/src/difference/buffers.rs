//! Which single allocations are new, and which are gone.

use crate::view::Held;
use std::collections::HashSet;
use ttmem_layout::BufferType;

/// Single allocations that only one of two views has.
#[derive(Clone, Debug, Default)]
pub(crate) struct Singles {
    /// Those that are new.
    pub(crate) appeared: Vec<Held>,
    /// Those that are gone.
    pub(crate) vanished: Vec<Held>,
}

/// What makes an allocation itself. The sequence says it all, but where records were dropped several
/// have none: then it is the place.
type Identity<'a> = (&'a str, u64, u16, BufferType, u64);

fn identity(held: &Held) -> Identity<'_> {
    let buffer = &held.buffer;
    (
        &held.segment,
        buffer.sequence,
        buffer.pool,
        buffer.buffer_type,
        buffer.address,
    )
}

/// The allocations that only one of the two has, in the order they are in.
pub(crate) fn singles(before: &[Held], after: &[Held]) -> Singles {
    Singles {
        appeared: only_in(after, before),
        vanished: only_in(before, after),
    }
}

fn only_in(these: &[Held], those: &[Held]) -> Vec<Held> {
    let known: HashSet<_> = those.iter().map(identity).collect();
    these
        .iter()
        .filter(|held| !known.contains(&identity(held)))
        .cloned()
        .collect()
}
