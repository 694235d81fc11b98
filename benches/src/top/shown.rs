//! The tool on a terminal of its own.

use anyhow::{Context, Result, ensure};
use nix::pty::{OpenptyResult, Winsize, openpty};
use nix::time::{clock_getcpuclockid, clock_gettime};
use nix::unistd::Pid;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

const SIZE: Winsize = Winsize {
    ws_row: 50,
    ws_col: 200,
    ws_xpixel: 0,
    ws_ypixel: 0,
};
/// A screen of this size that shows anything takes at least so many bytes.
const BYTES: u64 = 1000;
/// How long it may take to show it.
const PATIENCE: Duration = Duration::from_secs(10);

/// `ttmem top`, running.
pub(super) struct Shown {
    process: Child,
}

impl Shown {
    /// Starts it and waits until there is something to see.
    pub(super) fn start(directory: &Path, view: &str) -> Result<Self> {
        let OpenptyResult { master, slave } =
            openpty(&SIZE, None).context("cannot have a terminal")?;
        let own = std::env::current_exe().context("cannot find this program's own file")?;
        let slave = || slave.try_clone().map(Stdio::from);
        // In a session of its own, or it would ask this program's terminal for its size.
        let process = Command::new("setsid")
            .arg("--ctty")
            .arg(own.with_file_name("ttmem"))
            .args(["top", "--view", view, "--dir"])
            .arg(directory)
            .env("TERM", "xterm-256color")
            .stdin(slave()?)
            .stdout(slave()?)
            .stderr(slave()?)
            .spawn()
            .context("cannot run ttmem")?;
        let shown = Self { process };
        let mut output = File::from(master);
        let drawn = Arc::new(AtomicU64::new(0));
        let count = drawn.clone();
        thread::spawn(move || {
            let mut bytes = [0; 1 << 16];
            // Ends when the tool does.
            while let Ok(read @ 1..) = output.read(&mut bytes) {
                count.fetch_add(read as u64, Ordering::Relaxed);
            }
        });
        let since = Instant::now();
        while drawn.load(Ordering::Relaxed) < BYTES {
            ensure!(
                since.elapsed() < PATIENCE,
                "ttmem top draws no screen: benches/run builds both"
            );
            thread::sleep(Duration::from_millis(10));
        }
        Ok(shown)
    }

    /// What it has used of any processor since its start.
    pub(super) fn processor_time(&mut self) -> Result<Duration> {
        let ended = self.process.try_wait().context("cannot see ttmem top")?;
        ensure!(ended.is_none(), "ttmem top has ended");
        let pid = i32::try_from(self.process.id()).context("no process id")?;
        let clock = clock_getcpuclockid(Pid::from_raw(pid)).context("it has no clock")?;
        Ok(clock_gettime(clock).context("it has no clock")?.into())
    }
}

impl Drop for Shown {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
