//! The live screen takes the terminal and gives it back as it found it, whatever happens.

use crate::support::{Place, Producer};
use ::support::{Tmux, until};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::fs;

/// A shell with a line on the screen that must be there again in the end.
struct Shell {
    tmux: Tmux,
    modes: String,
    place: Place,
}

/// That line.
const LINE: &str = "what stood before";

impl Shell {
    fn start() -> Option<Self> {
        let place = Place::new();
        let tmux = place.tmux(80, 24)?;
        tmux.line(&format!("echo {LINE}"));
        tmux.wait("the shell's answer", shows_the_line);
        let modes = tmux.modes();
        Some(Self { tmux, modes, place })
    }

    /// Runs the screen until it is there.
    fn run(&self, command: &str) -> Pid {
        let pid = self.tmux.run(command);
        self.is_taken();
        pid
    }

    /// Waits for a screen that was drawn whole.
    fn is_taken(&self) {
        self.tmux.wait("the live screen", |screen| {
            self.tmux.is_taken() && screen.starts_with("ttmem ")
        });
        let screen = self.tmux.screen();
        assert!(!shows_the_line(&screen), "{screen}");
    }

    /// Waits until the terminal is as it was.
    fn is_given_back(&self) -> String {
        let screen = self.tmux.wait("the terminal given back", |screen| {
            !self.tmux.is_taken() && shows_the_line(screen)
        });
        assert_eq!(self.tmux.modes(), self.modes);
        screen
    }

    /// The same, and checks how the tool ended.
    fn ended_with(&self, status: i32) -> String {
        until("it has ended", || !self.tmux.is_taken());
        self.tmux.line("echo status=$?");
        let status = format!("status={status}");
        self.tmux
            .wait("its status", |screen| has_line(screen, &status));
        self.is_given_back()
    }

    /// Ends the screen with a key.
    fn quit(&self) {
        self.tmux.press("q");
        self.ended_with(0);
    }
}

fn has_line(screen: &str, wanted: &str) -> bool {
    screen.lines().any(|line| line == wanted)
}

fn shows_the_line(screen: &str) -> bool {
    has_line(screen, LINE)
}

/// `T` when it is stopped; nothing when it is no more.
fn state(pid: Pid) -> Option<char> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let state = stat.rsplit_once(") ")?.1.chars().next()?;
    (state != 'Z').then_some(state)
}

/// Sends a signal and waits until it has been taken note of.
fn deliver(pid: Pid, signal: Signal) {
    kill(pid, signal).unwrap();
    until("the signal has arrived", || {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        let pending = status.lines().find_map(|line| line.strip_prefix("ShdPnd:"));
        pending.is_none_or(|mask| mask.trim().bytes().all(|digit| digit == b'0'))
    });
}

#[test]
fn a_key_ends_the_screen() {
    for key in ["q", "C-c"] {
        let Some(shell) = Shell::start() else {
            return;
        };
        shell.run("ttmem top");
        shell.tmux.press(key);
        shell.ended_with(0);
    }
}

#[test]
fn options_without_a_command_are_those_of_the_screen() {
    let Some(shell) = Shell::start() else {
        return;
    };
    let _chat = Producer::start(&shell.place, "chat");
    shell.run("ttmem --color never -D 1 --view map");
    let is_map = |screen: &str| screen.contains("[4 Map]");
    shell.tmux.wait("the map", is_map);
    shell.quit();
}

#[test]
fn a_signal_ends_the_screen() {
    for signal in [
        Signal::SIGTERM,
        Signal::SIGINT,
        Signal::SIGHUP,
        Signal::SIGQUIT,
    ] {
        let Some(shell) = Shell::start() else {
            return;
        };
        kill(shell.run("ttmem top"), signal).unwrap();
        shell.ended_with(0);
    }
}

#[test]
#[cfg(debug_assertions)]
fn a_panic_is_told_on_the_terminal_it_left() {
    let Some(shell) = Shell::start() else {
        return;
    };
    shell.run("ttmem top");
    shell.tmux.press("C-p");
    let screen = shell.ended_with(101);
    assert!(screen.contains("asked to panic"), "{screen}");
}

#[test]
fn ctrl_z_stops_the_screen_and_fg_brings_it_back() {
    // Whoever waits for it stops as well, or there would be no prompt.
    for script in ["exec ttmem top", "ttmem top; true"] {
        let Some(shell) = Shell::start() else {
            return;
        };
        shell.tmux.script(script, "");
        shell.is_taken();
        for _ in 0..2 {
            shell.tmux.press("C-z");
            shell.is_given_back();
            shell.tmux.line("fg");
            shell.is_taken();
        }
        shell.quit();
    }
}

#[test]
fn stopped_from_outside_it_leaves_the_terminal_to_the_shell() {
    let Some(shell) = Shell::start() else {
        return;
    };
    let pid = shell.run("ttmem top");
    kill(pid, Signal::SIGTSTP).unwrap();
    shell.is_given_back();
    assert_eq!(state(pid), Some('T'));
    // In the background it waits for its turn.
    shell.tmux.line("bg");
    until("it stops again", || state(pid) == Some('T'));
    shell.is_given_back();
    shell.tmux.line("fg");
    shell.is_taken();
    kill(pid, Signal::SIGTERM).unwrap();
    shell.ended_with(0);
}

#[test]
fn stopped_where_it_stands_it_draws_all_of_the_screen_again() {
    let Some(shell) = Shell::start() else {
        return;
    };
    let pid = shell.run("ttmem top");
    kill(pid, Signal::SIGSTOP).unwrap();
    until("it has stopped", || state(pid) == Some('T'));
    // The modes are still the screen's: Enter is no end of a line.
    let line = |text| {
        shell.tmux.types(text);
        shell.tmux.press("C-j");
    };
    line("echo scribbled over it");
    shell
        .tmux
        .wait("the shell", |screen| screen.contains("scribbled over it"));
    line("fg");
    shell.tmux.wait("the live screen", |screen| {
        screen.starts_with("ttmem ") && !screen.contains("scribbled")
    });
    shell.quit();
}

#[test]
fn started_in_the_background_it_waits_for_the_terminal() {
    let Some(shell) = Shell::start() else {
        return;
    };
    let pid = shell.tmux.script("exec ttmem top", " &");
    until("it stops", || state(pid) == Some('T'));
    shell.is_given_back();
    shell.tmux.line("fg");
    shell.is_taken();
    shell.quit();
}

#[test]
fn a_terminal_that_is_closed_ends_the_screen() {
    // Told so by a signal, and without: who ignores that one is not spared.
    for trap in ["", "trap '' HUP"] {
        let Some(shell) = Shell::start() else {
            return;
        };
        let status = shell.tmux.path("status");
        let script = format!("{trap}\nttmem top\necho $? >{}", status.display());
        let pid = shell.tmux.script(&script, "");
        shell.is_taken();
        shell.tmux.close();
        until("it has ended", || state(pid).is_none());
        if !trap.is_empty() {
            assert_eq!(fs::read_to_string(&status).unwrap(), "0\n");
        }
    }
}

#[test]
fn without_keys_on_standard_input_it_asks_the_terminal() {
    let Some(shell) = Shell::start() else {
        return;
    };
    shell.run("ttmem top </dev/null");
    shell.quit();
}

#[test]
fn without_any_keys_signals_end_it() {
    let Some(shell) = Shell::start() else {
        return;
    };
    // In a session of its own it has no terminal to ask.
    let file = shell.tmux.path("own");
    shell.tmux.line(&format!(
        "setsid -w sh -c 'echo $$ >{}; exec ttmem top' </dev/null",
        file.display()
    ));
    shell.is_taken();
    let pid = shell.tmux.written(&file).trim().parse().unwrap();
    kill(Pid::from_raw(pid), Signal::SIGTERM).unwrap();
    shell.ended_with(0);
}

#[test]
fn a_terminal_that_takes_no_more_does_not_keep_it() {
    let Some(shell) = Shell::start() else {
        return;
    };
    let pid = shell.run("ttmem top");
    let server = shell.tmux.server();
    kill(server, Signal::SIGSTOP).unwrap();
    // Each has it draw all of the screen again, until nothing goes through any more.
    for _ in 0..2_000 {
        deliver(pid, Signal::SIGCONT);
    }
    // One asks for a clean end, which does not come.
    deliver(pid, Signal::SIGTERM);
    deliver(pid, Signal::SIGTERM);
    until("it has ended", || state(pid).is_none());
    kill(server, Signal::SIGCONT).unwrap();
    // Not after the prompt: a code that was cut short has swallowed it.
    shell.tmux.types("echo status=$?");
    shell.tmux.press("Enter");
    shell
        .tmux
        .wait("its status", |screen| has_line(screen, "status=1"));
    assert_eq!(shell.tmux.modes(), shell.modes);
}

#[test]
fn whatever_its_size_the_screen_fits() {
    let Some(shell) = Shell::start() else {
        return;
    };
    shell.run("ttmem top");
    let first = |tmux: &Tmux| tmux.screen().lines().next().map(str::to_owned);
    let before = first(&shell.tmux);
    for (columns, rows) in [(40, 8), (200, 50), (1, 1), (80, 24)] {
        shell.tmux.resize(columns, rows);
        shell
            .tmux
            .wait("its head", |screen| screen.starts_with('t'));
    }
    shell
        .tmux
        .wait("the first size", |_| first(&shell.tmux) == before);
    shell.quit();
}

#[test]
fn without_a_command_it_is_the_screen() {
    let Some(shell) = Shell::start() else {
        return;
    };
    shell.run("ttmem");
    shell.quit();
}

#[test]
fn what_is_no_terminal_gets_plain_frames() {
    let Some(shell) = Shell::start() else {
        return;
    };
    let _embed = Producer::start(&shell.place, "embed");
    let file = shell.tmux.path("frames");
    for to in ["| cat >", ">"] {
        shell
            .tmux
            .line(&format!("ttmem top -i 10ms {to}{}", file.display()));
        until("two frames", || {
            let frames = fs::read_to_string(&file).unwrap_or_default();
            frames.matches("DEVICE").count() > 1
        });
        assert!(!shell.tmux.is_taken());
        shell.tmux.press("C-c");
        shell.is_given_back();
        let frames = fs::read_to_string(&file).unwrap();
        assert!(!frames.contains('\x1b'), "{frames}");
        fs::remove_file(&file).unwrap();
    }
    shell.tmux.line("TERM=dumb ttmem top -i 10ms");
    shell
        .tmux
        .wait("two frames", |screen| screen.matches("DEVICE").count() > 1);
    assert!(!shell.tmux.is_taken());
    shell.tmux.press("C-c");
}
