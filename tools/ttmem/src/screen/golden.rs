//! Whole screens of made-up hosts, compared with `tests/screens/live/`. `SNAPSHOTS=overwrite` rewrites
//! them: read the difference then.

use super::keys::View;
use super::scene::{Scene, Settings};
use super::theme::Theme;
use crate::select::Select;
use crate::source::Depth;
use crate::view::sample::{self, Sample};
use crate::view::{Host, held};
use proptest::prelude::*;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer as Cells;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::layout::Rect;
use snapbox::assert_data_eq;
use std::path::Path;
use std::time::Duration;
use ttmem_layout::{BufferType, ChipSet, TYPES};
use ttmem_reader::{Banks, Buffer, PoolInfo, PoolKind, State, TypeTotals};

const MIB: u64 = 1 << 20;

/// A screen and what it looks at.
struct Shown {
    scene: Scene,
    seen: Vec<Sample>,
    seconds: i64,
}

impl Shown {
    fn new(theme: Theme, seen: Vec<Sample>) -> Self {
        let settings = Settings {
            interval: Duration::from_secs(1),
            exact: false,
            theme,
            view: View::Devices,
            sort: None,
            wanted: None,
        };
        let mut shown = Self {
            scene: Scene::new(&settings),
            seen,
            seconds: 0,
        };
        shown.look(0);
        shown
    }

    /// Looks again after so many seconds.
    fn look(&mut self, seconds: i64) {
        self.seconds += seconds;
        let time = sample::NOW + self.seconds * 1_000_000_000;
        let select = Select::default();
        let seen = self.seen.iter().map(Sample::seen).collect();
        self.scene.take(Host::new(
            "tt01".into(),
            time,
            0,
            seen,
            Depth::Totals,
            &select,
        ));
        self.gather();
    }

    fn gather(&mut self) {
        let time = self.scene.host.time_ns;
        let select = Select::default();
        let all = || {
            self.seen.iter().flat_map(|one| {
                let buffers = one.snapshot.buffers.iter().cloned();
                held(one.seen(), buffers, time, select.chips(), &select)
            })
        };
        self.scene.gathered = self.scene.wanted().gather(&self.scene.host, false, all);
    }

    /// Presses keys: each character one, `\n` for Enter, `\t` for Tab, `\x1b` for Esc.
    fn press(&mut self, keys: &str) -> &mut Self {
        for key in keys.chars() {
            let code = match key {
                '\n' => KeyCode::Enter,
                '\t' => KeyCode::Tab,
                '\x1b' => KeyCode::Esc,
                key => KeyCode::Char(key),
            };
            self.key(code, KeyModifiers::NONE);
        }
        self
    }

    fn key(&mut self, code: KeyCode, modifiers: KeyModifiers) {
        self.scene.key(KeyEvent::new(code, modifiers));
        self.gather();
    }

    fn cells(&mut self, width: u16, height: u16) -> Cells {
        self.scene.width = width;
        self.gather();
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        let draw = |frame: &mut ratatui::Frame<'_>| {
            let area = frame.area();
            self.scene.draw(area, frame.buffer_mut());
        };
        terminal.draw(draw).unwrap();
        terminal.backend().buffer().clone()
    }

    fn text(&mut self, width: u16, height: u16) -> String {
        text(&self.cells(width, height))
    }

    /// Compares with the golden screen of this name and size.
    fn is(&mut self, name: &str, width: u16, height: u16) {
        let shown = self.text(width, height);
        let file = format!("tests/screens/live/{name}-{width}x{height}.txt");
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
        assert_data_eq!(shown, snapbox::Data::read_from(&file, None).raw());
    }
}

fn text(cells: &Cells) -> String {
    let Rect { width, height, .. } = cells.area;
    let row = |y| {
        let row: String = (0..width).map(|x| cells[(x, y)].symbol()).collect();
        format!("{}\n", row.trim_end())
    };
    (0..height).map(row).collect()
}

fn colored() -> Theme {
    Theme::new(true, false)
}

fn totals(bytes: u64, buffers: u64) -> TypeTotals {
    TypeTotals {
        bytes,
        requested_bytes: bytes,
        buffers,
        peak_bytes: bytes + bytes / 4,
        allocs: 1_000 + buffers,
        frees: 1_000,
    }
}

/// A process that holds so much DRAM on each of `chips`, and in L1 buffers, circular buffers and kernels.
fn process(pid: u32, chips: std::ops::Range<u32>, dram: u64, l1: u64) -> Sample {
    let on: Vec<_> = chips
        .clone()
        .map(|chip| (chip, 0x100 + u64::from(chip), dram))
        .collect();
    let mut sample = sample::seen(pid, State::Running, &on);
    let all = chips
        .clone()
        .filter_map(ChipSet::of)
        .fold(ChipSet::EMPTY, ChipSet::or);
    let pool = |index, kind| PoolInfo {
        index,
        chips: all,
        kind: Some(kind),
        runtime_id: 0,
        parent: None,
        retired: false,
        buffers: [0; TYPES],
    };
    sample.snapshot.pools = vec![pool(0, PoolKind::Mesh), pool(1, PoolKind::Programs)];
    sample.snapshot.buffers = Vec::new();
    let parts = [
        (BufferType::Dram, dram, 12, 4, 0x10_0000),
        (BufferType::L1, l1, 72, 3, 0x2_0000),
        (BufferType::Cb, l1 / 2, 72, 1, 0x1_0000),
        (BufferType::Kernel, l1 / 8, 72, 1, 0x4000),
    ];
    let banks = |count, size| Banks {
        base: 0,
        size,
        count,
        alignment: 32,
    };
    for device in &mut sample.snapshot.devices {
        device.info.dram_banks = banks(12, 1 << 30);
        device.info.l1_banks = banks(72, device.info.l1_core_capacity);
    }
    for (buffer_type, bytes, banks, count, address) in parts {
        for device in &mut sample.snapshot.devices {
            device.types[buffer_type as usize] = totals(bytes, count);
            (device.l1_core_bytes, device.l1_core_peak) = (l1 / 72, l1 / 64);
        }
        let per_bank = bytes / count / u64::from(banks);
        for at in 0..count {
            let number = sample.snapshot.buffers.len() as u64;
            sample.snapshot.buffers.push(Buffer {
                buffer_type,
                banks,
                per_bank,
                occupied: per_bank * u64::from(banks),
                id: 100 + number,
                ..sample::buffer(
                    128 + number,
                    all,
                    address + 2 * at * per_bank,
                    bytes / count,
                )
            });
        }
        let pool = usize::from(matches!(buffer_type, BufferType::Cb | BufferType::Kernel));
        sample.snapshot.pools[pool].buffers[buffer_type as usize] = count;
    }
    sample
}

fn dead(pid: u32, chips: std::ops::Range<u32>, dram: u64, l1: u64) -> Sample {
    let mut sample = process(pid, chips, dram, l1);
    sample.snapshot.state = State::Dead;
    sample.identity.user = "ci".into();
    sample.identity.command = "vllm serve a-model --port 8000".into();
    sample
}

/// One chip, one process.
fn one() -> Vec<Sample> {
    vec![process(4242, 0..1, 8_000 * MIB, 40 * MIB)]
}

/// Eight chips: a mesh, a process on one of them, one that died, and losses.
fn eight() -> Vec<Sample> {
    let mut small = process(777, 2..3, 300 * MIB, 20 * MIB);
    small.identity.command = "python small.py --batch 32".into();
    small.snapshot.current_mark = Some("prefill".into());
    small.snapshot.losses.counts[ttmem_layout::loss::LIVE_OVERFLOW] = 1_204;
    small.snapshot.anomalies.counts[0] = 3;
    vec![
        process(4242, 0..8, 6_000 * MIB, 40 * MIB),
        small,
        dead(9921, 3..5, 1_000 * MIB, 10 * MIB),
    ]
}

/// A Galaxy in lock step but for one chip.
fn galaxy() -> Vec<Sample> {
    let mut small = process(777, 11..12, 370 * MIB, 8 * MIB);
    small.identity.command = "python stray.py".into();
    vec![process(4242, 0..32, 8_000 * MIB, 60 * MIB), small]
}

/// After a minute, so that there are rates and a past.
fn a_minute_later(seen: Vec<Sample>) -> Shown {
    let mut shown = Shown::new(colored(), seen);
    for _ in 0..6 {
        for one in &mut shown.seen {
            for device in &mut one.snapshot.devices {
                let l1 = &mut device.types[BufferType::L1 as usize];
                (l1.allocs, l1.frees) = (l1.allocs + 12_000, l1.frees + 12_000);
                device.types[BufferType::Dram as usize].bytes += 2 * MIB;
            }
        }
        shown.look(10);
    }
    shown
}

const SIZES: [(u16, u16); 5] = [(40, 24), (80, 24), (200, 24), (80, 8), (40, 8)];

#[test]
fn devices() {
    for (name, seen) in [("one", one()), ("eight", eight()), ("galaxy", galaxy())] {
        let mut shown = a_minute_later(seen);
        for (width, height) in SIZES {
            shown.is(&format!("devices-{name}"), width, height);
        }
    }
}

#[test]
fn processes() {
    for (name, seen) in [("one", one()), ("eight", eight()), ("galaxy", galaxy())] {
        let mut shown = a_minute_later(seen);
        shown.press("2");
        for (width, height) in SIZES {
            shown.is(&format!("processes-{name}"), width, height);
        }
    }
}

#[test]
fn buffers() {
    for (name, seen) in [("one", one()), ("eight", eight()), ("galaxy", galaxy())] {
        let mut shown = a_minute_later(seen);
        shown.press("3");
        for (width, height) in SIZES {
            shown.is(&format!("buffers-{name}"), width, height);
        }
    }
}

#[test]
fn maps() {
    for (name, seen) in [("one", one()), ("eight", eight()), ("galaxy", galaxy())] {
        let mut shown = a_minute_later(seen);
        shown.press("4");
        for (width, height) in SIZES {
            shown.is(&format!("map-{name}"), width, height);
        }
        shown.press("t");
        shown.is(&format!("map-dram-{name}"), 80, 24);
    }
}

#[test]
fn the_keys() {
    let mut shown = a_minute_later(one());
    shown.press("?");
    shown.is("help", 80, 60);
    shown.is("help", 40, 24);
}

#[test]
fn who_holds_l1_of_device_2_in_two_keys() {
    let mut shown = a_minute_later(eight());
    shown.press("D2");
    for (width, height) in SIZES {
        shown.is("device", width, height);
    }
}

#[test]
fn a_galaxy_has_devices_with_two_digits() {
    let mut shown = a_minute_later(galaxy());
    let first_line = |shown: &mut Shown| shown.text(80, 24).lines().nth(2).unwrap().to_owned();
    assert!(first_line(shown.press("D1")).starts_with("  device 1  "));
    assert!(first_line(shown.press("1")).starts_with("  device 11  "));
    assert!(first_line(shown.press("D3")).starts_with("  device 3  "));
    // No device begins with 38: it is device 3 and then the key 8, which does nothing.
    assert!(first_line(shown.press("\x1bD")).starts_with("  DRAM "));
}

#[test]
fn a_process_of_its_own() {
    let mut shown = a_minute_later(eight());
    shown.press("2\n");
    shown.is("process", 80, 24);
    shown.press("\x1bj\n");
    shown.is("process-lossy", 80, 24);
}

#[test]
fn a_buffer_of_its_own() {
    let mut shown = a_minute_later(eight());
    shown.press("3j\n");
    shown.is("buffer", 80, 24);
}

#[test]
fn who_dies_stays_with_what_it_held() {
    let mut shown = a_minute_later(eight());
    shown.press("2");
    shown.seen[1].snapshot.state = State::Dead;
    shown.look(1);
    shown.is("died", 80, 24);
    // The segment goes as well.
    shown.seen.remove(1);
    shown.look(1);
    shown.is("gone", 80, 24);
}

#[test]
fn expanded_processes_show_each_device() {
    let mut shown = a_minute_later(galaxy());
    shown.press("2e");
    shown.is("expanded", 80, 24);
}

#[test]
fn paused() {
    let mut shown = a_minute_later(one());
    shown.press(" ");
    shown.is("paused", 80, 24);
}

#[test]
fn since_a_mark() {
    let mut shown = a_minute_later(eight());
    shown.press("m");
    shown.is("marked", 80, 24);
    for device in &mut shown.seen[0].snapshot.devices {
        device.types[BufferType::L1 as usize].bytes += 5 * MIB;
        device.types[BufferType::Dram as usize].bytes -= MIB;
    }
    shown.seen.push(process(5150, 7..8, 10 * MIB, MIB));
    shown.look(9);
    shown.press("d");
    shown.is("since-devices", 80, 24);
    shown.press("2");
    shown.is("since-processes", 80, 24);
    shown.is("since-processes", 200, 24);
}

#[test]
fn only_what_was_asked_for() {
    let mut shown = a_minute_later(eight());
    shown.press("2/small");
    shown.is("typing", 80, 24);
    shown.press("\n");
    shown.is("words", 80, 24);
    shown.press("3/size > 100M && type == DRAM\n");
    shown.is("query", 80, 24);
    shown.press("/size >\n");
    shown.is("query-wrong", 80, 24);
}

#[test]
fn without_unicode() {
    let mut shown = Shown::new(Theme::new(true, true), eight());
    for (keys, name) in [("", "ascii-devices"), ("2", "ascii-processes")] {
        shown.press(keys);
        let text = shown.text(120, 24);
        assert!(text.is_ascii(), "{text}");
        shown.is(name, 120, 24);
    }
}

#[test]
fn nobody_there() {
    Shown::new(colored(), Vec::new()).is("nobody", 80, 24);
}

#[test]
fn a_line_where_there_is_room_for_no_more() {
    let mut shown = a_minute_later(eight());
    shown.is("line", 40, 4);
    shown.is("line", 80, 1);
}

#[test]
fn colour_only_repeats_what_is_there() {
    for keys in ["", "2", "3", "4", "D2", "2\n", "?", "c", "f"] {
        let [mut plain, mut colored] = [false, true].map(|colored| {
            let mut shown = Shown::new(Theme::new(colored, false), eight());
            shown.press(keys);
            shown
        });
        let (plain, colored) = (plain.cells(120, 40), colored.cells(120, 40));
        assert_eq!(text(&plain), text(&colored));
        let has_color = |cell: &ratatui::buffer::Cell| {
            (cell.fg, cell.bg) != (ratatui::style::Color::Reset, ratatui::style::Color::Reset)
        };
        assert!(!plain.content.iter().any(has_color));
        assert!(keys == "?" || keys == "2\n" || colored.content.iter().any(has_color));
    }
}

fn any_key() -> impl Strategy<Value = (KeyCode, KeyModifiers)> {
    let keys = "q?hD1234zjkgG/, .rmdwetfca-+!09x=<>&|L";
    let plain = proptest::sample::select(keys.chars().collect::<Vec<_>>()).prop_map(KeyCode::Char);
    let other = proptest::sample::select(vec![
        KeyCode::Enter,
        KeyCode::Esc,
        KeyCode::Tab,
        KeyCode::BackTab,
        KeyCode::Backspace,
        KeyCode::Up,
        KeyCode::Down,
        KeyCode::Left,
        KeyCode::Right,
        KeyCode::PageUp,
        KeyCode::PageDown,
        KeyCode::Home,
        KeyCode::End,
        KeyCode::F(6),
    ]);
    let key = prop_oneof![3 => plain, 2 => other];
    (
        key,
        prop_oneof![9 => Just(KeyModifiers::NONE), 1 => Just(KeyModifiers::CONTROL)],
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn no_size_and_no_key_is_too_much(
        host in 0..4_usize,
        turns in prop::collection::vec(
            (prop::collection::vec(any_key(), 0..8), 1..300_u16, 1..100_u16, any::<bool>()),
            1..10,
        ),
    ) {
        let seen = vec![Vec::new(), one(), eight(), galaxy()].swap_remove(host);
        let mut shown = a_minute_later(seen);
        for (keys, width, height, goes) in turns {
            for (code, modifiers) in keys {
                shown.key(code, modifiers);
            }
            if goes {
                shown.seen.pop();
                shown.look(1);
            }
            // The whole is a part of something larger, of which nothing else may change.
            let all = Rect::new(0, 0, width + 2, height + 2);
            let mut cells = Cells::filled(all, ratatui::buffer::Cell::new("~"));
            let area = Rect::new(1, 1, width, height);
            for (x, y) in area.positions().map(|at| (at.x, at.y)) {
                cells[(x, y)].reset();
            }
            shown.scene.draw(area, &mut cells);
            for at in all.positions().filter(|at| !area.contains(*at)) {
                prop_assert_eq!(&cells[at], &ratatui::buffer::Cell::new("~"));
            }
        }
    }
}
