//! The program's own account of what it holds: what the segment has to agree with.

use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use ttmem_layout::{BufferType, ChipSet, TYPES};

/// Bytes and counts of one buffer type on one chip.
#[derive(Clone, Copy, Default)]
struct Line {
    bytes: u64,
    requested: u64,
    buffers: u64,
    peak: u64,
    allocs: u64,
    frees: u64,
}

/// One allocation.
#[derive(Clone, Copy)]
pub(crate) struct Held {
    pub(crate) requested: u64,
    pub(crate) occupied: u64,
}

/// Everything that is allocated, in the plainest way that can be right.
#[derive(Default)]
pub(crate) struct Books {
    live: BTreeMap<(usize, BufferType, u64), (Held, ChipSet, u64)>,
    lines: BTreeMap<u32, [Line; TYPES]>,
    /// Whether threads reported side by side: then no single order of events is known, nor a peak.
    concurrent: bool,
}

impl Books {
    /// An allocation. The same size again is a reference, another size a replacement.
    pub(crate) fn alloc(
        &mut self,
        pool: usize,
        chips: ChipSet,
        buffer_type: BufferType,
        address: u64,
        held: Held,
    ) {
        let key = (pool, buffer_type, address);
        match self.live.get_mut(&key) {
            Some((old, _, refs)) if old.requested == held.requested => return *refs += 1,
            Some(_) => self.end(key),
            None => {}
        }
        self.live.insert(key, (held, chips, 1));
        for chip in chips.iter() {
            let line = &mut self.lines.entry(chip).or_default()[buffer_type as usize];
            line.bytes += held.occupied;
            line.requested += held.requested;
            line.buffers += 1;
            line.allocs += 1;
            line.peak = line.peak.max(line.bytes);
        }
    }

    /// A free; of what is not live it changes nothing.
    pub(crate) fn free(&mut self, pool: usize, buffer_type: BufferType, address: u64) {
        let key = (pool, buffer_type, address);
        match self.live.get_mut(&key) {
            Some((_, _, refs)) if *refs > 1 => *refs -= 1,
            Some(_) => self.end(key),
            None => {}
        }
    }

    /// The end of everything in a pool.
    pub(crate) fn clear(&mut self, pool: usize) {
        let keys: Vec<_> = self
            .live
            .keys()
            .copied()
            .filter(|key| key.0 == pool)
            .collect();
        for key in keys {
            self.end(key);
        }
    }

    fn end(&mut self, key: (usize, BufferType, u64)) {
        let Some((held, chips, _)) = self.live.remove(&key) else {
            return;
        };
        for chip in chips.iter() {
            let line = &mut self.lines.entry(chip).or_default()[key.1 as usize];
            line.bytes -= held.occupied;
            line.requested -= held.requested;
            line.buffers -= 1;
            line.frees += 1;
        }
    }

    /// Adds the books of a thread that reported beside others.
    pub(crate) fn add(&mut self, other: Self) {
        self.concurrent = true;
        self.live.extend(other.live);
        for (chip, lines) in other.lines {
            let own = self.lines.entry(chip).or_default();
            for (line, more) in own.iter_mut().zip(lines) {
                line.bytes += more.bytes;
                line.requested += more.requested;
                line.buffers += more.buffers;
                line.allocs += more.allocs;
                line.frees += more.frees;
            }
        }
    }

    /// `{"devices": {"0": {"DRAM": {…}}}, "buffers": [[address, type, requested, refs]]}`, types
    /// never used left out; `peak_bytes` is null after threads ran side by side.
    pub(crate) fn to_json(&self) -> Value {
        let mut devices = Map::new();
        for (chip, lines) in &self.lines {
            let mut types = Map::new();
            for (buffer_type, line) in BufferType::ALL.iter().zip(lines) {
                if line.allocs == 0 {
                    continue;
                }
                let peak = (!self.concurrent).then_some(line.peak);
                let line = json!({
                    "bytes": line.bytes, "requested_bytes": line.requested,
                    "buffers": line.buffers, "peak_bytes": peak,
                    "allocs": line.allocs, "frees": line.frees,
                });
                types.insert(buffer_type.name().to_owned(), line);
            }
            devices.insert(chip.to_string(), Value::Object(types));
        }
        let buffers = self
            .live
            .iter()
            .map(|((_, buffer_type, address), (held, _, refs))| {
                json!([address, buffer_type.name(), held.requested, refs])
            });
        json!({ "devices": devices, "buffers": buffers.collect::<Vec<_>>() })
    }
}
