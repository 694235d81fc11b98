//! A producer for a debugger: attaches, asks to be traced, and stops before and after each of the
//! events in `support::stepped::EVENTS`.

use anyhow::{Context, Result};
use nix::sys::ptrace;
use nix::sys::signal::{Signal, raise};
use support::stepped::{EVENTS, Stage};
use ttmem_producer::{Options, attach, attach_thread};

fn main() -> Result<()> {
    attach(&Options::from_environment())?;
    attach_thread();
    let mut stage = Stage::open().context("the pools were refused")?;
    ptrace::traceme()?;
    for event in EVENTS {
        (event.before)(&mut stage);
        raise(Signal::SIGSTOP)?;
        (event.report)(&mut stage);
        raise(Signal::SIGSTOP)?;
    }
    Ok(())
}
