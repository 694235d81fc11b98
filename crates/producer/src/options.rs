//! How a producer attaches.

use crate::dump_at_exit::DumpAtExit;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use ttmem_layout::Plan;
use ttmem_region::Clock;

/// Which clock to take event times from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ClockChoice {
    /// The time-stamp counter where it can be trusted, else `CLOCK_MONOTONIC`.
    #[default]
    Best,
    /// `CLOCK_MONOTONIC`.
    Monotonic,
    /// `CLOCK_MONOTONIC_COARSE`: for a process that will enter seccomp's strict mode.
    Coarse,
}

impl ClockChoice {
    pub(crate) fn resolve(self) -> Clock {
        match self {
            Self::Best => Clock::best(),
            Self::Monotonic => Clock::Monotonic,
            Self::Coarse => Clock::Coarse,
        }
    }
}

/// How a producer attaches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Where segments live.
    pub dir: PathBuf,
    /// Permission bits of the segment; 0600 keeps it to its user. See [`Self::mode_is_safe`].
    pub mode: u32,
    /// Leave the segment behind after a clean end.
    pub keep: bool,
    /// Records of history, rounded up to a power of two.
    pub ring_records: u64,
    /// Allocations that can live at once, rounded up to a power of two.
    pub live_slots: u64,
    /// What `ttmem run` told its children; 0 outside it.
    pub run_id: u64,
    /// Clock of the event times.
    pub clock: ClockChoice,
    /// Where to tell at the end what is still held; none if nobody asks.
    pub dump_at_exit: Option<DumpAtExit>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            dir: PathBuf::from(ttmem_region::DEFAULT_DIRECTORY),
            mode: 0o600,
            keep: false,
            ring_records: Plan::DEFAULT_RING_RECORDS,
            live_slots: Plan::DEFAULT_LIVE_SLOTS,
            run_id: 0,
            clock: ClockChoice::Best,
            dump_at_exit: None,
        }
    }
}

impl Options {
    /// Whether a segment may have these permission bits: its user reads and writes it, others at most
    /// read it. Who may write a segment can cut it short, and then the program dies of SIGBUS.
    pub const fn mode_is_safe(mode: u32) -> bool {
        mode & 0o600 == 0o600 && mode & !0o644 == 0
    }

    /// From `TTMEM_DIR`, `TTMEM_MODE` (octal), `TTMEM_KEEP`, `TTMEM_RING_RECORDS`,
    /// `TTMEM_LIVE_SLOTS`, `TTMEM_CLOCK` (`monotonic` or `coarse`), `TTMEM_RUN_ID` and
    /// `TTMEM_DUMP_AT_EXIT` ([`DumpAtExit::asked_by`]). What cannot be understood is said in one line on
    /// stderr and the default stands.
    pub fn from_environment() -> Self {
        let default = Self::default();
        Self {
            dir: ttmem_region::directory_named(variable("TTMEM_DIR")),
            mode: parsed("TTMEM_MODE", default.mode, |text| {
                u32::from_str_radix(text, 8)
                    .ok()
                    .filter(|mode| Self::mode_is_safe(*mode))
            }),
            keep: truthy("TTMEM_KEEP"),
            ring_records: parsed("TTMEM_RING_RECORDS", default.ring_records, |text| {
                text.parse()
                    .ok()
                    .filter(|records| Plan::new(*records, 1).is_ok())
            }),
            live_slots: parsed("TTMEM_LIVE_SLOTS", default.live_slots, |text| {
                text.parse()
                    .ok()
                    .filter(|slots| Plan::new(1, *slots).is_ok())
            }),
            run_id: parsed("TTMEM_RUN_ID", 0, |text| u64::from_str_radix(text, 16).ok()),
            clock: parsed("TTMEM_CLOCK", default.clock, |text| match text {
                "monotonic" => Some(ClockChoice::Monotonic),
                "coarse" => Some(ClockChoice::Coarse),
                _ => None,
            }),
            dump_at_exit: dump_at_exit(),
        }
    }
}

/// Whether the environment asks a linked program to report: `TTMEM=1`, or the old name
/// `TT_ALLOC_TRACKING_ENABLED=1`.
pub fn switched_on() -> bool {
    switched_on_by(variable)
}

/// A variable of the environment. A program with more rights than its caller has (set-user-id, file
/// capabilities) takes no orders from there: where it writes files is not the caller's to say.
fn variable(name: &str) -> Option<OsString> {
    // SAFETY: asks for a number that the kernel gave the process at its start.
    let elevated = unsafe { libc::getauxval(libc::AT_SECURE) } != 0;
    std::env::var_os(name).filter(|_| !elevated)
}

/// The same of another process's environment: `look_up` gives one by its name.
pub fn switched_on_by(look_up: impl Fn(&str) -> Option<OsString>) -> bool {
    let on = |name| look_up(name).is_some_and(|value| is_yes(&value));
    on("TTMEM") || on("TT_ALLOC_TRACKING_ENABLED")
}

fn dump_at_exit() -> Option<DumpAtExit> {
    let value = variable("TTMEM_DUMP_AT_EXIT")?;
    DumpAtExit::asked_by(&value).unwrap_or_else(|error| {
        crate::notice::say(&format!(
            "TTMEM_DUMP_AT_EXIT is not usable: {error}; the dump goes to standard error"
        ));
        Some(DumpAtExit::Stderr)
    })
}

fn truthy(name: &str) -> bool {
    variable(name).is_some_and(|value| is_yes(&value))
}

fn is_yes(value: &OsStr) -> bool {
    !value.is_empty() && value != "0"
}

fn parsed<T>(name: &str, default: T, parse: impl Fn(&str) -> Option<T>) -> T {
    let Some(value) = variable(name).filter(|value| !value.is_empty()) else {
        return default;
    };
    value.to_str().and_then(parse).unwrap_or_else(|| {
        crate::notice::say(&format!(
            "{name}={} is not usable; the default stands",
            value.display()
        ));
        default
    })
}
