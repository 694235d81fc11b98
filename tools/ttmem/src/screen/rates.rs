//! How fast each process allocates and frees.

use crate::view::{Host, Process};
use std::collections::HashMap;
use ttmem_reader::TypeTotals;

/// A process's segment and what its counters said.
#[derive(Clone, Copy, Debug, Default)]
struct Counted {
    allocs: u64,
    frees: u64,
}

/// Events in a second, of the busiest of a process's devices: an allocation on a mesh is one, on
/// however many devices it lies.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Rate {
    pub(super) allocs: f64,
    pub(super) frees: f64,
}

/// How fast each process is.
#[derive(Debug, Default)]
pub(super) struct Rates {
    time_ns: i64,
    counted: HashMap<(String, u32), Counted>,
    rates: HashMap<String, Rate>,
}

impl Rates {
    /// Compares with what was counted the last time.
    pub(super) fn take(&mut self, host: &Host) {
        let seconds = host.time_ns.saturating_sub(self.time_ns) as f64 / 1e9;
        let before = std::mem::take(&mut self.counted);
        self.time_ns = host.time_ns;
        self.rates.clear();
        for process in &host.processes {
            for holding in &process.holdings {
                let sum = |count: fn(&TypeTotals) -> u64| {
                    let counts = holding.types.iter().map(count);
                    counts.fold(0, u64::saturating_add)
                };
                let now = Counted {
                    allocs: sum(|one| one.allocs),
                    frees: sum(|one| one.frees),
                };
                let key = (process.segment.clone(), holding.info.chip);
                if let Some(was) = before.get(&key)
                    && seconds > 0.0
                {
                    let rate = self.rates.entry(process.segment.clone()).or_default();
                    let per_second = |now: u64, was: u64| now.saturating_sub(was) as f64 / seconds;
                    rate.allocs = rate.allocs.max(per_second(now.allocs, was.allocs));
                    rate.frees = rate.frees.max(per_second(now.frees, was.frees));
                }
                self.counted.insert(key, now);
            }
        }
    }

    /// How fast a process is; none if it was seen once only.
    pub(super) fn of(&self, process: &Process) -> Option<Rate> {
        self.rates.get(&process.segment).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::sample;
    use ttmem_reader::State;

    #[test]
    fn a_mesh_event_counts_once() {
        let host = |seconds: i64, allocs| {
            let mut process = sample::process(1, State::Running, &[(0, 7, 1), (1, 8, 1)]);
            for holding in &mut process.holdings {
                holding.types[0].allocs = allocs;
            }
            let mut host = sample::empty_host(seconds);
            host.processes = vec![process];
            host
        };
        let mut rates = Rates::default();
        rates.take(&host(0, 10));
        assert_eq!(rates.of(&host(0, 0).processes[0]), None);
        rates.take(&host(2, 30));
        let rate = rates.of(&host(0, 0).processes[0]).unwrap();
        assert_eq!((rate.allocs, rate.frees), (10.0, 0.0));
    }
}
