//! The figures of `ttmem dump --json` and `ttmem log --json` for a program that looks for itself: to the
//! letter what the command writes, and nothing on stderr.

use crate::exit::{Exit, of_error};
use crate::log::{EVENT, Following, Item, write_data};
use crate::output::json::{self, Parts};
use crate::query::{Query, Where};
use crate::select::Select;
use crate::source::{Depth, Source};
use crate::{fields, quantity};
use std::path::Path;
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
    text(|out| json::document(out, &host, parts, &select, true))
}

/// What the rings still hold: the lines that `ttmem log --json` writes.
///
/// # Errors
/// As [`snapshot`].
pub fn events(place: Place<'_>, wanted: Wanted<'_>) -> Result<String, LookError> {
    let (select, query) = read(wanted)?;
    let mut source = open(place, &select)?;
    let now_ns = source.now_ns();
    let query = query.bind(EVENT, now_ns).map_err(anyhow::Error::from)?;
    let mut following = Following::new(&select);
    following.look(&mut source, Start::Oldest)?;
    let mut lines = Vec::new();
    following.sweep(&mut source, |item| {
        if let (Some(query), Item::Event(logged)) = (&query, item)
            && !query.judge(logged)?
        {
            return Ok(());
        }
        Ok(write_data(&mut lines, item, now_ns)?)
    })?;
    text(|out| {
        out.append(&mut lines);
        let mut rest = following.close().into_iter();
        rest.try_for_each(|item| write_data(out, &item, now_ns))
    })
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

fn text(write: impl FnOnce(&mut Vec<u8>) -> std::io::Result<()>) -> Result<String, LookError> {
    let mut out = Vec::new();
    write(&mut out).map_err(anyhow::Error::from)?;
    Ok(String::from_utf8_lossy(&out).into_owned())
}
