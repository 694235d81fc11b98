//! What must be seen after so many steps: worked out from the script alone.

use super::script::{Op, Range, Role};
use std::collections::HashMap;
use ttmem_layout::{BufferType, ChipSet, Kind, Memory, TYPES, anomaly, loss};
use ttmem_reader::{DeviceTotals, Snapshot, TypeTotals};

/// What a producer must be seen to hold and to have done. Its chips are in lock step, so one account
/// serves all.
#[derive(Debug)]
pub(super) struct Expected {
    chips: ChipSet,
    live: HashMap<(u8, u64), (Range, u64)>,
    types: [TypeTotals; TYPES],
    core: u64,
    core_peak: u64,
    anomalies: [u64; anomaly::NAMES.len()],
    records: HashMap<Kind, u64>,
    mark: Option<&'static str>,
}

/// A figure: its name, what it must be and what it is.
pub(super) type Figure = (String, u64, u64);

impl Expected {
    /// Before anything but its devices was reported.
    pub(super) fn of(role: Role) -> Self {
        let chips = role.chips();
        Self {
            chips,
            live: HashMap::new(),
            types: [TypeTotals::default(); TYPES],
            core: 0,
            core_peak: 0,
            anomalies: [0; _],
            records: HashMap::from([(Kind::Device, chips.iter().count() as u64)]),
            mark: None,
        }
    }

    pub(super) fn follow(&mut self, ops: &[Op]) {
        for op in ops {
            match op {
                Op::Mark(name) => {
                    self.mark = Some(name);
                    self.record(Kind::Mark);
                }
                Op::Begin(range) => self.begin(*range),
                Op::End(range) => self.end(range),
                Op::Replace(range) => {
                    self.anomalies[anomaly::REPLACED_WITHOUT_FREE] += 1;
                    // What was there is ended, with a record like any other's end.
                    self.end(range);
                    self.begin(*range);
                }
                Op::UnknownFree(range) => self.bad_free(range, anomaly::UNKNOWN_FREE),
                Op::DoubleFree(range) => self.bad_free(range, anomaly::DOUBLE_FREE),
                Op::Fail(_) => self.record(Kind::AllocFailed),
            }
        }
    }

    fn begin(&mut self, range: Range) {
        self.record(match range.buffer_type {
            BufferType::Cb => Kind::CbAlloc,
            BufferType::Kernel => Kind::KernelLoad,
            _ => Kind::Alloc,
        });
        let kind = range.buffer_type as u8;
        let (_, refs) = self.live.entry((kind, range.address)).or_insert((range, 0));
        *refs += 1;
        if *refs > 1 {
            return;
        }
        let totals = &mut self.types[usize::from(kind)];
        totals.bytes += range.occupied();
        totals.requested_bytes += range.requested;
        totals.buffers += 1;
        totals.allocs += 1;
        totals.peak_bytes = totals.peak_bytes.max(totals.bytes);
        if range.buffer_type.memory() == Memory::L1 {
            self.core += range.per_bank;
            self.core_peak = self.core_peak.max(self.core);
        }
    }

    fn end(&mut self, range: &Range) {
        self.record(free_of(range));
        self.forget(range);
    }

    fn bad_free(&mut self, range: &Range, which: usize) {
        self.record(free_of(range));
        self.anomalies[which] += 1;
    }

    fn record(&mut self, kind: Kind) {
        *self.records.entry(kind).or_default() += 1;
    }

    /// Takes back one reference, and the range with the last.
    fn forget(&mut self, range: &Range) {
        let key = (range.buffer_type as u8, range.address);
        let Some((live, refs)) = self.live.get_mut(&key) else {
            return;
        };
        *refs -= 1;
        if *refs > 0 {
            return;
        }
        let live = *live;
        self.live.remove(&key);
        let totals = &mut self.types[live.buffer_type as usize];
        totals.bytes -= live.occupied();
        totals.requested_bytes -= live.requested;
        totals.buffers -= 1;
        totals.frees += 1;
        if live.buffer_type.memory() == Memory::L1 {
            self.core -= live.per_bank;
        }
    }

    /// Each figure of a snapshot; with how many records of each kind there are, if all are left.
    pub(super) fn compare(
        &self,
        seen: &Snapshot,
        records: Option<&HashMap<Kind, u64>>,
    ) -> Vec<Figure> {
        let chips = seen
            .devices
            .iter()
            .filter_map(|device| ChipSet::of(device.info.chip));
        let chips = chips.fold(ChipSet::EMPTY, ChipSet::or);
        let mut figures = vec![
            ("set of devices".to_owned(), self.chips.0, chips.0),
            ("exactness".to_owned(), 1, seen.exact().into()),
            (
                format!("whether the mark is {:?}", self.mark),
                1,
                (seen.current_mark.as_deref() == self.mark).into(),
            ),
        ];
        for device in &seen.devices {
            figures.extend(self.compare_device(device));
        }
        figures.extend(self.compare_buffers(seen));
        for (name, (must, is)) in anomaly::NAMES
            .iter()
            .zip(self.anomalies.iter().zip(seen.anomalies.counts))
        {
            figures.push((name.replace('_', " "), *must, is));
        }
        for (name, is) in loss::NAMES.iter().zip(seen.losses.counts) {
            figures.push((format!("lost: {}", name.replace('_', " ")), 0, is));
        }
        if let Some(records) = records {
            for kind in Kind::ALL {
                let of = |counts: &HashMap<Kind, u64>| counts.get(kind).copied().unwrap_or(0);
                let name = format!("records of {}", kind.name());
                figures.push((name, of(&self.records), of(records)));
            }
        }
        figures
    }

    fn compare_buffers(&self, seen: &Snapshot) -> Vec<Figure> {
        let must = self.live.len() as u64;
        let mut figures = vec![("live buffers".to_owned(), must, seen.buffers.len() as u64)];
        for (range, refs) in self.live.values() {
            let name = |what| {
                let kind = range.buffer_type.name();
                format!("{kind} {:#x} {what}", range.address)
            };
            let found = seen
                .buffers
                .iter()
                .find(|one| (one.buffer_type, one.address) == (range.buffer_type, range.address));
            figures.push((name("buffers"), 1, found.is_some().into()));
            let Some(found) = found else { continue };
            figures.extend([
                (name("devices"), self.chips.0, found.chips.0),
                (name("references"), *refs, found.refs),
                (name("requested bytes"), range.requested, found.requested),
                (name("bytes of a bank"), range.per_bank, found.per_bank),
                (name("banks"), range.banks.into(), found.banks.into()),
                (name("bytes"), range.occupied(), found.occupied),
            ]);
        }
        figures
    }

    fn compare_device(&self, seen: &DeviceTotals) -> Vec<Figure> {
        let device = seen.info.chip;
        let mut figures = Vec::new();
        for buffer_type in BufferType::ALL {
            let (must, is) = (&self.types[buffer_type as usize], seen.of(buffer_type));
            let pairs = [
                ("bytes", must.bytes, is.bytes),
                ("requested bytes", must.requested_bytes, is.requested_bytes),
                ("buffers", must.buffers, is.buffers),
                ("peak bytes", must.peak_bytes, is.peak_bytes),
                ("allocations", must.allocs, is.allocs),
                ("frees", must.frees, is.frees),
            ];
            let kind = buffer_type.name();
            let named =
                pairs.map(|(name, must, is)| (format!("device {device} {kind} {name}"), must, is));
            figures.extend(named);
        }
        let core = [
            ("L1 of a core", self.core, seen.l1_core_bytes),
            ("peak of a core", self.core_peak, seen.l1_core_peak),
        ];
        figures.extend(core.map(|(name, must, is)| (format!("device {device} {name}"), must, is)));
        figures
    }
}

fn free_of(range: &Range) -> Kind {
    match range.buffer_type {
        BufferType::Cb => Kind::CbFree,
        BufferType::Kernel => Kind::KernelUnload,
        _ => Kind::Free,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::sample;
    use ttmem_reader::State;

    #[test]
    fn what_is_not_as_it_must_be_is_named() {
        let role = Role::Batch;
        let chip = role.chips().iter().next().unwrap();
        let mut expected = Expected::of(role);
        let seen = sample::seen(1, State::Running, &[(chip, 7, 4096)]).snapshot;
        let records = HashMap::from([(Kind::Device, 1), (Kind::Alloc, 1)]);
        let wrong = |expected: &Expected| -> Vec<String> {
            let figures = expected.compare(&seen, Some(&records)).into_iter();
            let wrong = figures.filter(|(_, must, is)| must != is);
            wrong.map(|(name, ..)| name).collect()
        };
        let device = format!("device {chip} DRAM");
        let all = wrong(&expected);
        for name in [
            "live buffers",
            "records of alloc",
            "whether the mark is None",
        ] {
            assert!(all.iter().any(|one| one == name), "{name}: {all:?}");
        }
        for name in [
            "bytes",
            "requested bytes",
            "buffers",
            "peak bytes",
            "allocations",
        ] {
            assert!(all.contains(&format!("{device} {name}")), "{name}: {all:?}");
        }
        expected.begin(Range {
            buffer_type: BufferType::Dram,
            address: 0x1000,
            requested: 4096,
            per_bank: 4096,
            banks: 1,
        });
        expected.mark = Some("decode");
        assert_eq!(wrong(&expected), Vec::<String>::new());
    }
}
