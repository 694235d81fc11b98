//! `ttmem reap`: removes what dead producers left behind, saying what they held.

use super::Context;
use crate::exit::Exit;
use crate::fields::{PROCESS, group};
use crate::note::note;
use crate::output::{Format, Present, Sink, csv, json};
use crate::owed::{self, Owed};
use crate::quantity::{counted, size};
use crate::run::promise;
use crate::saved;
use crate::select::Select;
use crate::source::Source;
use crate::value::{Value, harmless, ranges};
use crate::view::{Process, Seen, in_memory};
use anyhow::Context as _;
use clap::Args;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use ttmem_layout::Memory;
use ttmem_reader::{ReapError, Segment, State};

/// Flags of `ttmem reap`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  ttmem reap --dry-run       what would go
  ttmem reap                 everything the dead left that is yours to remove
  ttmem reap -p 4242         one of them
  ttmem reap --save boxes    keep each in a file first: ttmem dump --from boxes/…

A running producer's segment is never touched. The dump that TTMEM_DUMP_AT_EXIT asked of a process \
which was killed or which crashed is given when its segment is removed: on standard error, or at the \
end of its file. 'ttmem run' gives those of its own processes, unless they outlive it or it was killed as \
well.")]
pub(crate) struct Flags {
    /// Only say what would be removed
    #[arg(long)]
    dry_run: bool,
    /// Keep each in a file of this directory before it is removed, to be read with --from
    #[arg(long, value_name = "DIR")]
    save: Option<PathBuf>,
    /// Only these processes
    #[arg(short = 'p', long = "pid", value_name = "PID", value_delimiter = ',')]
    pids: Vec<u32>,
    /// Only processes of these users, by name or number
    #[arg(short = 'u', long = "user", value_name = "USER", value_delimiter = ',')]
    users: Vec<String>,
    #[command(flatten)]
    present: Present,
}

/// One segment that was, or would be, removed.
struct Reaped {
    process: Process,
    /// Bytes of its file.
    file_bytes: u64,
    removed: bool,
    /// The file that keeps it.
    saved: Option<PathBuf>,
}

pub(super) fn run(context: &Context, flags: &Flags) -> anyhow::Result<Exit> {
    let select = Select {
        pids: flags.pids.clone(),
        users: flags.users.clone(),
        ..Select::default()
    };
    let mut source = Source::new(&context.dir, &select);
    let (segments, unreadable) = source.segments()?;
    let mut out = Output::new(flags.present.open(context.color)?, flags.present.format())?;
    let mut exit = Exit::Ok;
    for pid in &flags.pids {
        if !segments
            .iter()
            .any(|segment| segment.identity().pid == *pid)
        {
            note(format_args!("there is no producer with pid {pid}"));
            exit = Exit::NoTarget;
        }
    }
    let mut count = 0_u64;
    for segment in segments
        .iter()
        .filter(|one| select.wants_process(one.identity()))
    {
        let Some(mut reaped) = abandoned(segment, flags, &select)? else {
            continue;
        };
        if !flags.dry_run {
            if let Err(error) = remove(&context.dir, segment, &mut reaped, flags.save.as_deref()) {
                note(format_args!("{error:#}"));
                exit = Exit::Failed;
                continue;
            }
            if !reaped.removed {
                continue;
            }
        }
        count += 1;
        out.write(reaped)?;
    }
    out.finish()?;
    if !flags.dry_run {
        forget_promises(&context.dir);
    }
    if count == 0 && exit == Exit::Ok && flags.present.format() == Format::Text {
        note("no dead producer has left anything");
    }
    if exit == Exit::Ok && flags.present.strict && unreadable > 0 {
        exit = Exit::Inexact;
    }
    Ok(exit)
}

/// What a segment held, if its producer is gone.
fn abandoned(segment: &Segment, flags: &Flags, select: &Select) -> anyhow::Result<Option<Reaped>> {
    let identity = segment.identity();
    let snapshot = match segment.summary() {
        Ok(snapshot) => snapshot,
        Err(error) => {
            note(format_args!(
                "cannot read {}: {error}; left alone",
                segment.path().display()
            ));
            return Ok(None);
        }
    };
    if snapshot.state == State::Running {
        if flags.pids.contains(&identity.pid) {
            note(format_args!("pid {} is running; left alone", identity.pid));
        }
        return Ok(None);
    }
    let seen = Seen {
        segment: segment.name(),
        identity,
        snapshot: &snapshot,
    };
    let process = Process::new(seen, select);
    let file_bytes = std::fs::metadata(segment.path()).map_or(0, |meta| meta.len());
    Ok(Some(Reaped {
        process,
        file_bytes,
        removed: false,
        saved: None,
    }))
}

/// Removes a segment, once it is kept in a file where that is asked for, and gives the dump it owes. If
/// somebody else is faster, it is not removed, but what was asked for has come about.
fn remove(
    directory: &Path,
    segment: &Segment,
    reaped: &mut Reaped,
    save: Option<&Path>,
) -> anyhow::Result<()> {
    if let Some(boxes) = save {
        let saved = saved::keep(boxes, segment);
        let alone = || format!("{} is left alone, as it cannot be saved", segment.name());
        reaped.saved = Some(saved.with_context(alone)?);
    }
    let owed = if owed::goes_with(directory, segment.identity()) {
        Owed::by(segment)?
    } else {
        None
    };
    match ttmem_reader::reap(segment.path()) {
        Ok(()) => {
            reaped.removed = true;
            // Of several reapers one gives it: whoever removed the segment.
            if let Some(owed) = owed {
                owed.give();
            }
        }
        Err(error) if is_late(&error) => {}
        Err(error) => {
            if let (ReapError::Io { .. }, Some(saved)) = (&error, &reaped.saved) {
                // It is where it was, and would be kept once more each time.
                let _ = std::fs::remove_file(saved);
            }
            return Err(error.into());
        }
    }
    Ok(())
}

/// Whether there is nothing left to remove: somebody else has, or is about to.
fn is_late(error: &ReapError) -> bool {
    match error {
        ReapError::Replaced(_) | ReapError::Running(_) | ReapError::Contended(_) => true,
        ReapError::Io { source, .. } => source.kind() == io::ErrorKind::NotFound,
    }
}

/// Removes what `run`s that were killed left beside their segments, where no such segment is left.
fn forget_promises(directory: &Path) {
    if let Ok(scan) = ttmem_reader::scan(directory) {
        let of_run = |run_id| move |one: &Segment| one.identity().run_id == run_id;
        promise::forget(directory, |run_id| scan.segments.iter().any(of_run(run_id)));
    }
}

/// Writes each as it goes: what is removed cannot be told a second time.
struct Output {
    out: Rows,
    format: Format,
    list: Vec<Reaped>,
}

enum Rows {
    Plain(Sink),
    Csv(csv::Rows<Sink>),
}

impl Output {
    fn new(out: Sink, format: Format) -> io::Result<Self> {
        let out = match format {
            Format::Csv => {
                let mut rows = csv::Rows::new(out);
                let mut names = csv::names(PROCESS);
                names.extend(OWN.map(str::to_owned));
                rows.names(&names)?;
                Rows::Csv(rows)
            }
            _ => Rows::Plain(out),
        };
        Ok(Self {
            out,
            format,
            list: Vec::new(),
        })
    }

    fn write(&mut self, reaped: Reaped) -> io::Result<()> {
        match &mut self.out {
            Rows::Csv(rows) => rows.row(&figures(&reaped)),
            Rows::Plain(out) if self.format == Format::Text => {
                writeln!(out, "{}", sentence(&reaped))?;
                out.flush()
            }
            Rows::Plain(out) if self.format == Format::Ndjson => {
                json::line(out, &Value::Group(figures(&reaped)))?;
                out.flush()
            }
            Rows::Plain(_) => {
                self.list.push(reaped);
                Ok(())
            }
        }
    }

    fn finish(self) -> io::Result<()> {
        match self.out {
            Rows::Csv(mut rows) => rows.flush(),
            Rows::Plain(mut out) => {
                if self.format == Format::Json {
                    let list = self.list.iter().map(|one| Value::Group(figures(one)));
                    let schema = ("schema", Value::Number(1));
                    let list = ("reaped", Value::List(list.collect()));
                    json::pretty(&mut out, &Value::Group(vec![schema, list]))?;
                }
                out.flush()
            }
        }
    }
}

/// What is told of a removal beside the figures of its process.
const OWN: [&str; 3] = ["file_bytes", "removed", "saved"];

fn figures(reaped: &Reaped) -> Vec<(&'static str, Value<'_>)> {
    let saved = reaped.saved.as_ref();
    let own = [
        Value::Bytes(reaped.file_bytes),
        Value::Flag(reaped.removed),
        saved.map_or(Value::Unknown, |path| Value::Text(path.to_string_lossy())),
    ];
    let mut figures = group(PROCESS, &reaped.process);
    figures.extend(OWN.into_iter().zip(own));
    figures
}

fn sentence(reaped: &Reaped) -> String {
    let process = &reaped.process;
    let memory = |memory| in_memory(&process.types, memory);
    let held = if process.buffers == 0 {
        "held nothing".to_owned()
    } else {
        format!(
            "held {} on device {}: DRAM {}, L1 {}",
            counted(process.buffers, "allocation"),
            ranges(process.chips()),
            size(memory(Memory::Dram)),
            size(memory(Memory::L1)),
        )
    };
    let kept = match &reaped.saved {
        Some(path) => format!(", kept in {}", harmless(&path.to_string_lossy())),
        None => String::new(),
    };
    format!(
        "{} {} ({}){kept}: pid {} of {}, {}, {held}{}: {}",
        if reaped.removed {
            "removed"
        } else {
            "would remove"
        },
        process.segment,
        size(reaped.file_bytes),
        process.identity.pid,
        harmless(&process.identity.user),
        process.state.name(),
        if process.exact { "" } else { " (not exact)" },
        harmless(&process.identity.command),
    )
}
