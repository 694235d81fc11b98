//! `ttmem run`: an unmodified program, tracked, with a report at its end.

use super::Context;
use crate::exit::Exit;
use crate::leaks::freed_by_closing;
use crate::leaks::since::Pasts;
use crate::marks::{Marks, Past};
use crate::note::note;
use crate::output::Sink;
use crate::owed::{self, Owed};
use crate::quantity::parse_size;
use crate::run::{Ended, Failures, Library, Report, Tracked, script};
use crate::select::Select;
use crate::source::{Depth, host_name, now_ns};
use crate::value::Value;
use crate::view::{Host, Seen};
use anyhow::Context as _;
use clap::Args;
use std::env;
use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::SystemTime;
use ttmem_layout::Plan;
use ttmem_reader::{ReadError, Segment, State};

/// Flags of `ttmem run`.
#[derive(Args, Debug)]
#[command(after_help = format!("\
Examples:
  ttmem run -- python demo.py                    report when it ends
  ttmem run demo.py                              the same, as python3 has it
  ttmem run --fail-on-leak -- pytest tests       a gate for CI
  ttmem run --fail-on-leak 1M -o mem.txt -- ./a  a megabyte is forgiven
  ttmem run --fail-on-leak 1M --closed demo.py   ttnn: count what is left to its closing

The report goes to standard error; the program's own output is left alone. The status is the \
program's (128 and its signal if one killed it), or 3 if it returned 0 and the gate tripped. Its \
segments are removed when it ended with 0, and kept for 'ttmem dump' and 'ttmem log' when it did not.

The gate counts buffers, not the circular buffers and kernels of programs that stay cached, and \
each memory by itself: DRAM and L1 are not added up.

ttnn closes its devices at a program's end, and closing a device frees everything on it, so that \
nothing is live then. The report tells what only that freed. --closed has the gate count it too, but for \
less than 1 MiB of DRAM on a chip, which is the runtime's own. It does not by itself, as what modules \
hold to the very end is freed so as well, and so are small buffers that operations keep in the program \
cache: semaphores, tables of convolutions. Forgive those by BYTES.

Environment:
  TTMEM_DIR           Where the segments are, unless --dir says so [default: /dev/shm]
  TTMEM_MODE          Who may look: 600, 640 or 644 [default: 600]
  TTMEM_KEEP          1 leaves segments after a clean end; run sets it, to have them for the report
  TTMEM_RING_RECORDS  Records kept before the oldest are overwritten [default: {}]
  TTMEM_LIVE_SLOTS    Allocations that can be live at once [default: {}]
  TTMEM_DUMP_AT_EXIT  1, or a file: each process tells at its end what it still holds (below)
  TTMEM_CLOCK         monotonic, or coarse for seccomp strict mode, which bars time-stamp counters
  TTMEM_PRELOAD       The preload library to use instead of ttmem's own
  TTMEM_PYTHON        What runs a CMD that is a script.py, or -m MODULE [default: python3]

With TTMEM_DUMP_AT_EXIT a process that ends by itself tells what it holds on standard error (1), or at \
the end of a file (%p in its name is the pid). Of a process that was killed or that crashed, run tells \
it. Without run, 'ttmem reap' does, before it removes what is left of the process. What a process held \
when its device was closed is told as well, as closing frees it all.",
  Plan::DEFAULT_RING_RECORDS, Plan::DEFAULT_LIVE_SLOTS))]
pub(crate) struct Flags {
    /// Keep the segments even if the program ended with 0
    #[arg(long)]
    keep: bool,
    /// Exit with 3 if buffers of more than so many bytes were live at the end in any one memory
    #[arg(long, value_name = "BYTES", num_args = 0..=1, default_missing_value = "0",
          value_parser = parse_size)]
    fail_on_leak: Option<u64>,
    /// Have --fail-on-leak count what only the closing of its device freed as well
    #[arg(long, requires = "fail_on_leak")]
    closed: bool,
    /// Write the report as JSON
    #[arg(long)]
    json: bool,
    /// Show sizes to the byte instead of in binary units
    #[arg(long)]
    bytes: bool,
    /// Write the report to a file instead of standard error
    #[arg(short = 'o', long = "output", value_name = "FILE")]
    output: Option<PathBuf>,
    /// The program and its arguments
    #[arg(
        required = true,
        trailing_var_arg = true,
        allow_hyphen_values = true,
        value_name = "CMD"
    )]
    command: Vec<OsString>,
}

pub(super) fn run(context: &Context, flags: &Flags) -> anyhow::Result<Exit> {
    let library = Library::find()?;
    // The program may change its directory before it attaches.
    let dir = context
        .dir
        .canonicalize()
        .with_context(|| format!("cannot report to {}", context.dir.display()))?;
    // Before the program runs for an hour.
    let mut out = Sink::to_file_or_stderr(flags.output.as_deref(), context.color)?;
    let command = script::with_interpreter(&flags.command, env::var_os(script::VARIABLE));
    let mut tracked = Tracked::start(&command, &dir, &library)?;
    let ended = tracked.wait()?;

    let segments = of_run(&dir, &ended)?;
    // Asked first: a dump given twice is better than none, of who dies meanwhile.
    let more_may_come = segments.iter().any(owed::may_come);
    give_owed(&segments);
    if !more_may_come {
        tracked.owes_nothing();
    }
    let host = seen(&segments);
    let words: Vec<_> = command
        .iter()
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    let pasts = pasts(&segments);
    let report = Report {
        host: &host,
        failures: &failures(&host, &pasts),
        closed: &freed_by_closing(&host, &pasts, &Select::default()),
        ended: &ended,
        command: words.join(" "),
    };
    if flags.json {
        report.json(&mut out)?
    } else {
        report.text(&mut out, flags.bytes)?
    }
    out.flush()?;

    let succeeded = ended.status.success();
    if succeeded && !flags.keep {
        remove(&segments)
    } else {
        tell_kept(&segments)
    }
    let left = report.leaked(flags.closed);
    match flags.fail_on_leak {
        Some(forgiven) if succeeded && left.most_bytes() > forgiven => {
            let closed = if flags.closed {
                " or freed only by closing the device"
            } else {
                ""
            };
            note(format_args!(
                "buffers were live at the end{closed}: {}; {} is allowed in each memory",
                left.by_memory(flags.bytes),
                Value::Bytes(forgiven).text(flags.bytes)
            ));
            Ok(Exit::Gate)
        }
        _ => Ok(Exit::Child(ended.code())),
    }
}

/// The segments of this run and of no other.
fn of_run(dir: &Path, ended: &Ended) -> anyhow::Result<Vec<Segment>> {
    let scan = ttmem_reader::scan(dir).map_err(|error| anyhow::anyhow!("{error}"))?;
    for one in &scan.unreadable {
        // Whose it is cannot be told, but what was not written during the run is not the run's.
        let written = std::fs::symlink_metadata(&one.path).and_then(|meta| meta.modified());
        if written.unwrap_or(SystemTime::UNIX_EPOCH) >= ended.began_at {
            note(format_args!(
                "cannot read {}: {}",
                one.path.display(),
                one.reason
            ));
        }
    }
    Ok(scan
        .segments
        .into_iter()
        .filter(|segment| segment.identity().run_id == ended.run_id)
        .collect())
}

fn seen(segments: &[Segment]) -> Host {
    let mut unreadable = 0;
    let mut snapshots = Vec::new();
    for segment in segments {
        match segment.snapshot() {
            Ok(snapshot) => snapshots.push((segment, snapshot)),
            Err(error) => {
                unreadable += 1;
                cannot_read(segment, &error);
            }
        }
    }
    let seen = snapshots.iter().map(|(segment, snapshot)| Seen {
        segment: segment.name(),
        identity: segment.identity(),
        snapshot,
    });
    Host::new(
        host_name(),
        now_ns(),
        unreadable,
        seen.collect(),
        Depth::Buffers,
        &Select::default(),
    )
}

/// Gives the dumps at exit that were asked for, of those who could not do it themselves.
fn give_owed(segments: &[Segment]) {
    for segment in segments {
        match Owed::by(segment) {
            Ok(owed) => owed.iter().for_each(Owed::give),
            Err(error) => cannot_read(segment, &error),
        }
    }
}

fn cannot_read(segment: &Segment, error: &ReadError) {
    note(format_args!(
        "cannot read {}: {error}",
        segment.path().display()
    ));
}

/// What the rings of the run's processes still tell.
fn pasts(segments: &[Segment]) -> Pasts {
    let read = segments.iter().filter_map(|segment| {
        let summary = segment.summary();
        match summary.and_then(|summary| Past::read(segment, &summary)) {
            Ok(past) => {
                let marks = Marks::among(&past);
                Some((segment.name().to_owned(), (past, marks)))
            }
            Err(error) => {
                cannot_read(segment, &error);
                None
            }
        }
    });
    read.collect()
}

fn failures(host: &Host, pasts: &Pasts) -> Vec<Failures> {
    let found = host.processes.iter().filter_map(|process| {
        let (past, _) = pasts.get(&process.segment)?;
        Failures::of(process, past, host)
    });
    found.collect()
}

/// Removes what has been reported on.
fn remove(segments: &[Segment]) {
    for segment in segments {
        if is_running(segment) {
            tell_stays(segment);
        } else if let Err(error) = ttmem_reader::reap(segment.path()) {
            note(error);
        }
    }
}

fn tell_kept(segments: &[Segment]) {
    for segment in segments {
        if is_running(segment) {
            tell_stays(segment);
            continue;
        }
        let pid = segment.identity().pid;
        note(format_args!(
            "kept {}: see 'ttmem dump -p {pid}' and 'ttmem log -p {pid}'; 'ttmem reap -p {pid}' removes it",
            segment.path().display()
        ));
    }
}

/// A process that outlives the run was told to leave its segment, and nobody waits for its end.
fn tell_stays(segment: &Segment) {
    let pid = segment.identity().pid;
    note(format_args!(
        "pid {pid} is still running and goes on reporting: {} stays after its end (TTMEM_KEEP=1); \
         'ttmem reap -p {pid}' removes it then",
        segment.path().display()
    ));
}

fn is_running(segment: &Segment) -> bool {
    segment.state().is_ok_and(|state| state == State::Running)
}
