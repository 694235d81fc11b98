//! What each device held in the last minutes.

use crate::view::chip::{Chip, chip};
use crate::view::{Host, in_memory};
use std::collections::{HashMap, VecDeque};
use ttmem_layout::Memory;

/// So far back, in nanoseconds.
pub(super) const REACH: i64 = 120_000_000_000;
/// Samples of one device: of more, those in between are left out.
const SAMPLES: usize = 240;

#[derive(Clone, Copy, Debug)]
struct Sample {
    time_ns: i64,
    dram: u64,
    l1: u64,
}

/// What was seen of each device.
#[derive(Debug, Default)]
pub(super) struct Past {
    chips: HashMap<Chip, VecDeque<Sample>>,
    now_ns: i64,
}

impl Past {
    /// Takes down what there is now.
    pub(super) fn take(&mut self, host: &Host) {
        self.now_ns = host.time_ns;
        for device in &host.devices {
            let samples = self.chips.entry(chip(device)).or_default();
            let spacing = REACH / SAMPLES as i64;
            // The last one always stands for now.
            if samples.len() > 1
                && host
                    .time_ns
                    .saturating_sub(samples[samples.len() - 2].time_ns)
                    < spacing
            {
                samples.pop_back();
            }
            samples.push_back(Sample {
                time_ns: host.time_ns,
                dram: in_memory(&device.types, Memory::Dram),
                l1: in_memory(&device.types, Memory::L1),
            });
        }
        let oldest = host.time_ns.saturating_sub(REACH);
        self.chips.retain(|_, samples| {
            while samples.front().is_some_and(|one| one.time_ns < oldest) {
                samples.pop_front();
            }
            !samples.is_empty()
        });
    }

    /// The most of a memory that was seen in each of `parts` equal stretches of time; where nobody
    /// looked, what had been seen before.
    pub(super) fn of(&self, chip: Chip, memory: Memory, parts: usize) -> Vec<Option<u64>> {
        let mut most = vec![None::<u64>; parts];
        let start = self.now_ns.saturating_sub(REACH);
        for sample in self.chips.get(&chip).into_iter().flatten() {
            let since = sample.time_ns.saturating_sub(start).clamp(0, REACH);
            let at = (since as usize).saturating_mul(parts) / REACH as usize;
            let value = match memory {
                Memory::Dram => sample.dram,
                _ => sample.l1,
            };
            if let Some(slot) = most.get_mut(at.min(parts.saturating_sub(1))) {
                *slot = (*slot).max(Some(value));
            }
        }
        let mut before = None;
        for slot in &mut most {
            *slot = slot.or(before);
            before = *slot;
        }
        most
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::{Device, sample};
    use ttmem_layout::BufferType;

    fn host(seconds: i64, dram: u64) -> Host {
        let mut device = Device::default();
        device.types[BufferType::Dram as usize].bytes = dram;
        let mut host = sample::empty_host(seconds);
        host.devices = vec![device];
        host
    }

    #[test]
    fn each_stretch_shows_its_peak_and_the_gaps_what_was_before() {
        let mut past = Past::default();
        for (seconds, dram) in [(0, 5), (31, 7), (32, 9), (100, 1)] {
            past.take(&host(seconds, dram));
        }
        past.take(&host(119, 2));
        assert_eq!(
            past.of((0, 0), Memory::Dram, 4),
            [Some(5), Some(9), Some(9), Some(2)]
        );
        past.take(&host(500, 3));
        assert_eq!(past.of((0, 0), Memory::Dram, 3), [None, None, Some(3)]);
    }

    #[test]
    fn looking_often_does_not_fill_memory() {
        let mut past = Past::default();
        for tenths in 0..5_000 {
            let mut host = host(0, tenths);
            host.time_ns += tenths as i64 * 10_000_000;
            past.take(&host);
        }
        assert!(past.chips[&(0, 0)].len() <= SAMPLES + 2);
    }
}
