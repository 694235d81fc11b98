//! `ttmem`: who holds the memory of which chip, live or after the crash.
//!
//! The command, as a library: its binary calls [`main`], and what looks at memory from inside another
//! program (the Python module) takes the same figures from [`look`].
#![forbid(unsafe_code)]

mod cli;
mod command;
mod demo;
mod difference;
mod doctor;
mod exit;
mod fields;
mod grouping;
mod history;
mod leaks;
mod log;
pub mod look;
mod manual;
mod marks;
mod note;
mod output;
mod owed;
mod quantity;
mod query;
mod run;
mod saved;
mod screen;
mod select;
mod source;
mod space;
mod terminal;
mod value;
mod view;
mod wake;

use exit::Exit;
use std::process::ExitCode;

/// The command: does what this process's arguments say and tells how it ended.
pub fn main() -> ExitCode {
    let exit = match command::dispatch(cli::parse()) {
        Ok(exit) => exit,
        Err(error) if exit::is_broken_pipe(&error) => Exit::Ok,
        Err(error) => {
            note::note(format_args!("{error:#}"));
            exit::of_error(&error)
        }
    };
    exit.into()
}
