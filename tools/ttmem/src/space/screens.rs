//! Maps of a made-up host, compared with `tests/screens/`. `SNAPSHOTS=overwrite` rewrites them: read the
//! difference then.

use super::sheet::Style;
use super::{BANKED, Need, pictures};
use crate::command::map;
use crate::select::Select;
use crate::source::Depth;
use crate::view::Host;
use crate::view::sample::{self, Sample};
use snapbox::{assert_data_eq, file};
use std::io::Write;
use ttmem_layout::{BufferType, ChipSet};
use ttmem_reader::{Banks, Buffer, CbStep, State};

const CHIPS: ChipSet = ChipSet(0xff);

/// Eight chips in lock step: weights and a cache with holes between in DRAM, activations in L1 and
/// circular buffers that come close to them; and a process that died on the first two.
fn seen(banks: bool) -> Vec<Sample> {
    let mut model = producer(4242, State::Running, CHIPS, banks);
    for layer in 0..20 {
        hold(
            &mut model,
            BufferType::Dram,
            0x10_0040 + layer * 0x40_0000,
            0x40_0000,
        );
    }
    for page in 0..6 {
        hold(
            &mut model,
            BufferType::Dram,
            0x2000_0040 + page * 0x100_0000,
            0x80_0000,
        );
    }
    hold(&mut model, BufferType::L1, 0x14_0000, 0x2_6000);
    hold(&mut model, BufferType::L1, 0x8_0000, 0x8000);
    hold(&mut model, BufferType::L1, 0xc_0000, 0x4_0000);
    hold(&mut model, BufferType::Cb, 0x1_9d60, 0x6_0000);
    for device in &mut model.snapshot.devices {
        let step = |end, cores, x, y| CbStep { end, cores, x, y };
        device.cb_steps[..2].copy_from_slice(&[step(0x7_9d60, 8, 0, 0), step(0x4_9d60, 64, 1, 0)]);
    }
    let mut dead = producer(9921, State::Dead, ChipSet(0b11), banks);
    hold(&mut dead, BufferType::L1, 0x10_0000, 0x6_0000);
    vec![model, dead]
}

fn producer(pid: u32, state: State, chips: ChipSet, banks: bool) -> Sample {
    let chips: Vec<_> = chips
        .iter()
        .map(|chip| (chip, 0x100 + u64::from(chip), 0))
        .collect();
    let mut sample = sample::seen(pid, state, &chips);
    sample.snapshot.buffers.clear();
    for device in sample.snapshot.devices.iter_mut().filter(|_| banks) {
        let place = |base, end, count| Banks {
            base,
            size: end - base,
            count,
            alignment: 32,
        };
        device.info.dram_banks = place(0x10_0040, 0x4000_0000, 12);
        device.info.l1_banks = place(0x1_9d60, 0x16_6000, 72);
    }
    sample
}

fn hold(sample: &mut Sample, buffer_type: BufferType, address: u64, per_bank: u64) {
    let chips = sample.snapshot.devices.iter();
    let chips = chips.filter_map(|device| ChipSet::of(device.info.chip));
    let sequence = sample.snapshot.buffers.len() as u64 + 128;
    let banks = if buffer_type == BufferType::Dram {
        12
    } else {
        72
    };
    let buffer = sample::buffer(
        sequence,
        chips.fold(ChipSet::EMPTY, ChipSet::or),
        address,
        per_bank,
    );
    sample.snapshot.buffers.push(Buffer {
        banks,
        occupied: per_bank * u64::from(banks),
        buffer_type,
        ..buffer
    });
}

fn screen(banks: bool, select: &Select, need: Option<Need>, width: usize) -> String {
    let seen = seen(banks);
    let seen = seen.iter().map(Sample::seen).collect();
    let host = Host::new("tt01".into(), sample::NOW, 0, seen, Depth::Buffers, select);
    let mut pictures = pictures(&host, &BANKED, !select.pids.is_empty());
    for picture in &mut pictures {
        need.into_iter().for_each(|need| picture.fit(need));
    }
    let style = Style {
        width,
        exact: false,
        all: false,
    };
    let mut out = anstream::StripStream::new(Vec::new());
    map::text(&mut out, &host, &pictures, style).unwrap();
    out.flush().unwrap();
    String::from_utf8(out.into_inner()).unwrap()
}

#[test]
fn eight_chips_in_lock_step() {
    let shown = screen(true, &Select::default(), None, 100);
    assert_data_eq!(shown, file!["../../tests/screens/map.txt"]);
}

#[test]
fn a_narrow_terminal() {
    let shown = screen(true, &Select::default(), None, 60);
    assert_data_eq!(shown, file!["../../tests/screens/map-narrow.txt"]);
}

#[test]
fn what_would_have_to_go() {
    let shown = screen(
        true,
        &Select::default(),
        Some(Need::PerBank(500 << 10)),
        100,
    );
    assert_data_eq!(shown, file!["../../tests/screens/map-fit.txt"]);
}

#[test]
fn a_dead_process() {
    let select = Select {
        pids: vec![9921],
        ..Select::default()
    };
    let shown = screen(true, &select, Some(Need::InAll(90 << 20)), 100);
    assert_data_eq!(shown, file!["../../tests/screens/map-dead.txt"]);
}

#[test]
fn where_nobody_said_where_the_banks_are() {
    let shown = screen(false, &Select::default(), None, 100);
    assert_data_eq!(shown, file!["../../tests/screens/map-unknown.txt"]);
}

#[test]
fn a_bar_has_no_more_cells_than_there_are_bytes() {
    let seen = sample::seen(7, State::Running, &[(0, 7, 32)]);
    let seen = vec![seen.seen()];
    let select = Select::default();
    let host = Host::new("tt01".into(), sample::NOW, 0, seen, Depth::Buffers, &select);
    let pictures = pictures(&host, &BANKED, false);
    let owners = super::bar::owners(&pictures[0]);
    let bar = super::bar::draw(&pictures[0], &owners, 100);
    assert_eq!(bar, "A".repeat(32));
}
