//! The largest gap and the fragmentation of each device's memories, from its single buffers.

use crate::space::{Block, Blocks, Range, Region, Room};
use crate::view::chip::{Chip, Here, chip, is_ambiguous};
use crate::view::{Device, Held, Host};
use std::collections::HashMap;
use ttmem_layout::{BufferType, ChipSet};
use ttmem_reader::State;

/// How much room there is on each chip, as its allocator sees it.
#[derive(Clone, Debug, Default)]
pub(super) struct Rooms {
    rooms: HashMap<(Chip, BufferType), Room>,
}

impl Rooms {
    /// Measures the DRAM and the L1 of each device, from all buffers, which `all` goes through.
    pub(super) fn measure<I: Iterator<Item = Held>>(host: &Host, all: impl Fn() -> I) -> Self {
        let mut rooms = Self::default();
        // Buffers know numbers. Chips that share one are measured each by itself.
        let (shared, own): (Vec<_>, Vec<_>) = host
            .devices
            .iter()
            .partition(|device| is_ambiguous(host, chip(device)));
        rooms.add(&own, all());
        for device in shared {
            let here = Here::on(host, chip(device));
            rooms.add(&[device], all().filter(|held| here.lies(held)));
        }
        rooms
    }

    /// Measures devices no two of which have the same number. What dead processes held is free again.
    fn add(&mut self, devices: &[&Device], held: impl Iterator<Item = Held>) {
        let (mut dram, mut l1) = (Vec::new(), Vec::new());
        for one in held.filter(|one| one.state == State::Running) {
            let into = match one.buffer.buffer_type {
                BufferType::Dram => &mut dram,
                BufferType::L1 => &mut l1,
                _ => continue,
            };
            into.push(Block {
                range: Range::at(one.buffer.address, one.buffer.per_bank),
                chips: one.chips,
                owner: 0,
            });
        }
        for (buffer_type, blocks) in [(BufferType::Dram, dram), (BufferType::L1, l1)] {
            let blocks = Blocks::new(blocks.into_iter());
            let chips = devices.iter().filter_map(|one| ChipSet::of(one.info.chip));
            for alike in blocks.alike(chips.fold(ChipSet::EMPTY, ChipSet::or)) {
                let mut known: Option<(Option<Range>, Room)> = None;
                for device in devices.iter().filter(|one| alike.contains(one.info.chip)) {
                    let region = Region::of(&device.info, buffer_type).map(|one| one.range);
                    let room = match known {
                        Some((same, room)) if same == region => room,
                        _ => Room::of(region, blocks.on(device.info.chip).map(|one| one.range)),
                    };
                    known = Some((region, room));
                    self.rooms.insert((chip(device), buffer_type), room);
                }
            }
        }
    }

    /// The room on one chip for one type of buffer; none if it was not measured.
    pub(super) fn of(&self, chip: Chip, buffer_type: BufferType) -> Option<&Room> {
        self.rooms.get(&(chip, buffer_type))
    }
}
