//! Where output goes and in which format.

pub(crate) mod csv;
pub(crate) mod json;
#[cfg(test)]
mod screens;
pub(crate) mod sheet;
pub(crate) mod text;

use anstream::{AutoStream, ColorChoice};
use anyhow::Context;
use clap::{Args, ValueEnum};
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// How data is written: for people, one document, one object a line, one table. (The variants carry
/// no documentation, or every help text would spread it over a page.)
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    #[default]
    Text,
    Json,
    Ndjson,
    Csv,
}

/// Whether text is coloured. Of itself it is on a terminal, unless NO_COLOR is set or TERM is dumb.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    #[default]
    Auto,
    Always,
    Never,
}

/// The flags of every command that writes data.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Present {
    /// How to write the data; json is one document, ndjson one object a line
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub(crate) format: Format,
    /// Short for --format json
    #[arg(long, conflicts_with = "format")]
    pub(crate) json: bool,
    /// Show sizes to the byte instead of in binary units
    #[arg(long)]
    pub(crate) bytes: bool,
    /// Write to a file instead of standard output
    #[arg(short = 'o', long = "output", value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Exit with 5 if what is shown is incomplete
    #[arg(long)]
    pub(crate) strict: bool,
}

impl Present {
    /// The format asked for.
    pub(crate) const fn format(&self) -> Format {
        if self.json { Format::Json } else { self.format }
    }

    /// Opens what `-o` names, or standard output.
    pub(crate) fn open(&self, color: Color) -> anyhow::Result<Sink> {
        match &self.output {
            None => Ok(Sink::new(io::stdout(), color)),
            Some(path) => Ok(Sink::new(create(path)?, color)),
        }
    }
}

fn create(path: &Path) -> anyhow::Result<File> {
    File::create(path).with_context(|| format!("cannot write {}", path.display()))
}

/// Takes output, coloured or not. What is written is held back until it is flushed.
pub(crate) struct Sink(Box<dyn Write>);

impl Sink {
    fn new<S: anstream::stream::RawStream + anstream::stream::AsLockedWrite + 'static>(
        stream: S,
        color: Color,
    ) -> Self {
        let choice = match color {
            Color::Auto => AutoStream::choice(&stream),
            Color::Always => ColorChoice::Always,
            Color::Never => ColorChoice::Never,
        };
        Self(Box::new(BufWriter::new(AutoStream::new(stream, choice))))
    }
}

impl Sink {
    /// Opens a file, or standard error: for what must not get between a program and its output.
    pub(crate) fn to_file_or_stderr(path: Option<&Path>, color: Color) -> anyhow::Result<Self> {
        Ok(match path {
            Some(path) => Self::new(create(path)?, color),
            None => Self::new(io::stderr(), color),
        })
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}
