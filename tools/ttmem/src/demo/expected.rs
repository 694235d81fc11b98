//! What must be seen after so many steps: worked out from the script alone.

use super::script::{Op, Range};
use std::collections::HashMap;
use ttmem_layout::{BufferType, Memory, TYPES};
use ttmem_reader::{DeviceTotals, TypeTotals};

/// What a producer must hold on each of its chips. They are in lock step, so one account serves all.
#[derive(Debug, Default)]
pub(super) struct Expected {
    live: HashMap<(u8, u64), (Range, u64)>,
    types: [TypeTotals; TYPES],
    core: u64,
    core_peak: u64,
}

impl Expected {
    pub(super) fn follow(&mut self, ops: &[Op]) {
        for op in ops {
            match op {
                Op::Mark(_) => {}
                Op::Begin(range) => self.begin(*range),
                Op::End(range) => self.end(range),
            }
        }
    }

    fn begin(&mut self, range: Range) {
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

    /// Allocations that must be live.
    pub(super) fn buffers(&self) -> usize {
        self.live.len()
    }

    /// Each figure of a chip: its name, what it must be and what it is.
    pub(super) fn compare(&self, seen: &DeviceTotals) -> Vec<(String, u64, u64)> {
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
            figures.extend(pairs.map(|(name, must, is)| {
                (
                    format!("device {device} {} {name}", buffer_type.name()),
                    must,
                    is,
                )
            }));
        }
        figures.push((
            format!("device {device} L1 of a core"),
            self.core,
            seen.l1_core_bytes,
        ));
        figures.push((
            format!("device {device} peak of a core"),
            self.core_peak,
            seen.l1_core_peak,
        ));
        figures
    }
}
