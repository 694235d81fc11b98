//! What ttmem costs, beside floors and peers measured in the same run. `README.md` says what the
//! lines mean; nothing here passes or fails.
#![deny(unsafe_code)]

mod account;
mod child;
mod count;
mod event;
mod events;
mod floor;
mod load;
mod measure;
mod opponent;
mod optional;
mod pages;
mod part;
mod peers;
mod places;
mod programs;
mod readers;
mod results;
mod row;
mod top;
mod workload;

use anyhow::{Context, Result, ensure};
use clap::{Args, Parser, Subcommand};
use part::Part;
use results::Results;
use std::io::{ErrorKind, Write, stderr, stdout};
use std::path::{Path, PathBuf};

/// Measures what ttmem costs and prints one table
#[derive(Parser)]
#[command(name = "run", args_conflicts_with_subcommands = true)]
struct Arguments {
    /// Print JSON instead of the table
    #[arg(long)]
    json: bool,
    /// Rounds; slow parts make fewer
    #[arg(long, default_value_t = 15)]
    rounds: u32,
    /// Only these parts: account, events, load, ring, buffers, hosts, swept, memory, top, peers, programs
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
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
    /// Is the server of the old way
    #[command(hide = true)]
    Collector { directory: PathBuf, place: usize },
    /// Is the process that may make no system call
    #[command(hide = true)]
    Silence { directory: PathBuf },
    /// Is another process of the lines about readers
    #[command(hide = true, subcommand)]
    ReaderPart(readers::Role),
    /// Is one of the processes that top shows
    #[command(hide = true)]
    Tenant(top::Flags),
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
        Some(Command::Peer { directory, place }) => events::peer::serve(&directory, place),
        Some(Command::Silence { directory }) => account::serve(&directory),
        Some(Command::ReaderPart(role)) => readers::serve(&role),
        Some(Command::Tenant(flags)) => top::serve(&flags),
        Some(Command::Collector { directory, place }) => peers::collector::serve(&directory, place),
        None => measure(&arguments),
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

fn parts<'a>(directory: &'a Path, results: &mut Results) -> Result<Vec<Box<dyn Part + 'a>>> {
    let _ = results;
    // Asked first: the parts stay on one processor.
    let places = places::Places::allowed();
    let mut parts: Vec<Box<dyn Part + 'a>> = vec![
        Box::new(account::AccountLines::new(directory)),
        Box::new(events::EventLines::new(directory)?),
        load::part(directory),
        Box::new(peers::PeerLines::new(directory, places)),
    ];
    parts.extend(readers::parts(directory, places));
    parts.push(top::part(directory));
    parts.extend(programs::parts(directory, places));
    Ok(parts)
}

fn measure(arguments: &Arguments) -> Result<()> {
    let directory = private_directory()?;
    let path = directory.path().to_owned();
    // Segments are memory: none is left behind by somebody who has seen enough.
    ctrlc::set_handler(move || {
        let _ = std::fs::remove_dir_all(&path);
        std::process::exit(130);
    })?;
    let mut results = Results::default();
    let parts = parts(directory.path(), &mut results)?;
    for wanted in &arguments.only {
        ensure!(
            parts.iter().any(|part| part.name() == wanted),
            "there is no part {wanted}"
        );
    }
    // What a part holds (processes, segments) goes with it.
    for mut part in parts {
        if !arguments.only.is_empty() && !arguments.only.iter().any(|one| one == part.name()) {
            continue;
        }
        let mut done = 0;
        while part.wants_more(&results, done, arguments.rounds) {
            done += 1;
            let _ = write!(stderr(), "\r\x1b[K{}: round {done}", part.name());
            part.round(&mut results)?;
        }
        part.finish(&mut results);
    }
    let _ = write!(stderr(), "\r\x1b[K");
    let text = if arguments.json {
        format!("{:#}\n", results.json())
    } else {
        results.table()
    };
    match stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        done => done.context("cannot print the table"),
    }
}
