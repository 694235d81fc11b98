//! The segments of a directory or a saved file, with what the checks ask of them.

use super::check::Check;
use super::program::{Program, own_namespace};
use crate::quantity::counted;
use crate::saved::Saved;
use crate::select::Select;
use crate::source::{Depth, host_name, may_be_wanted, now_ns};
use crate::view::{Host, Process, Seen};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use ttmem_reader::{Clock, OpenError, ReadError, Scan, Segment, Snapshot, Start, State};

/// What was found where segments are.
pub(crate) struct Segments {
    /// What they say together.
    pub(crate) host: Host,
    /// What is known of each, in the order of `host.processes`.
    pub(crate) facts: Vec<Facts>,
    /// What could not be read.
    pub(crate) faults: Vec<Fault>,
    /// Whether it could be seen which segments there are.
    pub(crate) listed: bool,
}

/// What a check asks of one segment beside what its process holds.
#[derive(Clone, Debug)]
pub(crate) struct Facts {
    /// File name.
    pub(crate) segment: String,
    /// Bytes of its file; 0 if there is none.
    pub(crate) file_bytes: u64,
    /// Clock of its times, if this version knows it.
    pub(crate) clock: Option<Clock>,
    /// Time between the oldest record that is left and the last look, or the last record of a process
    /// that is gone, in nanoseconds.
    pub(crate) reach_ns: u64,
}

/// A file that could not be read.
#[derive(Debug)]
pub(crate) struct Fault {
    /// Which.
    pub(crate) path: PathBuf,
    /// Whose, if that can be told.
    pub(crate) uid: Option<u32>,
    /// What sort of reason.
    pub(crate) kind: FaultKind,
    /// The reason as a sentence.
    pub(crate) reason: String,
}

/// Sorts of reasons why a file cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FaultKind {
    /// It belongs to somebody who keeps it to himself.
    Forbidden,
    /// It was written by a version this one does not understand.
    Version,
    /// Anything else.
    Damaged,
}

impl Segments {
    /// Reads what is in a directory now; nothing if it cannot be read, which is another check's to say.
    pub(crate) fn live(dir: &Path, select: &Select) -> Self {
        let scan = ttmem_reader::scan(dir);
        let listed = scan.is_ok();
        let scan = scan.unwrap_or_else(|_| Scan {
            segments: Vec::new(),
            unreadable: Vec::new(),
            known: Vec::new(),
        });
        let found = Self::read(scan, select, host_name(), now_ns, kind_of);
        Self { listed, ..found }
    }

    /// Reads what was saved.
    pub(crate) fn saved(saved: &Saved, select: &Select) -> Self {
        let scan = saved.scan(|_| false);
        let then = || saved.time_ns;
        Self::read(scan, select, saved.host.clone(), then, |_| {
            FaultKind::Damaged
        })
    }

    fn read(
        scan: Scan,
        select: &Select,
        host: String,
        time_ns: impl Fn() -> i64,
        kind: impl Fn(&Path) -> FaultKind,
    ) -> Self {
        let mut faults: Vec<_> = scan
            .unreadable
            .into_iter()
            .filter(|one| may_be_wanted(one, select))
            .map(|one| Fault {
                kind: kind(&one.path),
                path: one.path,
                uid: one.uid,
                reason: one.reason,
            })
            .collect();
        let mut read = Vec::new();
        for segment in scan.segments {
            match segment.snapshot() {
                Ok(snapshot) => read.push((segment, snapshot)),
                Err(error) => faults.push(torn(&segment, &error)),
            }
        }
        let seen = read.iter().map(|(segment, snapshot)| Seen {
            segment: segment.name(),
            identity: segment.identity(),
            snapshot,
        });
        let host = Host::new(
            host,
            time_ns(),
            faults.len() as u64,
            seen.collect(),
            Depth::Totals,
            select,
        );
        let facts = host.processes.iter().filter_map(|process| {
            let (segment, snapshot) = read.iter().find(|(one, _)| one.name() == process.segment)?;
            Some(facts(segment, snapshot))
        });
        Self {
            facts: facts.collect(),
            host,
            faults,
            listed: true,
        }
    }

    /// All is well with every segment, as far as they could be read: if some could not, nobody knows.
    pub(super) fn fine(&self, name: &'static str, found: &str) -> Check {
        self.fine_but(self.faults.len(), name, found)
    }

    /// The same where so many segments could not be looked at for this.
    pub(super) fn fine_but(&self, closed: usize, name: &'static str, found: &str) -> Check {
        if !self.listed {
            return Check::not_applicable(name, "no segment can be looked for");
        }
        if closed == 0 {
            return Check::ok(name, found);
        }
        let closed = counted(closed as u64, "segment");
        Check::warning(
            name,
            format!("{found}, as far as can be seen: {closed} could not be looked at"),
        )
    }

    /// How many cannot be read for a reason of these sorts.
    pub(super) fn count(&self, kinds: &[FaultKind]) -> usize {
        let faults = self.faults.iter();
        faults.filter(|fault| kinds.contains(&fault.kind)).count()
    }

    /// Processes and the facts of their segments.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&Process, &Facts)> {
        self.host.processes.iter().zip(&self.facts)
    }

    /// Those who still run.
    pub(crate) fn running(&self) -> impl Iterator<Item = &Process> {
        let all = self.host.processes.iter();
        all.filter(|process| process.state == State::Running)
    }

    /// Whether one of them is a program's, at work.
    pub(super) fn has(&self, program: &Program) -> bool {
        self.running().any(|process| {
            is_of(
                program,
                process.identity.pid,
                process.identity.pid_namespace,
            )
        })
    }
}

/// Whether a directory has a segment of a program, at work.
pub(super) fn lies_in(program: &Program, dir: &Path) -> bool {
    ttmem_reader::scan(dir).is_ok_and(|scan| {
        scan.segments.iter().any(|segment| {
            let identity = segment.identity();
            is_of(program, identity.pid, identity.pid_namespace)
                && segment.state().is_ok_and(|state| state == State::Running)
        })
    })
}

fn is_of(program: &Program, pid: u32, namespace: u64) -> bool {
    let own = program.pid_namespace.or_else(|| own_namespace("pid"));
    program.inner_pid == pid && own.is_none_or(|own| own == namespace)
}

fn facts(segment: &Segment, snapshot: &Snapshot) -> Facts {
    Facts {
        segment: segment.name().to_owned(),
        file_bytes: std::fs::metadata(segment.path()).map_or(0, |meta| meta.len()),
        clock: segment.clock(),
        reach_ns: reach(segment, snapshot).unwrap_or(0),
    }
}

fn reach(segment: &Segment, snapshot: &Snapshot) -> Result<u64, ReadError> {
    let mut ticks: Option<(u64, u64)> = None;
    segment.cursor(Start::Oldest)?.visit(segment, |record, _| {
        let (first, last) = ticks.unwrap_or((record.ticks, record.ticks));
        ticks = Some((first.min(record.ticks), last.max(record.ticks)));
    })?;
    let Some((first, last)) = ticks else {
        return Ok(0);
    };
    let until = match snapshot.state {
        State::Running => snapshot.taken_ns,
        _ => snapshot.scale.wall_ns(last),
    };
    let time = until.saturating_sub(snapshot.scale.wall_ns(first));
    Ok(u64::try_from(time).unwrap_or(0))
}

/// Why a file cannot be read, asked once more: a scan says it in words only.
fn kind_of(path: &Path) -> FaultKind {
    match Segment::open(path) {
        Err(OpenError::Open(error)) if error.kind() == ErrorKind::PermissionDenied => {
            FaultKind::Forbidden
        }
        Err(OpenError::Version { .. }) => FaultKind::Version,
        _ => FaultKind::Damaged,
    }
}

fn torn(segment: &Segment, error: &ReadError) -> Fault {
    Fault {
        path: segment.path().to_owned(),
        uid: None,
        kind: FaultKind::Damaged,
        reason: error.to_string(),
    }
}

#[cfg(test)]
impl Segments {
    /// Segments as they might be seen.
    pub(super) fn of(samples: &[crate::view::sample::Sample]) -> Self {
        use crate::view::sample::{NOW, Sample};
        let seen = samples.iter().map(Sample::seen).collect();
        let all = Select::default();
        let host = Host::new("tt01".into(), NOW, 0, seen, Depth::Totals, &all);
        let facts = host.processes.iter().map(|process| Facts {
            segment: process.segment.clone(),
            file_bytes: 4 << 20,
            clock: Some(Clock::Tsc),
            reach_ns: 10_000_000_000,
        });
        Self {
            facts: facts.collect(),
            host,
            faults: Vec::new(),
            listed: true,
        }
    }
}
