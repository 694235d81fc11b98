//! `ttmem`: who holds the memory of which chip, live or after the crash.
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
mod manual;
mod marks;
mod note;
mod output;
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

fn main() -> ExitCode {
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
