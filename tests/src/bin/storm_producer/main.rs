//! A producer that reports events of every sort as fast as it can, on several threads.
//!
//! `storm_producer sandbox strict|filter THREADS EVENTS [stray]`: every thread shuts itself into a
//! seccomp sandbox, reports EVENTS steps and leaves one byte on stdout: `k`, or `s` if an outcome or
//! `errno` was not what it had to be. With `stray` the first thread makes one system call half-way.
//!
//! `storm_producer restless THREADS SEED`: says `ready` and reports until it is killed, while the
//! main thread keeps opening submeshes, allocating in them and clearing or retiring them.

mod restless;
mod sandbox;

use anyhow::{Context, Result, bail};
use ttmem_producer::{Options, Pool, attach, register_pool};

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize| -> Result<u64> {
        let text = arguments.get(at).context("an argument is missing")?;
        Ok(text.parse()?)
    };
    match arguments.first().map(String::as_str) {
        Some("sandbox") => {
            let kind = match arguments.get(1).map(String::as_str) {
                Some("strict") => sandbox::Kind::Strict,
                Some("filter") => sandbox::Kind::Filter,
                other => bail!("no such sandbox: {other:?}"),
            };
            let stray = arguments.get(4).is_some_and(|word| word == "stray");
            sandbox::run(kind, &start()?, number(2)?, number(3)?, stray)
        }
        Some("restless") => restless::run(&start()?, number(1)?, number(2)?),
        other => bail!("no such mode: {other:?}"),
    }
}

/// Attaches and opens the pools that every storm uses.
fn start() -> Result<Vec<Pool>> {
    attach(&Options::from_environment())?;
    support::storm::POOLS
        .iter()
        .map(|(kind, chips)| register_pool(*kind, *chips, 0, None).context("a pool was refused"))
        .collect()
}
