//! Looks at the segments of a host, live or saved, and says what could not be looked at.

mod place;
mod said;
mod visit;

pub(crate) use place::{host_name, may_be_wanted, now_ns};

use crate::exit::Exit;
use crate::saved::Saved;
use crate::select::Select;
use crate::value::{harmless, ranges};
use crate::view::{Host, Seen, overlap};
use anyhow::anyhow;
use clap::Args;
use place::Place;
use said::{Said, Trouble};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::path::{Path, PathBuf};
use ttmem_reader::{Scan, Segment, Snapshot, Watch};

/// Where to look.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Origin {
    /// A file of 'ttmem save' instead of the live host; - is standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) from: Option<PathBuf>,
}

/// Looks at one host, again and again. Segments stay open in between, and what was read of them is
/// not read twice; what it has said once on stderr it does not repeat.
pub(crate) struct Source {
    place: Place,
    select: Select,
    said: Said,
    /// Whether watches keep single buffers.
    keeping: bool,
    watches: BTreeMap<PathBuf, Watch>,
}

/// Which of a producer's figures a command shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Depth {
    /// Totals. Single buffers are looked at only where they may overlap, which is said of them.
    Totals,
    /// Totals and nothing else; single buffers can be visited.
    Visited,
    /// Each buffer.
    Buffers,
}

impl Source {
    /// What `select` asks for, on the live host or in the file that `origin` names.
    pub(crate) fn open(directory: &Path, origin: &Origin, select: &Select) -> anyhow::Result<Self> {
        match &origin.from {
            Some(file) => Self::saved(file, select),
            None => Ok(Self::new(directory, select)),
        }
    }

    /// What `select` asks for in a saved file.
    pub(crate) fn saved(file: &Path, select: &Select) -> anyhow::Result<Self> {
        let saved = Saved::open(file)
            .map_err(|error| anyhow!("cannot read {}: {error}", file.display()))?;
        Ok(Self::at(Place::Saved(saved), select))
    }

    /// What `select` asks for in `directory`.
    pub(crate) fn new(directory: &Path, select: &Select) -> Self {
        Self::at(Place::Directory(directory.to_owned()), select)
    }

    /// One segment, if `select` asks for its process.
    pub(crate) fn segment(path: &Path, select: &Select) -> Self {
        Self::at(Place::Segment(path.to_owned()), select)
    }

    /// Keeps what there is to say to itself until [`Self::speak`]: stderr is not this source's.
    pub(crate) fn quiet(mut self) -> Self {
        self.said.keep_quiet();
        self
    }

    fn at(place: Place, select: &Select) -> Self {
        Self {
            place,
            select: select.clone(),
            said: Said::default(),
            keeping: false,
            watches: BTreeMap::new(),
        }
    }

    /// Whether it is a saved file, of which nothing changes any more.
    pub(crate) const fn is_saved(&self) -> bool {
        matches!(self.place, Place::Saved(_))
    }

    /// The moment that is shown, nanoseconds since 1970: now, or when it was saved.
    pub(crate) fn now_ns(&self) -> i64 {
        self.place.now_ns()
    }

    /// The host as it is now, or as it was when it was saved.
    pub(crate) fn look(&mut self, depth: Depth) -> anyhow::Result<Host> {
        self.said.look_again();
        let mut unreadable = self.look_for_segments()?;
        let select = &self.select;
        let mut errors = Vec::new();
        for (path, watch) in &mut self.watches {
            let wanted = select.wants_process(watch.segment().identity());
            let looked = match depth {
                Depth::Buffers if wanted => watch.snapshot(),
                Depth::Visited => watch.summary(),
                _ => watch.look(|summary| wanted && overlap::is_possible(summary, select)),
            };
            if let Err(error) = looked {
                errors.push((path.clone(), error));
            }
        }
        for (path, error) in errors {
            self.cannot_read(&path, &error);
            unreadable += 1;
        }
        let seen = self.watches.values().filter_map(|watch| {
            Some(Seen {
                segment: watch.segment().name(),
                identity: watch.segment().identity(),
                snapshot: watch.last()?,
            })
        });
        let seen = seen.collect();
        Ok(Host::new(
            self.place.host_name(),
            self.place.now_ns(),
            unreadable,
            seen,
            depth,
            &self.select,
        ))
    }

    /// The segments that the last look was asked for, each with what it found.
    pub(crate) fn looked_at(&self) -> impl Iterator<Item = (&Segment, &Snapshot)> {
        let watches = self.watches.values();
        let wanted = watches.filter(|one| self.select.wants_process(one.segment().identity()));
        wanted.filter_map(|watch| Some((watch.segment(), watch.last()?)))
    }

    /// Opens the segments that are new and closes those that are gone; how many cannot be read.
    fn look_for_segments(&mut self) -> anyhow::Result<u64> {
        let watches = std::mem::take(&mut self.watches);
        let (found, unreadable) = self.scan(|path| {
            let watch = watches.get(path);
            watch.is_some_and(|watch| watch.segment().is_where_it_was())
        })?;
        let known: BTreeSet<_> = found.known.into_iter().collect();
        self.watches = watches;
        self.watches.retain(|path, _| known.contains(path));
        for segment in found.segments {
            let path = segment.path().to_owned();
            let watch = match self.keeping {
                true => Watch::keeping(segment),
                false => Watch::new(segment),
            };
            self.watches.insert(path, watch);
        }
        Ok(unreadable)
    }

    /// The segments that can be read, and how many cannot and may be among those asked for.
    pub(crate) fn segments(&mut self) -> anyhow::Result<(Vec<Segment>, u64)> {
        let (found, unreadable) = self.scan(|_| false)?;
        Ok((found.segments, unreadable))
    }

    /// What there is beside what is `known`, and how much of it cannot be read and may be among what
    /// was asked for.
    pub(crate) fn scan(&mut self, known: impl Fn(&Path) -> bool) -> anyhow::Result<(Scan, u64)> {
        // The error's own sentence names the directory and the reason; its chain would repeat it.
        let scan = self.place.scan(known).map_err(|error| anyhow!("{error}"))?;
        let mut unreadable = 0;
        for one in &scan.unreadable {
            if may_be_wanted(one, &self.select) {
                unreadable += 1;
                self.cannot_read(&one.path, &one.reason);
            }
        }
        Ok((scan, unreadable))
    }

    /// Says, beside the data, what is not right about it, and how the command should end.
    pub(crate) fn judge(&mut self, host: &Host, strict: bool) -> Exit {
        for pid in &host.missing_pids {
            let line = format!("there is no producer with pid {pid}");
            self.say(&format!("pid {pid}"), "missing", &line);
        }
        if !host.missing_chips.is_empty() {
            let line = format!("no producer uses device {}", ranges(host.missing_chips));
            self.say("", &line, &line);
        }
        for process in &host.processes {
            let segment = &process.segment;
            if let Some(reason) = process.inexact_because() {
                self.say(segment, &process.inexact_in().join(", "), &reason);
            }
            for damage in &process.damage {
                let line = format!("segment {segment} is damaged: {damage}");
                self.say(segment, "damaged", &line);
            }
        }
        for overlap in &host.overlaps {
            let line = format!("warning: {}", overlap.sentence());
            self.say(&format!("pid {}", overlap.pid), "overlap", &line);
        }
        if host.misses_target() {
            Exit::NoTarget
        } else if strict && !host.exact() {
            Exit::Inexact
        } else {
            Exit::Ok
        }
    }

    /// Tells a newcomer why there is nothing to see.
    pub(crate) fn explain_emptiness(&mut self, host: &Host) {
        if host.processes.is_empty() && host.unreadable == 0 && !host.misses_target() {
            let asked = match self.select.is_all() {
                true => "",
                false => " that was asked for",
            };
            let line = match &self.place {
                Place::Directory(directory) => format!(
                    "nobody{asked} reports to {}: start a program with 'ttmem run -- CMD', or see 'ttmem demo'",
                    directory.display(),
                ),
                Place::Segment(path) => {
                    format!("there is no producer{asked} in {}", path.display())
                }
                Place::Saved(saved) => {
                    format!("there is no producer{asked} in {}", saved.path.display())
                }
            };
            self.say("", &line, &line);
        }
    }

    /// Says that a segment could not be read after all.
    pub(crate) fn cannot_read(&mut self, path: &Path, reason: &impl Display) {
        let (path, reason) = (path.display().to_string(), reason.to_string());
        self.say(&path, &reason, &format!("cannot read {path}: {reason}"));
    }

    fn say(&mut self, of: &str, kind: &str, line: &str) {
        let (of, kind) = (of.to_owned(), kind.to_owned());
        self.said.say(Trouble { of, kind }, harmless(line));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::sample;
    use ttmem_layout::loss;
    use ttmem_reader::State;

    #[test]
    fn a_loss_that_grows_is_said_once() {
        let select = Select::default();
        let mut source = Source::new(Path::new("/nowhere"), &select);
        let mut said = |losses: &[(usize, u64)]| {
            let mut one = sample::seen(10, State::Running, &[(0, 7, 32)]);
            for (what, count) in losses {
                one.snapshot.losses.counts[*what] = *count;
            }
            let seen = vec![one.seen()];
            let host = Host::new("tt01".into(), sample::NOW, 0, seen, Depth::Totals, &select);
            source.said.look_again();
            source.judge(&host, false);
            source.said().count()
        };
        let (first, second) = (loss::LIVE_OVERFLOW, loss::REJECTED);
        assert_eq!(said(&[(first, 1)]), 1);
        assert_eq!(said(&[(first, 2)]), 0);
        assert_eq!(said(&[(first, 3), (second, 1)]), 1);
        assert_eq!(said(&[(first, 4), (second, 2)]), 0);
    }

    #[test]
    fn strict_is_content_with_what_changes_but_not_with_what_is_missing() {
        let select = Select::default();
        let judge = |unreadable| {
            let mut one = sample::seen(10, State::Running, &[(0, 7, 32)]);
            one.snapshot.moving = true;
            let seen = vec![one.seen()];
            let now = sample::NOW;
            let host = Host::new("tt01".into(), now, unreadable, seen, Depth::Totals, &select);
            assert!(host.moving());
            Source::new(Path::new("/nowhere"), &select).judge(&host, true)
        };
        assert!(matches!(judge(0), Exit::Ok));
        assert!(matches!(judge(1), Exit::Inexact));
    }
}
