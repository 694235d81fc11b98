//! The live screen, driven by keys while the demo's producers run.

use crate::support::{Place, Producer};
use ::support::{ProducerProcess, Tmux, until};

/// A screen on which two producers are seen: `embed` works on device 2, `batch` on device 3.
struct Live {
    tmux: Tmux,
    place: Place,
    embed: Producer,
    batch: Producer,
}

impl Live {
    fn start(options: &str) -> Option<Self> {
        let place = Place::new();
        let tmux = place.tmux(120, 30)?;
        let (mut embed, mut batch) = (
            Producer::start(&place, "embed"),
            Producer::start(&place, "batch"),
        );
        embed.steps(1);
        batch.steps(1);
        tmux.line(&format!("ttmem top -i 50ms {options}"));
        let live = Self {
            tmux,
            place,
            embed,
            batch,
        };
        live.shows(&["1 Devices", "2 processes"]);
        Some(live)
    }

    /// Waits until all of it is on the screen.
    fn shows(&self, texts: &[&str]) -> String {
        self.tmux.wait(&texts.join(", "), |screen| {
            texts.iter().all(|text| screen.contains(text))
        })
    }

    /// Presses a key and waits until all of it is on the screen.
    fn press(&self, key: &str, texts: &[&str]) -> String {
        self.tmux.press(key);
        self.shows(texts)
    }

    /// Waits until a line has all of it.
    fn line(&self, texts: &[&str]) -> String {
        line(&self.tmux, texts)
    }

    /// Waits until the only process listed is this one.
    fn lists_only(&self, one: &Producer, other: &Producer) {
        let (one, other) = (one.pid().to_string(), other.pid().to_string());
        self.tmux.wait("one process", |screen| {
            screen.contains(&one) && !screen.contains(&other)
        });
    }
}

/// Waits until a line of the screen has all of it.
fn line(tmux: &Tmux, texts: &[&str]) -> String {
    let has = |line: &str| texts.iter().all(|text| line.contains(text));
    let screen = tmux.wait(&texts.join(" "), |screen| screen.lines().any(has));
    screen.lines().find(|line| has(line)).unwrap().to_owned()
}

#[test]
fn a_key_shows_each_view() {
    let Some(live) = Live::start("") else {
        return;
    };
    live.shows(&["DRAM", "SHARE", "524.3 MiB"]);
    live.press("2", &["[2 Processes]", "ALLOCS/s"]);
    live.press("3", &["[3 Buffers]", "ADDRESS", "300.0 MiB", "0x"]);
    live.press("4", &["[4 Map]"]);
    live.press("Tab", &["[1 Devices]"]);
    live.press("BTab", &["[4 Map]"]);
    live.press("?", &["who holds the memory of device 2"]);
    live.press("Escape", &["[4 Map]", "quit"]);
    for view in ["devices", "processes", "buffers", "map"] {
        live.tmux.press("q");
        until("the end", || !live.tmux.is_taken());
        live.tmux.line(&format!("ttmem top --view {view}"));
        live.tmux.wait("the view asked for", |screen| {
            let tabs = screen.to_lowercase();
            tabs.contains(&format!(" {view}]"))
        });
    }
}

#[test]
fn a_device_that_is_empty_has_a_gap_at_once() {
    let place = Place::new();
    let Some(tmux) = place.tmux(120, 30) else {
        return;
    };
    let mut producer = ProducerProcess::attached(place.path());
    tmux.line("ttmem top -i 50ms");
    for device in ["0", "1"] {
        producer.ok(&format!("device {device} banks"));
        let dram = line(&tmux, &[&format!(" {device} "), "DRAM", "1023.9 MiB"]);
        assert!(dram.contains(" 0 B"), "{dram}");
    }
}

#[test]
fn two_keys_tell_who_holds_l1_on_device_2() {
    let Some(live) = Live::start("") else {
        return;
    };
    live.tmux.press("D");
    live.press("2", &["device 2", "L1 is held by"]);
    let pid = live.embed.pid().to_string();
    live.line(&[&pid, "running"]);
    let screen = live.tmux.screen();
    let mut holders = screen
        .lines()
        .skip_while(|line| !line.contains("L1 is held by"));
    let holder = holders.nth(2).unwrap_or_default();
    // A buffer, circular buffers and kernels, on 64 cores.
    assert!(
        holder.contains(&pid) && holder.contains("14.5 MiB"),
        "{screen}"
    );
    assert!(
        !screen.contains(&live.batch.pid().to_string()),
        "it holds nothing there:\n{screen}"
    );
}

#[test]
fn what_is_searched_for_is_all_that_is_listed() {
    let Some(live) = Live::start("--view processes") else {
        return;
    };
    live.tmux.press("/");
    live.tmux.types("batch");
    live.tmux.press("Enter");
    live.lists_only(&live.batch, &live.embed);
    let (embed, batch) = (live.embed.pid().to_string(), live.batch.pid().to_string());
    live.press("Escape", &[&embed, &batch]);

    live.press("3", &["[3 Buffers]", "64.0 MiB"]);
    live.tmux.press("/");
    live.tmux.types("type == DRAM && size > 250M");
    live.tmux.press("Enter");
    let screen = live
        .tmux
        .wait("large ones", |screen| !screen.contains("64.0 MiB"));
    assert_eq!(screen.matches("300.0 MiB").count(), 2, "{screen}");
    assert!(screen.contains("2 buffers"), "{screen}");
}

#[test]
fn a_buffer_grows_older_while_nothing_else_happens() {
    let Some(live) = Live::start("--view buffers") else {
        return;
    };
    live.line(&["300.0 MiB", "1.0s"]);
}

#[test]
fn lists_are_sorted_by_any_column() {
    let Some(live) = Live::start("--view buffers") else {
        return;
    };
    let first = |tmux: &Tmux| {
        let screen = tmux.screen();
        screen.lines().nth(3).unwrap_or_default().to_owned()
    };
    live.shows(&["SIZE▾"]);
    live.tmux
        .wait("the largest", |_| first(&live.tmux).contains("300.0 MiB"));
    live.press("r", &["SIZE▴"]);
    live.tmux
        .wait("the smallest", |_| first(&live.tmux).contains("KERNEL"));
    live.tmux.press(".");
    live.tmux
        .wait("another column", |screen| !screen.contains("SIZE▴"));
    live.press(",", &["SIZE▴"]);
}

#[test]
fn a_pause_keeps_the_figures() {
    let Some(mut live) = Live::start("") else {
        return;
    };
    live.press("Space", &["PAUSED", "524.3 MiB"]);
    live.embed.steps(4);
    // A key that is followed: the screen was drawn since.
    live.press("2", &["[2 Processes]", "PAUSED", "524.3 MiB"]);
    live.tmux.press("Space");
    live.tmux.wait("new figures", |screen| {
        screen.contains("525.4 MiB") && !screen.contains("PAUSED")
    });
}

#[test]
fn a_mark_tells_what_came_since() {
    let Some(mut live) = Live::start("") else {
        return;
    };
    live.tmux.press("m");
    live.press("d", &["SINCE"]);
    live.embed.steps(4);
    // The demo's leak: a quarter of a MiB in each step.
    live.line(&["DRAM", "+1.0 MiB"]);
    live.press("2", &["[2 Processes]", "DRAM SINCE"]);
    live.line(&[&live.embed.pid().to_string(), "+1.0 MiB"]);
    live.tmux.press("d");
    live.tmux
        .wait("all again", |screen| !screen.contains("SINCE"));
}

#[test]
fn what_the_cursor_is_on_can_be_opened() {
    let Some(live) = Live::start("") else {
        return;
    };
    live.press("z", &["device 2", "L1 is held by"]);
    live.press("Right", &["device 3"]);
    live.press("Escape", &["[1 Devices]", "2 processes"]);
    live.press("2", &["[2 Processes]"]);
    live.press("Enter", &["It holds, on all its devices", "REQUESTED"]);
    live.tmux.press("Escape");
    live.press("3", &["[3 Buffers]", "ADDRESS"]);
    live.press("Enter", &["ttmem history 0x"]);
    live.tmux.press("Escape");
    live.press("2", &["[2 Processes]"]);
    let lines = live
        .tmux
        .screen()
        .lines()
        .filter(|line| !line.is_empty())
        .count();
    live.tmux.press("e");
    live.tmux.wait("more lines", |screen| {
        screen.lines().filter(|line| !line.is_empty()).count() > lines
    });
}

#[test]
fn what_is_saved_from_the_screen_can_be_read() {
    let Some(live) = Live::start("") else {
        return;
    };
    let screen = live.press("w", &["saved "]);
    let files = || {
        let entries = std::fs::read_dir(live.tmux.path("")).unwrap();
        let paths = entries.map(|entry| entry.unwrap().path());
        paths
            .filter(|path| path.extension().is_some_and(|one| one == "ttmem"))
            .collect::<Vec<_>>()
    };
    let saved = files();
    let [file] = saved.as_slice() else {
        panic!("{saved:?}\n{screen}")
    };
    let ps = live
        .place
        .json(&["ps", "--json", "--from", file.to_str().unwrap()]);
    let processes = ps["processes"].as_array().unwrap();
    assert!(processes.iter().any(|one| one["pid"] == live.embed.pid()));
}

#[test]
fn a_process_killed_while_one_looks_stays_with_what_it_held() {
    let Some(mut live) = Live::start("--view processes") else {
        return;
    };
    let pid = live.batch.pid().to_string();
    let held = "748.7 MiB";
    live.line(&[&pid, "running", held]);
    live.batch.kill();
    live.line(&[&pid, "dead", held]);
    // Devices count the living.
    live.press("1", &["[1 Devices]", "524.3 MiB"]);
    let device = live.line(&[" 3 ", "DRAM", "%"]);
    assert!(device.contains(" 0 B"), "{device}");
}

#[test]
fn the_screen_follows_the_size_of_the_terminal() {
    let Some(live) = Live::start("") else {
        return;
    };
    for key in ["1", "2", "3", "4", "?"] {
        live.tmux.press(key);
        live.tmux.resize(40, 8);
        live.tmux.wait("8 lines", |screen| screen.contains(" Dev"));
        live.tmux.resize(200, 50);
        live.tmux.wait("50 lines", |screen| {
            screen.contains("quit") && screen.trim_end().lines().count() == 50
        });
        live.tmux.resize(1, 1);
        live.tmux.resize(120, 30);
        live.tmux.wait("30 lines", |screen| {
            screen.contains("quit") && screen.trim_end().lines().count() == 30
        });
    }
}

#[test]
fn colour_is_the_users_choice() {
    for (before, options, coloured) in [
        ("", "", true),
        ("NO_COLOR=1 ", "", false),
        ("NO_COLOR=1 ", "--color always", true),
        ("", "--color never", false),
    ] {
        let place = Place::new();
        let Some(tmux) = place.tmux(120, 30) else {
            return;
        };
        let mut embed = Producer::start(&place, "embed");
        embed.steps(1);
        tmux.line(&format!("{before}ttmem top {options}"));
        tmux.shows("the screen", "[1 Devices]");
        let screen = tmux.coloured();
        assert_eq!(
            has_colour(&screen),
            coloured,
            "{before}{options}:\n{screen}"
        );
    }
}

/// Whether a code asks for a colour of text or background.
fn has_colour(screen: &str) -> bool {
    let codes = screen.split("\x1b[").skip(1);
    let codes = codes.filter_map(|rest| rest.split_once('m'));
    codes
        .flat_map(|(code, _)| code.split(';'))
        .filter_map(|number| number.parse().ok())
        .any(|number: u8| matches!(number, 30..=38 | 40..=48 | 90..=107))
}
