//! Everything that is known at one moment.

use super::{Device, Held, Overlap, Process, device, overlap};
use crate::select::Select;
use crate::source::Depth;
use std::sync::Arc;
use ttmem_layout::ChipSet;
use ttmem_reader::{Buffer, Identity, Snapshot};

/// One segment as it was seen.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen<'a> {
    /// File name of the segment.
    pub(crate) segment: &'a str,
    /// Who wrote it.
    pub(crate) identity: &'a Identity,
    /// What it said.
    pub(crate) snapshot: &'a Snapshot,
}

/// The host at one moment.
#[derive(Clone, Debug, Default)]
pub(crate) struct Host {
    /// Its name.
    pub(crate) name: String,
    /// When, nanoseconds since 1970.
    pub(crate) time_ns: i64,
    /// Segments that may belong here and could not be read.
    pub(crate) unreadable: u64,
    /// Producers, running ones first, then in order of pid.
    pub(crate) processes: Vec<Process>,
    /// Chips, in order of number.
    pub(crate) devices: Vec<Device>,
    /// Live allocations, process by process, in order of their allocation; none where only totals were
    /// asked for.
    pub(crate) buffers: Vec<Held>,
    /// Live ranges that lie on one another.
    pub(crate) overlaps: Vec<Overlap>,
    /// Whether nothing is missing from what is known: of all processes, listed or not.
    exact: bool,
    /// Whether somebody reported events while being looked at.
    moving: bool,
    /// Processes asked for that there are not.
    pub(crate) missing_pids: Vec<u32>,
    /// Devices asked for that nobody uses.
    pub(crate) missing_chips: ChipSet,
}

impl Host {
    /// Merges what was seen, as far as it was asked for.
    pub(crate) fn new(
        name: String,
        time_ns: i64,
        unreadable: u64,
        seen: Vec<Seen<'_>>,
        depth: Depth,
        select: &Select,
    ) -> Self {
        let chips = select.chips();
        let missing_pids = select
            .pids
            .iter()
            .copied()
            .filter(|pid| !seen.iter().any(|one| one.identity.pid == *pid))
            .collect();
        let missing_chips = if select.devices.is_empty() {
            ChipSet::EMPTY
        } else {
            seen.iter()
                .flat_map(|one| &one.snapshot.devices)
                .filter_map(|device| ChipSet::of(device.info.chip))
                .fold(chips, ChipSet::without)
        };
        let mut host = Self {
            name,
            time_ns,
            unreadable,
            missing_pids,
            missing_chips,
            ..Self::default()
        };

        let mut wanted: Vec<Seen<'_>> = seen
            .into_iter()
            .filter(|one| select.wants_process(one.identity))
            .collect();
        wanted.sort_by(|a, b| {
            let key = |one: &Seen<'_>| {
                (
                    one.snapshot.state,
                    one.identity.pid,
                    one.identity.attached_ns,
                )
            };
            key(a).cmp(&key(b)).then_with(|| a.segment.cmp(b.segment))
        });
        for one in wanted {
            let process = Process::new(one, select);
            // A process that has not reported a device yet belongs to all of them and none.
            if process.holdings.is_empty() && !select.devices.is_empty() {
                continue;
            }
            if overlap::is_possible(one.snapshot, select) {
                host.overlaps.extend(overlap::find(&one, chips, select));
            }
            host.processes.push(process);
            if depth == Depth::Buffers {
                host.buffers.reserve(one.snapshot.buffers.len());
                let buffers = one.snapshot.buffers.iter().cloned();
                host.buffers
                    .extend(held(one, buffers, time_ns, chips, select));
            }
        }
        host.devices = device::merge(&host.processes);
        host.exact = unreadable == 0 && host.processes.iter().all(|process| process.exact);
        host.moving = host.processes.iter().any(|process| process.moving);
        host
    }

    /// Whether nothing is missing from what is shown.
    pub(crate) const fn exact(&self) -> bool {
        self.exact
    }

    /// Whether somebody reported events while being looked at: the figures need not add up.
    pub(crate) const fn moving(&self) -> bool {
        self.moving
    }

    /// Whether something was asked for that is not there.
    pub(crate) fn misses_target(&self) -> bool {
        !self.missing_pids.is_empty() || !self.missing_chips.is_empty()
    }
}

/// Those of a producer's allocations that are asked for, with whose they are.
pub(crate) fn held<'a>(
    seen: Seen<'a>,
    buffers: impl Iterator<Item = Buffer> + 'a,
    time_ns: i64,
    chips: ChipSet,
    select: &'a Select,
) -> impl Iterator<Item = Held> + 'a {
    let segment: Arc<str> = seen.segment.into();
    buffers
        .filter(move |buffer| {
            select.wants_type(buffer.buffer_type) && !buffer.chips.and(chips).is_empty()
        })
        .map(move |buffer| Held {
            pid: seen.identity.pid,
            segment: segment.clone(),
            state: seen.snapshot.state,
            chips: buffer.chips.and(chips),
            age_ns: time_ns.saturating_sub(buffer.allocated_ns).max(0),
            buffer,
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::sample;
    use ttmem_reader::State;

    fn host(select: &Select) -> Host {
        let seen = [
            sample::seen(20, State::Dead, &[(0, 7, 64)]),
            sample::seen(30, State::Running, &[(1, 8, 128)]),
            sample::seen(10, State::Running, &[(0, 7, 32), (1, 8, 32)]),
        ];
        let seen = seen.iter().map(sample::Sample::seen).collect();
        Host::new("tt01".into(), sample::NOW, 0, seen, Depth::Buffers, select)
    }

    #[test]
    fn the_running_come_first_and_everything_is_exact() {
        let host = host(&Select::default());
        let pids: Vec<_> = host.processes.iter().map(|one| one.identity.pid).collect();
        assert_eq!(pids, [10, 30, 20]);
        assert!(host.exact());
        assert!(!host.misses_target());
        assert_eq!(host.buffers.len(), 4);
    }

    #[test]
    fn a_device_filter_leaves_only_what_lies_there() {
        let select = Select {
            devices: vec![ChipSet(1)],
            ..Select::default()
        };
        let host = host(&select);
        let pids: Vec<_> = host.processes.iter().map(|one| one.identity.pid).collect();
        assert_eq!(pids, [10, 20]);
        assert_eq!(host.devices.len(), 1);
        assert_eq!(host.processes[0].bytes(), 32);
        assert!(host.buffers.iter().all(|held| held.chips == ChipSet(1)));
    }

    #[test]
    fn what_is_not_there_is_named() {
        let select = Select {
            devices: vec![ChipSet(0b101)],
            pids: vec![10, 99],
            ..Select::default()
        };
        let host = host(&select);
        assert_eq!(host.missing_pids, [99]);
        assert_eq!(host.missing_chips, ChipSet(0b100));
        assert!(host.misses_target());
    }

    #[test]
    fn an_unreadable_segment_is_not_exact() {
        let host = Host::new(
            "tt01".into(),
            sample::NOW,
            1,
            Vec::new(),
            Depth::Totals,
            &Select::default(),
        );
        assert!(!host.exact());
    }
}
