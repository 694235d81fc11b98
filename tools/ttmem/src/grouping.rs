//! Live allocations in groups of those that are alike.

use crate::quantity::{counted, size};
use crate::value::Value;
use crate::view::{Held, memory_name};
use clap::ValueEnum;
use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use ttmem_layout::{BufferType, ChipSet, Memory};

/// One thing that allocations can have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Aspect {
    Process,
    Devices,
    /// Always one: what lies in different memories does not add up.
    Type,
    Size,
    Mark,
}

/// What the allocations of a group have in common, beside their buffer type: different memories are
/// never added up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct By {
    /// The process that holds them.
    pub(crate) process: bool,
    /// The chips they lie on.
    pub(crate) devices: bool,
    /// What each occupies on a chip.
    pub(crate) size: bool,
    /// The mark they were allocated under.
    pub(crate) mark: bool,
}

impl By {
    /// These aspects.
    pub(crate) fn of(aspects: &[Aspect]) -> Self {
        let has = |aspect| aspects.contains(&aspect);
        Self {
            process: has(Aspect::Process),
            devices: has(Aspect::Devices),
            size: has(Aspect::Size),
            mark: has(Aspect::Mark),
        }
    }
}

/// Which process holds something.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Owner {
    /// Its pid.
    pub(crate) pid: u32,
    /// File name of its segment: pids come again.
    pub(crate) segment: Arc<str>,
}

/// The phase of its process in which something was allocated.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Phase {
    /// Before the first mark.
    Beginning,
    /// After the mark of this name.
    Mark(Arc<str>),
    /// Nobody can tell any more: the records of that time were overwritten.
    Forgotten,
}

/// What the allocations of one group have in common; nothing where it was not asked for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    /// Who holds them.
    pub(crate) owner: Option<Owner>,
    /// The chips each lies on.
    pub(crate) chips: Option<ChipSet>,
    /// Their memory.
    pub(crate) buffer_type: BufferType,
    /// Bytes each occupies on a chip.
    pub(crate) size: Option<u64>,
    /// When they were allocated.
    pub(crate) phase: Option<Phase>,
}

impl Key {
    /// The group an allocation belongs to.
    pub(crate) fn of(held: &Held, by: By, phase: impl FnOnce(&Held) -> Phase) -> Self {
        Self {
            owner: by.process.then(|| Owner {
                pid: held.pid,
                segment: held.segment.clone(),
            }),
            chips: by.devices.then_some(held.chips),
            buffer_type: held.buffer.buffer_type,
            size: by.size.then_some(held.buffer.occupied),
            phase: by.mark.then(|| phase(held)),
        }
    }

    /// The order in which groups are listed when nobody asks for another.
    pub(crate) fn order(&self, other: &Self) -> Ordering {
        let chips = |key: &Self| key.chips.map(|chips| (chips.0.trailing_zeros(), chips.0));
        self.owner
            .cmp(&other.owner)
            .then_with(|| chips(self).cmp(&chips(other)))
            .then_with(|| self.buffer_type.cmp(&other.buffer_type))
            .then_with(|| other.size.cmp(&self.size))
            .then_with(|| self.phase.cmp(&other.phase))
    }
}

/// How much there is of something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Amount {
    /// Allocations; one that lies on several chips counts once.
    pub(crate) buffers: u64,
    /// What they occupy, over all their chips.
    pub(crate) bytes: u64,
}

impl Key {
    /// Its pid.
    pub(crate) fn pid(&self) -> Value<'_> {
        let owner = self.owner.as_ref();
        owner.map_or(Value::Unknown, |owner| Value::Number(owner.pid.into()))
    }

    /// File name of its process's segment.
    pub(crate) fn segment(&self) -> Value<'_> {
        let owner = self.owner.as_ref();
        owner.map_or(Value::Unknown, |owner| Value::words(&owner.segment))
    }

    /// Its chips.
    pub(crate) fn devices(&self) -> Value<'_> {
        self.chips.map_or(Value::Unknown, Value::Chips)
    }

    /// Its size on each chip.
    pub(crate) fn bytes_each(&self) -> Value<'_> {
        self.size.map_or(Value::Unknown, Value::Bytes)
    }
}

impl Amount {
    /// Takes in one more allocation.
    pub(crate) fn count(&mut self, held: &Held) {
        self.buffers += 1;
        self.bytes = self.bytes.saturating_add(on_all_chips(held));
    }
}

/// How much there is of things in whichever memory: what lies in different ones is not added up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sum {
    /// Allocations.
    pub(crate) buffers: u64,
    bytes: BTreeMap<Memory, u64>,
}

impl Sum {
    /// What some allocations add up to.
    pub(crate) fn of<'a>(allocations: impl IntoIterator<Item = &'a Held>) -> Self {
        let mut sum = Self::default();
        allocations.into_iter().for_each(|held| sum.count(held));
        sum
    }

    /// Bytes in each memory that anything lies in.
    pub(crate) fn memories(&self) -> impl Iterator<Item = (Memory, u64)> + '_ {
        self.bytes.iter().map(|(memory, bytes)| (*memory, *bytes))
    }

    /// Takes in more of one buffer type.
    pub(crate) fn add(&mut self, buffer_type: BufferType, amount: Amount) {
        let bytes = self.bytes.entry(buffer_type.memory()).or_default();
        *bytes = bytes.saturating_add(amount.bytes);
        self.buffers = self.buffers.saturating_add(amount.buffers);
    }

    /// Takes in one more allocation.
    pub(crate) fn count(&mut self, held: &Held) {
        let mut one = Amount::default();
        one.count(held);
        self.add(held.buffer.buffer_type, one);
    }

    /// Bytes in one memory.
    pub(crate) fn bytes_in(&self, memory: Memory) -> u64 {
        self.bytes.get(&memory).copied().unwrap_or_default()
    }

    /// Bytes in the memory that has most.
    pub(crate) fn most_bytes(&self) -> u64 {
        self.bytes.values().copied().max().unwrap_or_default()
    }

    /// `DRAM 64.0 MiB, L1 4.0 MiB`.
    pub(crate) fn by_memory(&self, exact: bool) -> String {
        let parts = self.bytes.iter().map(|(memory, bytes)| {
            let bytes = Value::Bytes(*bytes).text(exact);
            format!("{} {bytes}", memory_name(*memory))
        });
        parts.collect::<Vec<_>>().join(", ")
    }

    /// `5 buffers, 68.0 MiB`; of several memories `5 buffers, DRAM 64.0 MiB, L1 4.0 MiB`.
    pub(crate) fn words(&self) -> String {
        let mut bytes = self.bytes.values();
        let bytes = match (bytes.next(), bytes.next()) {
            (_, Some(_)) => self.by_memory(false),
            (bytes, None) => size(bytes.copied().unwrap_or_default()),
        };
        format!("{}, {bytes}", counted(self.buffers, "buffer"))
    }

    /// The same for programs.
    pub(crate) fn figures(&self) -> [(&'static str, Value<'static>); 4] {
        let bytes = |memory| Value::Bytes(self.bytes_in(memory));
        [
            ("buffers", Value::Count(self.buffers)),
            ("dram_bytes", bytes(Memory::Dram)),
            ("l1_bytes", bytes(Memory::L1)),
            ("host_bytes", bytes(Memory::Host)),
        ]
    }
}

/// What an allocation occupies over all its chips.
pub(crate) fn on_all_chips(held: &Held) -> u64 {
    let chips = u64::from(held.chips.len());
    held.buffer.occupied.saturating_mul(chips)
}

/// How much there is of each group, in no order.
pub(crate) fn amounts<'a>(
    buffers: impl IntoIterator<Item = &'a Held>,
    key: impl Fn(&Held) -> Key,
) -> HashMap<Key, Amount> {
    let mut groups = HashMap::<Key, Amount>::new();
    for held in buffers {
        groups.entry(key(held)).or_default().count(held);
    }
    groups
}
