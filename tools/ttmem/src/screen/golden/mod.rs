//! Whole screens of made-up hosts, compared with `tests/screens/live/`. `SNAPSHOTS=overwrite` rewrites
//! them: read the difference then.

mod any;
mod hosts;
mod views;

use super::keys::View;
use super::scene::{Scene, Settings};
use super::theme::Theme;
use crate::select::Select;
use crate::source::Depth;
use crate::view::sample::{self, Sample};
use crate::view::{Host, held};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer as Cells;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::layout::Rect;
use snapbox::assert_data_eq;
use std::path::Path;
use std::time::Duration;
use ttmem_layout::BufferType;

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
