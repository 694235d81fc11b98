//! `cargo xtask`: every check and every test of this workspace, the demo, and installing.
#![forbid(unsafe_code)]

mod cargo_test;
mod check;
mod demo;
mod install;
mod notices;
mod setup;
mod shell;
mod sources;
mod summary;
mod test;
mod wheel;
mod workspace;

use check::Check;
use clap::{Parser, Subcommand};
use std::process::ExitCode;
use workspace::Workspace;

#[derive(Parser)]
#[command(
    name = "cargo xtask",
    about = "Every check, every test and the demo of this workspace, and installing it"
)]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Set this machine up, then run every check and every test
    Test,
    /// Build, show the built-in workload, then the real runtime if it can be had
    Demo,
    /// Install what the checks and tests need, as far as this machine lets us
    Setup,
    /// Build, then install the command, the libraries and the headers below a prefix
    Install(install::Flags),
    /// Build the Python wheel
    Wheel(wheel::Flags),
    /// Formatting
    Fmt,
    /// Lints, over every target
    Clippy,
    /// Licences, sources and versions of all dependencies; advisories where their list is reachable
    Deny,
    /// The C header is the one the source yields
    Header {
        /// Write it instead of comparing
        #[arg(long)]
        write: bool,
    },
    /// Crates depend on each other in one direction only
    Direction,
    /// Unsafe code, names and size asserts are where they belong
    Tidy,
    /// The spec tells every field of every struct of a segment, at its offset
    Spec,
    /// Documentation without warnings
    Doc,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let done = Workspace::find().and_then(|workspace| match arguments.task {
        Task::Test => test::run(&workspace),
        Task::Demo => demo::run(&workspace),
        Task::Setup => setup::everything(&workspace).map(|_| ()),
        Task::Install(flags) => install::run(&workspace, &flags),
        Task::Wheel(flags) => wheel::build(&workspace, &flags),
        Task::Fmt => Check::Fmt.run_alone(&workspace),
        Task::Clippy => Check::Clippy.run_alone(&workspace),
        Task::Deny => Check::Deny.run_alone(&workspace),
        Task::Header { write: true } => check::header::write(&workspace),
        Task::Header { write: false } => Check::Header.run_alone(&workspace),
        Task::Direction => Check::Direction.run_alone(&workspace),
        Task::Tidy => Check::Tidy.run_alone(&workspace),
        Task::Spec => Check::Spec.run_alone(&workspace),
        Task::Doc => Check::Doc.run_alone(&workspace),
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}
