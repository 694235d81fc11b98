//! The figures of `ttmem dump --json` and `ttmem log --json` for a program that looks for itself: to the
//! letter what the command writes, and nothing on stderr.

use crate::exit::{Exit, of_error};
use crate::log::{EVENT, Following, Item, write_data};
use crate::output::json::{self, Parts};
use crate::query::{Query, Where};
use crate::run::Failures;
use crate::select::Select;
use crate::source::{Depth, Source};
use crate::{fields, quantity};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use ttmem_layout::Kind;
use ttmem_reader::Start;

/// Where to look.
#[derive(Clone, Copy, Debug)]
pub enum Place<'a> {
    /// In a directory of segments.
    Directory(&'a Path),
    /// At one segment, whatever else its directory holds.
    Segment(&'a Path),
    /// In a file of `ttmem save`.
    Saved(&'a Path),
}

/// What to look for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wanted<'a> {
    /// Only these processes; empty is all.
    pub pids: &'a [u32],
    /// Only what matches, as with `--where`.
    pub query: Option<&'a str>,
}

/// From when on events are told.
#[derive(Clone, Copy, Debug, Default)]
pub enum Since<'a> {
    /// All that the rings still hold.
    #[default]
    Oldest,
    /// A moment, nanoseconds since 1970.
    Time(i64),
    /// In each segment, the last mark of this name; nothing where there is none.
    Mark(&'a str),
}

/// Why there is nothing to see, in one sentence.
#[derive(Debug, thiserror::Error)]
pub enum LookError {
    /// What was asked for makes no sense.
    #[error("{0}")]
    Asked(String),
    /// It could not be read.
    #[error("{0}")]
    Unreadable(String),
}

impl From<anyhow::Error> for LookError {
    fn from(error: anyhow::Error) -> Self {
        let sentence = format!("{error:#}");
        match of_error(&error) {
            Exit::Usage => Self::Asked(sentence),
            _ => Self::Unreadable(sentence),
        }
    }
}

/// What is allocated now: the document that `ttmem dump --json` writes, on one line.
///
/// A query filters buffers; totals stay those of all. Whoever asks for a process that is not there gets a
/// document without it.
///
/// # Errors
/// When the directory or saved file cannot be read, or the query makes no sense. A segment that cannot
/// be read is counted in the document.
pub fn snapshot(place: Place<'_>, wanted: Wanted<'_>) -> Result<String, LookError> {
    let (select, query) = read(wanted)?;
    let mut host = open(place, &select)?.look(Depth::Buffers)?;
    let time_ns = host.time_ns;
    query
        .keep(&mut host.buffers, fields::BUFFER, time_ns)
        .map_err(anyhow::Error::from)?;
    let parts = Parts {
        devices: true,
        buffers: true,
    };
    let mut document = Vec::new();
    json::document(&mut document, &host, parts, &select, true).map_err(anyhow::Error::from)?;
    Ok(String::from_utf8_lossy(&document).into_owned())
}

/// What the rings still hold: the lines that `ttmem log --json` writes. Lines that are not of an event, but
/// of losses and ends, are told in any case.
///
/// # Errors
/// As [`snapshot`].
pub fn events(place: Place<'_>, wanted: Wanted<'_>, since: Since<'_>) -> Result<String, LookError> {
    let (select, query) = read(wanted)?;
    let mut source = open(place, &select)?;
    let now_ns = source.now_ns();
    let query = query.bind(EVENT, now_ns).map_err(anyhow::Error::from)?;
    let mut following = Following::new(&select);
    following.look(&mut source, Start::Oldest)?;
    let mut items = Vec::new();
    following.sweep(&mut source, |item| {
        items.push(item.clone());
        Ok(())
    })?;
    items.extend(following.close());
    let begins = begins(&items, since);
    let mut lines = Vec::new();
    for item in items.iter().filter(|item| is_since(item, since, &begins)) {
        if let (Some(query), Item::Event(logged)) = (&query, item)
            && !query.judge(logged).map_err(anyhow::Error::from)?
        {
            continue;
        }
        write_data(&mut lines, item, now_ns).map_err(anyhow::Error::from)?;
    }
    Ok(String::from_utf8_lossy(&lines).into_owned())
}

/// The allocations of one segment that failed since a moment (nanoseconds since 1970), as `ttmem run` tells
/// of them: what was asked for last, and what was live then. At most ten lines; none if none failed.
///
/// # Errors
/// When the segment cannot be read.
pub fn failures(segment: &Path, since_ns: i64) -> Result<Vec<String>, LookError> {
    let mut source = open(Place::Segment(segment), &Select::default())?;
    let host = source.look(Depth::Buffers)?;
    let mut lines = Vec::new();
    for (segment, snapshot) in source.looked_at() {
        let failures =
            Failures::since(segment, snapshot, &host, since_ns).map_err(anyhow::Error::from)?;
        lines.extend(failures.iter().flat_map(|failures| failures.lines(false)));
    }
    Ok(lines)
}

/// When the last mark asked for was set, by segment.
fn begins(items: &[Item], since: Since<'_>) -> HashMap<String, i64> {
    let Since::Mark(name) = since else {
        return HashMap::new();
    };
    let events = items.iter().filter_map(|item| match item {
        Item::Event(logged) => Some(logged),
        _ => None,
    });
    let marks = events.filter(|one| {
        matches!(one.event.kind, Kind::Mark) && one.event.text.as_deref() == Some(name)
    });
    // In order of time: the last one stays.
    marks
        .map(|one| (one.origin.segment.clone(), one.event.time_ns))
        .collect()
}

fn is_since(item: &Item, since: Since<'_>, begins: &HashMap<String, i64>) -> bool {
    let Item::Event(logged) = item else {
        return true;
    };
    let time_ns = logged.event.time_ns;
    match since {
        Since::Oldest => true,
        Since::Time(begin) => time_ns >= begin,
        Since::Mark(_) => begins
            .get(&logged.origin.segment)
            .is_some_and(|begin| time_ns >= *begin),
    }
}

/// Where segments are, unless somebody says otherwise: `TTMEM_DIR`, or `/dev/shm`.
pub fn directory() -> PathBuf {
    ttmem_reader::directory()
}

/// Reads a size as people write it, in bytes: `4096`, `64K`, `24 MB`, `1.5GiB`. Units are binary, whichever
/// way they are written: a MB is 1,048,576 bytes.
///
/// # Errors
/// When it is no size: how to write one.
pub fn size(text: &str) -> Result<u64, String> {
    quantity::parse_size(text)
}

fn open(place: Place<'_>, select: &Select) -> anyhow::Result<Source> {
    let source = match place {
        Place::Directory(directory) => Source::new(directory, select),
        Place::Segment(path) => Source::segment(path, select),
        Place::Saved(file) => Source::saved(file, select)?,
    };
    Ok(source.quiet())
}

fn read(wanted: Wanted<'_>) -> Result<(Select, Where), LookError> {
    let select = Select {
        pids: wanted.pids.to_vec(),
        ..Select::default()
    };
    let query = wanted.query.map(Query::parse).transpose();
    let query = query.map_err(LookError::Asked)?;
    Ok((select, Where::from(query)))
}
