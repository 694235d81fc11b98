//! What an event costs, beside a floor measured in the same run. `README.md` says what the lines
//! mean; nothing here passes or fails.
#![deny(unsafe_code)]

mod count;
mod event;
mod floor;
mod gate;
mod measure;
mod opponent;
mod pages;
mod peer;
mod places;
mod results;
mod rounds;
mod rows;
mod segments;
mod workload;

use anyhow::{Context, Result};
use clap::{Args, Parser, Subcommand};
use results::Results;
use rounds::Rounds;
use std::io::{ErrorKind, Write, stdout};
use std::path::PathBuf;

/// Measures ttmem's event path and prints one table
#[derive(Parser)]
#[command(name = "run", args_conflicts_with_subcommands = true)]
struct Arguments {
    /// Print JSON instead of the table
    #[arg(long)]
    json: bool,
    /// Rounds; two-producer figures come from as many, if the machine lets them
    #[arg(long, default_value_t = 15)]
    rounds: u32,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Runs one case for an instruction counter
    Count(Count),
    /// Is the second process of the lines that need one
    #[command(hide = true)]
    Peer { directory: PathBuf, place: usize },
}

#[derive(Args)]
struct Count {
    /// Which case
    #[arg(required_unless_present_any = ["list", "events"])]
    case: Option<String>,
    /// How many batches
    #[arg(long, default_value_t = 1)]
    batches: u64,
    /// Print the cases there are
    #[arg(long)]
    list: bool,
    /// Print the number of events in a batch
    #[arg(long)]
    events: bool,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    match arguments.command {
        Some(Command::Count(count)) => run_count(&count),
        Some(Command::Peer { directory, place }) => peer::serve(&directory, place),
        None => measure(arguments.rounds, arguments.json),
    }
}

/// A directory of its own beside the segments of real programs: the same file system, and nothing
/// left behind.
fn private_directory() -> Result<tempfile::TempDir> {
    let parent = ttmem_region::directory();
    tempfile::Builder::new()
        .prefix("ttmem-bench.")
        .tempdir_in(&parent)
        .with_context(|| format!("cannot make a directory in {}", parent.display()))
}

fn run_count(count: &Count) -> Result<()> {
    if count.list {
        println!("{}", count::CASES.join("\n"));
    }
    if count.events {
        println!("{}", workload::EVENTS);
    }
    match &count.case {
        Some(case) => count::run(private_directory()?.path(), case, count.batches),
        None => Ok(()),
    }
}

fn measure(wanted: u32, json: bool) -> Result<()> {
    let directory = private_directory()?;
    let mut rounds = Rounds::new(directory.path())?;
    let mut results = Results::default();
    loop {
        rounds.run(&mut results)?;
        let (done, with_two) = results.rounds();
        if done >= wanted && (with_two >= wanted || done >= 3 * wanted) {
            break;
        }
    }
    let text = if json {
        format!("{:#}\n", results.json())
    } else {
        results.table()
    };
    match stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        done => done.context("cannot print the table"),
    }
}
