//! Which chip is meant: one number may stand for two of them, each in containers of its own.

use super::{Device, Held, Host, Process};
use ttmem_reader::DeviceInfo;

/// A device: its number and its unique id.
pub(crate) type Chip = (u32, u64);

/// Who a device is.
pub(crate) const fn chip(device: &Device) -> Chip {
    (device.info.chip, device.info.unique_id)
}

/// Whether the number of a chip stands for several of them.
pub(crate) fn is_ambiguous(host: &Host, wanted: Chip) -> bool {
    let alike = |device: &&Device| device.info.chip == wanted.0;
    host.devices.iter().filter(alike).count() > 1
}

/// Whether this is what a process says of the chip. Who does not know the unique id means the only one
/// there is.
pub(crate) fn is_it(host: &Host, told: &DeviceInfo, wanted: Chip) -> bool {
    let (number, id) = wanted;
    let same_number = told.chip == number;
    let unknown = told.unique_id == 0 || id == 0;
    same_number && (told.unique_id == id || unknown && !is_ambiguous(host, wanted))
}

/// Whether a process uses the chip.
pub(crate) fn is_meant(host: &Host, process: &Process, wanted: Chip) -> bool {
    let mut holdings = process.holdings.iter();
    holdings.any(|one| is_it(host, &one.info, wanted))
}

/// Tells what lies on a chip.
pub(crate) struct Here<'a> {
    number: u32,
    /// If the number is ambiguous: the processes that mean this chip, by their segments.
    segments: Option<Vec<&'a str>>,
}

impl<'a> Here<'a> {
    /// On this chip.
    pub(crate) fn on(host: &'a Host, wanted: Chip) -> Self {
        let segments = is_ambiguous(host, wanted).then(|| {
            let processes = host.processes.iter();
            let meant = processes.filter(|process| is_meant(host, process, wanted));
            meant.map(|process| &*process.segment).collect()
        });
        Self {
            number: wanted.0,
            segments,
        }
    }

    /// Whether a buffer lies there.
    pub(crate) fn lies(&self, held: &Held) -> bool {
        let segments = self.segments.as_ref();
        held.chips.contains(self.number)
            && segments.is_none_or(|segments| segments.contains(&&*held.segment))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::sample;

    #[test]
    fn without_a_unique_id_the_only_chip_of_the_number_is_meant() {
        let with = |chips: &[Chip]| {
            let mut host = sample::empty_host(0);
            host.devices = chips
                .iter()
                .map(|(number, id)| Device {
                    info: sample::info(*number, *id),
                    ..Device::default()
                })
                .collect();
            host
        };
        let told = |id| sample::info(0, id);
        let one = with(&[(0, 7), (1, 9)]);
        assert!(is_it(&one, &told(0), (0, 7)));
        assert!(!is_it(&one, &told(9), (0, 7)));
        assert!(!is_it(&one, &told(0), (1, 9)));
        let two = with(&[(0, 0), (0, 7), (0, 9)]);
        assert!(is_it(&two, &told(9), (0, 9)));
        assert!(is_it(&two, &told(0), (0, 0)));
        assert!(!is_it(&two, &told(0), (0, 9)));
        assert!(!is_it(&two, &told(9), (0, 0)));
    }
}
