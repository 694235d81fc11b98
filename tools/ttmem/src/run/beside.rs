//! What was live beside an allocation that failed: who had the memory, and what room there was.

use crate::grouping::{Amount, By, Key, Phase, Sum, amounts};
use crate::quantity::{count, counted};
use crate::space::{Range, Region, Room};
use crate::value::{Value, on_devices};
use crate::view::{Held, Process};
use std::cmp::Reverse;
use ttmem_layout::BufferType;
use ttmem_reader::Event;

/// Groups that are told one by one: with what is said above and below them, ten lines.
const LISTED: usize = 5;

/// What was live at that moment.
#[derive(Clone, Debug)]
pub(crate) struct Beside {
    /// All of it.
    pub(crate) sum: Sum,
    /// Those of one type, size and set of chips together; what lay in the memory that ran out first, and
    /// the largest first.
    groups: Vec<(Key, Amount)>,
    /// The largest gap that the allocator had; nothing if nobody said where its memory is.
    gap: Option<Gap>,
}

/// A gap of one bank, the same in each of them.
#[derive(Clone, Copy, Debug)]
struct Gap {
    bytes: u64,
    banks: u32,
}

impl Beside {
    /// Beside a request that failed in a process that held `then`.
    pub(crate) fn of(failed: &Event, then: &[Held], process: &Process) -> Self {
        let alike = By {
            process: false,
            devices: true,
            size: true,
            mark: false,
        };
        let amounts = amounts(then, |held| Key::of(held, alike, |_| Phase::Forgotten));
        let mut groups: Vec<_> = amounts.into_iter().collect();
        let memory = failed.buffer_type.map(BufferType::memory);
        groups.sort_by(|(one, some), (other, others)| {
            let rank = |key: &Key, amount: &Amount| {
                let elsewhere = Some(key.buffer_type.memory()) != memory;
                (elsewhere, Reverse(amount.bytes))
            };
            rank(one, some)
                .cmp(&rank(other, others))
                .then_with(|| one.order(other))
        });
        Self {
            sum: Sum::of(then),
            groups,
            gap: failed
                .buffer_type
                .and_then(|buffer_type| largest_gap(failed, buffer_type, then, process)),
        }
    }

    /// For people.
    pub(crate) fn lines(&self, exact: bool) -> Vec<String> {
        let mut lines = vec![match self.sum.buffers {
            0 => "nothing was live at that moment".into(),
            buffers => format!(
                "live at that moment: {}: {}",
                counted(buffers, "buffer"),
                self.sum.by_memory(exact)
            ),
        }];
        let (listed, rest) = self.groups.split_at(self.groups.len().min(LISTED));
        lines.extend(listed.iter().map(|(key, amount)| {
            let each = key.bytes_each().text(exact);
            let chips = key.chips.unwrap_or_default();
            format!(
                "  {} x {each} of {} {}",
                count(amount.buffers),
                key.buffer_type.name(),
                on_devices(chips)
            )
        }));
        if !rest.is_empty() {
            let buffers = rest.iter().map(|(_, amount)| amount.buffers).sum();
            let (buffers, groups) = (counted(buffers, "buffer"), rest.len() as u64);
            lines.push(format!("  and {buffers} in {}", counted(groups, "group")));
        }
        lines.extend(self.gap.map(|gap| {
            let bytes = Value::Bytes(gap.bytes).text(exact);
            let banks = counted(gap.banks.into(), "bank");
            format!("largest free: {bytes} in each of {banks}")
        }));
        lines
    }
}

/// What the allocator had for one buffer: it knows what it handed out itself, and on all of its chips the
/// same. Of chips that differ, the one with least.
fn largest_gap(
    failed: &Event,
    buffer_type: BufferType,
    then: &[Held],
    process: &Process,
) -> Option<Gap> {
    let mine = then.iter().map(|held| &held.buffer);
    let mine = mine.filter(|one| one.pool == failed.pool && one.buffer_type == buffer_type);
    let mut taken: Vec<_> = mine
        .map(|one| Range::at(one.address, one.per_bank))
        .collect();
    taken.sort_unstable();
    let chips = process.holdings.iter().map(|holding| &holding.info);
    let chips = chips.filter(|info| failed.chips.contains(info.chip));
    let regions = chips.map(|info| Region::of(info, buffer_type));
    let gaps = regions.map(|region| {
        let region = region?;
        let room = Room::of(Some(region.range), taken.iter().copied());
        Some(Gap {
            bytes: room.largest.length(),
            banks: region.banks,
        })
    });
    // Of one that is not known nobody knows whether it had least.
    let gaps: Option<Vec<_>> = gaps.collect();
    gaps?.into_iter().min_by_key(|gap| gap.bytes)
}
