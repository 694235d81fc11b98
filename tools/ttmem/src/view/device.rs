//! One chip, merged over the processes that use it.

use super::{Process, add, in_memory};
use ttmem_layout::{BufferType, Memory, TYPES};
use ttmem_reader::{DeviceInfo, DeviceTotals, State, TypeTotals};

/// One chip of the host.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Device {
    /// Who and how large it is.
    pub(crate) info: DeviceInfo,
    /// What running producers hold, by number of the buffer type.
    pub(crate) types: [TypeTotals; TYPES],
    /// Running producers that use it.
    pub(crate) producers: u64,
    /// Bytes of the fullest core in use now. Over several producers the largest, not the sum.
    pub(crate) l1_core_bytes: u64,
    /// Most of those ever.
    pub(crate) l1_core_peak: u64,
    /// Bytes of one core covered by the circular buffers of any program alive.
    pub(crate) cb_union: u64,
    /// Largest per-core footprint of any program dispatched so far.
    pub(crate) cb_core_peak: u64,
    /// Programs alive that have circular buffers.
    pub(crate) programs: u64,
}

/// The most that was ever in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Peak {
    /// So much at least.
    pub(crate) bytes: u64,
    /// And never more.
    pub(crate) exact: bool,
}

impl Peak {
    /// As text, given the bytes as text.
    pub(crate) fn text(self, bytes: &str) -> String {
        format!("{}{bytes}", if self.exact { "" } else { ">=" })
    }
}

impl Device {
    /// What one producer holds on it, or held.
    pub(crate) fn alone(holding: &DeviceTotals) -> Self {
        let mut device = Self {
            info: holding.info.clone(),
            ..Self::default()
        };
        device.count(holding);
        device
    }

    /// Whether another chip has the same figures; who it is does not count.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        let anonymous = |one: &Self| {
            let info = DeviceInfo {
                chip: 0,
                unique_id: 0,
                pci: String::new(),
                ..one.info.clone()
            };
            Self {
                info,
                ..one.clone()
            }
        };
        anonymous(self) == anonymous(other)
    }

    /// Everything live on it.
    pub(crate) fn bytes(&self) -> u64 {
        self.types
            .iter()
            .map(|totals| totals.bytes)
            .fold(0, u64::saturating_add)
    }

    /// Totals of one buffer type.
    pub(crate) fn of(&self, buffer_type: BufferType) -> &TypeTotals {
        &self.types[buffer_type as usize]
    }

    /// How large a memory is; 0 if nobody said so. A device has none of the host's.
    pub(crate) const fn capacity(&self, memory: Memory) -> u64 {
        match memory {
            Memory::Dram => self.info.dram_capacity,
            Memory::L1 => self.info.l1_capacity,
            Memory::Host => 0,
        }
    }

    /// The most of a memory that was ever in use. Peaks of several buffer types, as those of several
    /// producers, may have fallen on different moments: then it is what was certainly reached.
    pub(crate) fn peak(&self, memory: Memory) -> Peak {
        let inside = BufferType::ALL
            .into_iter()
            .filter(|buffer_type| buffer_type.memory() == memory)
            .map(|buffer_type| self.of(buffer_type).peak_bytes);
        let used = inside.clone().filter(|peak| *peak > 0).count();
        Peak {
            bytes: inside.fold(in_memory(&self.types, memory), u64::max),
            exact: used <= 1 && self.peak_exact(),
        }
    }

    /// Whether the peaks are the true ones. Of several producers' peaks nobody knows whether they
    /// fell on one moment: then what is shown has certainly been reached, and maybe more.
    pub(crate) const fn peak_exact(&self) -> bool {
        self.producers <= 1
    }

    /// Takes in what a running producer holds.
    fn count(&mut self, holding: &DeviceTotals) {
        self.producers += 1;
        for (sum, part) in self.types.iter_mut().zip(&holding.types) {
            add(sum, part);
            sum.peak_bytes = sum.peak_bytes.max(part.peak_bytes).max(sum.bytes);
        }
        self.l1_core_bytes = self.l1_core_bytes.max(holding.l1_core_bytes);
        self.l1_core_peak = self.l1_core_peak.max(holding.l1_core_peak);
        self.cb_union = self.cb_union.max(holding.cb_union);
        self.cb_core_peak = self.cb_core_peak.max(holding.cb_core_peak);
        self.programs = self.programs.saturating_add(holding.programs);
    }
}

/// Every chip any of the processes uses, in order of number. A number that stands for different chips
/// in different processes (containers) makes several entries. What the dead held is not counted.
pub(crate) fn merge(processes: &[Process]) -> Vec<Device> {
    merge_counting(processes, |process| process.state == State::Running)
}

/// The same, and what the dead held is counted as well.
pub(crate) fn everything(processes: &[Process]) -> Vec<Device> {
    merge_counting(processes, |_| true)
}

fn merge_counting(processes: &[Process], counts: impl Fn(&Process) -> bool) -> Vec<Device> {
    let mut devices: Vec<Device> = Vec::new();
    // Those who know the unique id come first, so that those who do not can join them.
    for known in [true, false] {
        for process in processes {
            for holding in process
                .holdings
                .iter()
                .filter(|one| (one.info.unique_id != 0) == known)
            {
                let device = entry(&mut devices, &holding.info);
                learn(&mut device.info, &holding.info);
                if counts(process) {
                    device.count(holding);
                }
            }
        }
    }
    devices.sort_by_key(|device| (device.info.chip, device.info.unique_id));
    devices
}

/// The entry a producer's chip belongs to.
fn entry<'a>(devices: &'a mut Vec<Device>, info: &DeviceInfo) -> &'a mut Device {
    let same_number = |device: &Device| device.info.chip == info.chip;
    let at = if info.unique_id == 0 {
        // Without an id it can only be told apart where the number is ambiguous.
        let mut candidates = (0..devices.len()).filter(|at| same_number(&devices[*at]));
        match (candidates.next(), candidates.next()) {
            (Some(only), None) => Some(only),
            _ => devices
                .iter()
                .position(|one| same_number(one) && one.info.unique_id == 0),
        }
    } else {
        devices
            .iter()
            .position(|one| same_number(one) && one.info.unique_id == info.unique_id)
    };
    let at = at.unwrap_or_else(|| {
        devices.push(Device {
            info: info.clone(),
            ..Device::default()
        });
        devices.len() - 1
    });
    &mut devices[at]
}

/// Fills in what one producer knows and the others did not.
fn learn(known: &mut DeviceInfo, told: &DeviceInfo) {
    let words = [(&mut known.arch, &told.arch), (&mut known.pci, &told.pci)];
    for (known, told) in words {
        if known.is_empty() {
            known.clone_from(told);
        }
    }
    let banks = [
        (&mut known.dram_banks, told.dram_banks),
        (&mut known.l1_banks, told.l1_banks),
        (&mut known.l1_small_banks, told.l1_small_banks),
        (&mut known.trace_banks, told.trace_banks),
    ];
    for (known, told) in banks {
        if known.count == 0 {
            *known = told;
        }
    }
    known.l1_cores = known.l1_cores.max(told.l1_cores);
    let sizes = [
        (&mut known.dram_capacity, told.dram_capacity),
        (&mut known.l1_capacity, told.l1_capacity),
        (&mut known.l1_core_capacity, told.l1_core_capacity),
        (&mut known.dram_allocatable, told.dram_allocatable),
        (&mut known.l1_allocatable, told.l1_allocatable),
        (&mut known.l1_small_allocatable, told.l1_small_allocatable),
        (&mut known.trace_allocatable, told.trace_allocatable),
    ];
    for (known, told) in sizes {
        *known = (*known).max(told);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::sample;

    fn dram(devices: &[Device]) -> Vec<(u32, u64, u64)> {
        devices
            .iter()
            .map(|one| {
                (
                    one.info.chip,
                    one.info.unique_id,
                    one.of(BufferType::Dram).bytes,
                )
            })
            .collect()
    }

    #[test]
    fn producers_of_one_chip_add_up() {
        let both = [
            sample::process(1, State::Running, &[(0, 7, 100)]),
            sample::process(2, State::Running, &[(0, 7, 30), (1, 8, 5)]),
        ];
        let devices = merge(&both);
        assert_eq!(dram(&devices), [(0, 7, 130), (1, 8, 5)]);
        assert!(!devices[0].peak_exact());
        assert_eq!(devices[0].of(BufferType::Dram).peak_bytes, 130);
        assert!(devices[1].peak_exact());
    }

    #[test]
    fn the_peak_of_a_memory_is_never_below_what_is_in_use() {
        let mut device = Device::default();
        let hold = |device: &mut Device, buffer_type, bytes, peak_bytes| {
            device.types[buffer_type as usize] = TypeTotals {
                bytes,
                peak_bytes,
                ..TypeTotals::default()
            };
        };
        let peak = |bytes, exact| Peak { bytes, exact };
        hold(&mut device, BufferType::L1, 40, 90);
        assert_eq!(device.peak(Memory::L1), peak(90, true));
        hold(&mut device, BufferType::Cb, 60, 60);
        assert_eq!(device.peak(Memory::L1), peak(100, false));
        assert_eq!(device.peak(Memory::Dram), peak(0, true));
    }

    #[test]
    fn the_dead_are_known_but_not_counted() {
        let dead = [
            sample::process(1, State::Dead, &[(0, 7, 100)]),
            sample::process(2, State::Exited, &[(0, 7, 100)]),
        ];
        let devices = merge(&dead);
        assert_eq!(dram(&devices), [(0, 7, 0)]);
        assert_eq!(devices[0].producers, 0);
        assert_eq!(devices[0].of(BufferType::Dram).peak_bytes, 0);
    }

    #[test]
    fn one_number_for_two_chips_makes_two_entries() {
        let containers = [
            sample::process(1, State::Running, &[(0, 7, 100)]),
            sample::process(2, State::Running, &[(0, 9, 30)]),
            sample::process(3, State::Running, &[(0, 0, 1)]),
        ];
        assert_eq!(
            dram(&merge(&containers)),
            [(0, 0, 1), (0, 7, 100), (0, 9, 30)]
        );
    }

    #[test]
    fn who_does_not_know_the_id_joins_who_does() {
        let processes = [
            sample::process(1, State::Running, &[(0, 0, 1)]),
            sample::process(2, State::Running, &[(0, 9, 30)]),
        ];
        assert_eq!(dram(&merge(&processes)), [(0, 9, 31)]);
    }
}
