//! What lies on each chip, by buffer type, before and after.

use crate::grouping::Amount;
use crate::view::{Device, Host, everything};
use ttmem_layout::{BufferType, ChipSet};

/// One buffer type on one chip, or on several that are alike, at two moments. The figures are those of
/// each of the chips.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TotalChange {
    /// The chips.
    pub(crate) chips: ChipSet,
    /// The memory.
    pub(crate) buffer_type: BufferType,
    /// How much lay there.
    pub(crate) before: Amount,
    /// How much lies there.
    pub(crate) after: Amount,
}

/// What each chip holds of each buffer type that was or is in use. What dead processes held counts too:
/// the sums are those of the groups and of the single allocations.
pub(crate) fn totals(before: &Host, after: &Host) -> Vec<TotalChange> {
    let (before, after) = (everything(&before.processes), everything(&after.processes));
    let same =
        |a: &Device, b: &Device| (a.info.chip, a.info.unique_id) == (b.info.chip, b.info.unique_id);
    let gone = before
        .iter()
        .filter(|old| !after.iter().any(|new| same(old, new)));
    let mut chips: Vec<&Device> = after.iter().chain(gone).collect();
    chips.sort_by_key(|device| (device.info.chip, device.info.unique_id));

    let mut changes = Vec::<TotalChange>::new();
    for device in chips {
        for buffer_type in BufferType::ALL {
            let amount = |devices: &[Device]| {
                let found = devices.iter().find(|one| same(one, device));
                found.map_or(Amount::default(), |one| Amount {
                    buffers: one.of(buffer_type).buffers,
                    bytes: one.of(buffer_type).bytes,
                })
            };
            let change = TotalChange {
                chips: ChipSet::of(device.info.chip).unwrap_or_default(),
                buffer_type,
                before: amount(&before),
                after: amount(&after),
            };
            if (change.before, change.after) != Default::default() {
                join(&mut changes, change);
            }
        }
    }
    changes.sort_by_key(|one| (one.chips.0.trailing_zeros(), one.chips.0, one.buffer_type));
    changes
}

/// Adds a chip's figures, to those of a chip that is alike if there is one.
fn join(changes: &mut Vec<TotalChange>, change: TotalChange) {
    let alike = changes.iter_mut().find(|one| {
        let same = (one.buffer_type, one.before, one.after)
            == (change.buffer_type, change.before, change.after);
        same && one.chips.and(change.chips).is_empty()
    });
    match alike {
        Some(one) => one.chips = one.chips.or(change.chips),
        None => changes.push(change),
    }
}
