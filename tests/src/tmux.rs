//! A real terminal: a shell in tmux, driven by keys.

use crate::skip::{in_path, skip};
use crate::unprompted::unprompted;
use crate::wait::{DEADLINE, until};
use nix::unistd::Pid;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// No line of tmux's own, and no waiting for what may follow an Escape.
const CONFIGURATION: &str = "set -g status off\nset -g escape-time 0\n";

/// A shell in a terminal of its own, seen by nobody else. Dropped, it goes with all that runs in it.
pub struct Tmux {
    /// Holds the server's socket, and what the shell writes.
    dir: TempDir,
}

impl Tmux {
    /// A shell that finds `ttmem` at this path, which looks at the segments in `dir`. Where there is no
    /// tmux the test is skipped.
    ///
    /// # Panics
    /// Like all that follows, if the terminal does not do as it is told.
    pub fn start(ttmem: &Path, dir: &Path, columns: u16, rows: u16) -> Option<Self> {
        if !in_path("tmux") {
            skip("tmux is not installed (apt-get install tmux)");
            return None;
        }
        let tmux = Self {
            dir: tempfile::tempdir().expect("a directory can be made"),
        };
        fs::write(tmux.path("configuration"), CONFIGURATION).expect("it can be written");
        let (columns, rows) = (columns.to_string(), rows.to_string());
        let mut command = tmux.command();
        let path = std::env::var_os("PATH").unwrap_or_default();
        let path = [ttmem.parent().expect("it is in a directory").to_owned()]
            .into_iter()
            .chain(std::env::split_paths(&path));
        unprompted(&mut command)
            .env("PATH", std::env::join_paths(path).expect("PATH was one"))
            .env("TTMEM_DIR", dir)
            .env("LC_ALL", "C.UTF-8")
            // What panics has one line.
            .env("RUST_BACKTRACE", "0")
            .env_remove("ENV")
            .env_remove("NO_COLOR")
            .env_remove("TMUX");
        command.args(["new-session", "-d", "-x", &columns, "-y", &rows, "-c"]);
        command.arg(tmux.dir.path()).arg("sh");
        assert!(command.status().is_ok_and(|status| status.success()));
        tmux.prompt();
        Some(tmux)
    }

    /// Waits until the shell asks for a line. Before that, keys are for whoever still runs.
    fn prompt(&self) {
        self.wait("the prompt", |screen| {
            screen.trim_end().ends_with(['#', '$'])
        });
    }

    /// Types a line into the shell.
    pub fn line(&self, line: &str) {
        self.prompt();
        self.types(line);
        self.press("Enter");
    }

    /// Types text.
    pub fn types(&self, text: &str) {
        self.tell(&["send-keys", "-l", text]);
    }

    /// Presses a key by its name, such as `C-z` or `Down`.
    pub fn press(&self, key: &str) {
        self.tell(&["send-keys", key]);
    }

    /// Runs a program in the foreground: its process.
    pub fn run(&self, program: &str) -> Pid {
        self.script(&format!("exec {program}"), "")
    }

    /// Runs a script, with `suffix` at the end of the shell's line: the script's process.
    pub fn script(&self, script: &str, suffix: &str) -> Pid {
        let (pid, file) = (self.path("pid"), self.path("script"));
        let _ = fs::remove_file(&pid);
        fs::write(&file, format!("echo $$ >{}\n{script}\n", pid.display()))
            .expect("it can be written");
        self.line(&format!("sh {}{suffix}", file.display()));
        Pid::from_raw(self.written(&pid).trim().parse().expect("it wrote its pid"))
    }

    /// What is on the screen.
    pub fn screen(&self) -> String {
        self.tell(&["capture-pane", "-p"])
    }

    /// The same with the codes for colours.
    pub fn coloured(&self) -> String {
        self.tell(&["capture-pane", "-p", "-e"])
    }

    /// Waits until the screen is as it should be, and returns it.
    pub fn wait(&self, what: &str, is_so: impl Fn(&str) -> bool) -> String {
        let start = Instant::now();
        loop {
            let screen = self.screen();
            if is_so(&screen) {
                return screen;
            }
            assert!(
                start.elapsed() < DEADLINE,
                "waited in vain: {what}\n{screen}"
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits until the screen shows a text.
    pub fn shows(&self, what: &str, text: &str) -> String {
        self.wait(what, |screen| screen.contains(text))
    }

    /// Makes the terminal another size, and waits until whoever asks is told so.
    pub fn resize(&self, columns: u16, rows: u16) {
        let wanted = format!("{rows} {columns}\n");
        let (columns, rows) = (columns.to_string(), rows.to_string());
        self.tell(&["resize-window", "-x", &columns, "-y", &rows]);
        let terminal = self.tell(&["display-message", "-p", "#{pane_tty}"]);
        until("the terminal has its size", || {
            let mut stty = Command::new("stty");
            let size = stty.args(["-F", terminal.trim(), "size"]).output();
            size.is_ok_and(|size| size.stdout == wanted.as_bytes())
        });
    }

    /// The modes of the terminal, as the shell finds them.
    pub fn modes(&self) -> String {
        let file = self.path("modes");
        let _ = fs::remove_file(&file);
        self.line(&format!("stty -a >{}", file.display()));
        self.written(&file)
    }

    /// Whether a program draws on the alternate screen or hides the cursor.
    pub fn is_taken(&self) -> bool {
        self.tell(&["display-message", "-p", "#{alternate_on}#{cursor_flag}"])
            .trim()
            != "01"
    }

    /// The process that is the terminal.
    pub fn server(&self) -> Pid {
        let pid = self.tell(&["display-message", "-p", "#{pid}"]);
        Pid::from_raw(pid.trim().parse().expect("tmux says a number"))
    }

    /// Closes the terminal under whatever runs in it.
    pub fn close(&self) {
        self.tell(&["kill-server"]);
    }

    /// Where a file of this name is.
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// What a program has written into a file, once it is there.
    pub fn written(&self, file: &Path) -> String {
        let mut text = String::new();
        until(&format!("{} is written", file.display()), || {
            text = fs::read_to_string(file).unwrap_or_default();
            text.ends_with('\n')
        });
        text
    }

    fn tell(&self, arguments: &[&str]) -> String {
        let output = self
            .command()
            .args(arguments)
            .output()
            .expect("tmux can be run");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    fn command(&self) -> Command {
        let mut command = Command::new("tmux");
        command
            .arg("-u")
            .arg("-S")
            .arg(self.path("socket"))
            .arg("-f")
            .arg(self.path("configuration"))
            .stdin(Stdio::null());
        command
    }
}

impl Drop for Tmux {
    fn drop(&mut self) {
        self.close();
    }
}
