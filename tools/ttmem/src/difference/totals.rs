//! What lies on each chip, by buffer type, before and after.

use crate::grouping::Amount;
use crate::view::{Device, Host, alike, everything};
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

    let of_chip = |device: &Device| {
        let chip = ChipSet::of(device.info.chip).unwrap_or_default();
        let amounts = BufferType::ALL.map(|buffer_type| {
            let amount = |devices: &[Device]| {
                let found = devices.iter().find(|one| same(one, device));
                found.map_or(Amount::default(), |one| Amount {
                    buffers: one.of(buffer_type).buffers,
                    bytes: one.of(buffer_type).bytes,
                })
            };
            (chip, (buffer_type, amount(&before), amount(&after)))
        });
        amounts.into_iter()
    };
    let held = chips
        .into_iter()
        .flat_map(of_chip)
        .filter(|(_, (_, before, after))| (*before, *after) != Default::default());
    let mut changes: Vec<_> = alike::join(held, |a, b| a == b)
        .into_iter()
        .map(|(chips, (buffer_type, before, after))| TotalChange {
            chips,
            buffer_type,
            before,
            after,
        })
        .collect();
    changes.sort_by_key(|one| (one.chips.0.trailing_zeros(), one.chips.0, one.buffer_type));
    changes
}
