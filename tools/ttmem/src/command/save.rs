//! `ttmem save`: everything in one file.

use super::Context;
use crate::exit::{Exit, Refused};
use crate::note::note;
use crate::quantity::{counted, size};
use crate::saved::{Collected, Progress, may_write};
use crate::select::{Select, parse_chips};
use crate::value::{harmless, ranges};
use crate::wake::{Wake, Wakes};
use clap::Args;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use ttmem_layout::ChipSet;
use ttmem_reader::State;

/// Flags of `ttmem save`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  ttmem save crash.ttmem                     everything, running and dead
  ttmem dump --from crash.ttmem -t l1        any reading command, on any machine
  ttmem save -p 4242 before.ttmem            one process, for 'ttmem diff' and 'ttmem leaks'
  ssh tt01 ttmem save - | ttmem ps --from -  another host

A segment is kept whole: -D, -p and -u choose whose, and filters of the reading commands choose what of \
them. Running producers are not disturbed; one that never paused while it was copied is kept as \
'changing', as it is shown live. The file is readable by its owner alone.")]
pub(crate) struct Flags {
    /// The file to write; - is standard output
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Replace the file if there is one
    #[arg(short, long)]
    force: bool,
    /// Only processes that use these devices, e.g. 0,3-7
    #[arg(short = 'D', long = "device", value_name = "LIST", value_parser = parse_chips)]
    devices: Vec<ChipSet>,
    /// Only these processes
    #[arg(short = 'p', long = "pid", value_name = "PID", value_delimiter = ',')]
    pids: Vec<u32>,
    /// Only processes of these users, by name or number
    #[arg(short = 'u', long = "user", value_name = "USER", value_delimiter = ',')]
    users: Vec<String>,
    /// Exit with 5 if a segment could not be read
    #[arg(long)]
    strict: bool,
}

pub(super) fn run(context: &Context, flags: &Flags) -> anyhow::Result<Exit> {
    let to_stdout = flags.file == Path::new("-");
    if to_stdout && io::stdout().is_terminal() {
        return Err(Refused::usage("a saved file is not for a terminal: name a file").into());
    }
    let select = Select {
        devices: flags.devices.clone(),
        pids: flags.pids.clone(),
        users: flags.users.clone(),
        ..Select::default()
    };
    if !to_stdout {
        // Before anything is copied.
        may_write(&flags.file, flags.force).map_err(|error| match flags.force {
            true => error,
            false => anyhow::anyhow!("{error}: --force replaces it"),
        })?;
    }
    let mut collected = gather(context, &select)?;
    let mut unreadable = false;
    for complaint in collected.complaints() {
        note(harmless(&complaint));
        unreadable = true;
    }
    let mut missing = false;
    for pid in &flags.pids {
        if !collected.pids.contains(pid) {
            note(format_args!("there is no producer with pid {pid}"));
            missing = true;
        }
    }
    let unused = select.chips().without(collected.chips);
    if !select.devices.is_empty() && !unused.is_empty() {
        note(format_args!("no producer uses device {}", ranges(unused)));
        missing = true;
    }
    let length = if to_stdout {
        collected.write(&mut io::stdout().lock())?
    } else {
        // Until now there was nothing to clear away.
        let wakes = Wakes::new()?;
        let stop = || wakes.pending() == Some(Wake::Stop);
        collected.write_file(&flags.file, flags.force, &stop)?
    };
    note(kept(&collected, &flags.file, length));
    Ok(match (missing, flags.strict && unreadable) {
        (true, _) => Exit::NoTarget,
        (_, true) => Exit::Inexact,
        _ => Exit::Ok,
    })
}

/// Copies what is asked for. The line that tells how far it has come is gone before anything else is said.
fn gather(context: &Context, select: &Select) -> anyhow::Result<Collected> {
    let progress = Progress::new();
    Collected::gather(&context.dir, select, |done, of| progress.say(done, of))
}

/// What was kept, in one sentence.
fn kept(collected: &Collected, file: &Path, length: u64) -> String {
    let states: Vec<_> = [State::Running, State::Dead, State::Exited]
        .into_iter()
        .map(|state| (collected.count(state), state.name()))
        .filter(|(count, _)| *count > 0)
        .map(|(count, name)| format!("{count} {name}"))
        .collect();
    let mut sentence = counted(collected.pids.len() as u64, "segment");
    if !states.is_empty() {
        sentence.push_str(&format!(" ({})", states.join(", ")));
    }
    if collected.moving() > 0 {
        sentence.push_str(&format!(", {} changing meanwhile", collected.moving()));
    }
    let file = match file == Path::new("-") {
        true => "standard output".into(),
        false => file.display().to_string(),
    };
    format!(
        "saved {sentence} of {} to {file}, {}",
        size(collected.bytes()),
        size(length)
    )
}
