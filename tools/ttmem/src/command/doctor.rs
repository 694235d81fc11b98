//! `ttmem doctor`: why somebody sees too little.

use super::Context;
use crate::doctor::{self, Check, Machine, Patient, Segments, Verdict};
use crate::exit::Exit;
use crate::fields::{CHECK, group};
use crate::note::note;
use crate::output::{Format, Sink, csv, json};
use crate::saved::Saved;
use crate::select::Select;
use crate::source::{Origin, host_name, now_ns};
use crate::value::Value;
use crate::view::Host;
use anyhow::anyhow;
use clap::Args;
use std::io::{self, Write};
use std::path::PathBuf;

/// Flags of `ttmem doctor`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  ttmem doctor                         every reason there is, one by one
  ttmem doctor -p 4242                 why is this process not seen
  sudo ttmem doctor                    other users' processes too
  ttmem doctor --selftest              are the figures right, on this machine
  ttmem doctor --runtime venv/lib      what would be tracked of that runtime
  ttmem doctor --json | jq '.checks[] | select(.verdict != \"ok\")'

A line for each check: ok, warning (somebody may see too little), ERROR (somebody does) or - (there is \
nothing to check). Below what is not ok stand the files and processes concerned and, behind ->, what \
to do.

Exit codes:
  0 all is well, 1 errors, 2 warnings (or a command line that makes no sense), 4 no such process")]
pub(crate) struct Flags {
    /// Report a known set of allocations, have it killed, and check every figure that is read
    #[arg(long, conflicts_with_all = ["from", "pids", "runtime"])]
    selftest: bool,
    /// Judge the runtime's libraries in this directory, or this one, before a program runs
    #[arg(long, value_name = "PATH", conflicts_with = "from")]
    runtime: Vec<PathBuf>,
    /// Only these processes
    #[arg(short = 'p', long = "pid", value_name = "PID", value_delimiter = ',')]
    pids: Vec<u32>,
    #[command(flatten)]
    origin: Origin,
    /// How to write the data; json is one document, ndjson one object a line
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,
    /// Short for --format json
    #[arg(long, conflicts_with = "format")]
    json: bool,
    /// Write to a file instead of standard output
    #[arg(short = 'o', long = "output", value_name = "FILE")]
    output: Option<PathBuf>,
    /// Where the devices are
    #[arg(
        long,
        hide = true,
        value_name = "DIR",
        default_value = "/dev/tenstorrent"
    )]
    devices: PathBuf,
}

pub(super) fn run(context: &Context, flags: &Flags) -> anyhow::Result<Exit> {
    let mut out = Sink::to_file_or_stdout(flags.output.as_deref(), context.color)?;
    if flags.selftest {
        let check = doctor::selftest(&context.dir)?;
        return tell(&mut out, flags, &host_name(), now_ns(), &[check]);
    }
    let select = Select {
        pids: flags.pids.clone(),
        ..Select::default()
    };
    if let Some(file) = &flags.origin.from {
        let saved = Saved::open(file)
            .map_err(|error| anyhow!("cannot read {}: {error}", file.display()))?;
        let segments = Segments::saved(&saved, &select);
        let Host { name, time_ns, .. } = &segments.host;
        let exit = tell(&mut out, flags, name, *time_ns, &doctor::shown(&segments))?;
        for pid in &segments.host.missing_pids {
            note(format_args!("there is no producer with pid {pid}"));
        }
        return Ok(if segments.host.misses_target() {
            Exit::NoTarget
        } else {
            exit
        });
    }
    let segments = Segments::live(&context.dir, &select);
    let machine = Machine::look(&flags.devices, &flags.pids);
    let gone: Vec<_> = machine
        .missing
        .iter()
        .filter(|pid| segments.host.missing_pids.contains(pid))
        .collect();
    let patient = Patient {
        dir: &context.dir,
        segments: &segments,
        machine: &machine,
        runtime: &flags.runtime,
    };
    let Host { name, time_ns, .. } = &segments.host;
    let exit = tell(&mut out, flags, name, *time_ns, &doctor::live(&patient))?;
    for pid in &gone {
        note(format_args!(
            "there is neither a process nor a segment with pid {pid}"
        ));
    }
    Ok(if gone.is_empty() {
        exit
    } else {
        Exit::NoTarget
    })
}

/// Writes the checks of a host at a moment, and how the command ends.
fn tell(
    out: &mut Sink,
    flags: &Flags,
    host: &str,
    time_ns: i64,
    checks: &[Check],
) -> anyhow::Result<Exit> {
    let format = if flags.json {
        Format::Json
    } else {
        flags.format
    };
    match format {
        Format::Text => doctor::write(out, checks)?,
        Format::Json => document(out, host, time_ns, checks)?,
        Format::Ndjson => {
            for check in checks {
                json::line(out, &Value::Group(group(CHECK, check)))?;
            }
        }
        Format::Csv => csv::table(&mut *out, CHECK, checks)?,
    }
    out.flush()?;
    Ok(doctor::exit(checks))
}

fn document(out: &mut impl Write, host: &str, time_ns: i64, checks: &[Check]) -> io::Result<()> {
    let number = |verdict| {
        let of_verdict = checks.iter().filter(|check| check.verdict == verdict);
        Value::Count(of_verdict.count() as u64)
    };
    let list = checks.iter().map(|check| Value::Group(group(CHECK, check)));
    let figures = vec![
        ("schema", Value::Number(1)),
        ("host", Value::words(host)),
        ("time", Value::Time(time_ns)),
        ("errors", number(Verdict::Error)),
        ("warnings", number(Verdict::Warning)),
        ("checks", Value::List(list.collect())),
    ];
    json::pretty(out, &Value::Group(figures))
}
