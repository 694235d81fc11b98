//! Where output goes and in which format.

pub(crate) mod csv;
pub(crate) mod json;
#[cfg(test)]
mod screens;
pub(crate) mod sheet;
mod sink;
pub(crate) mod text;

pub(crate) use sink::Sink;

use clap::{Args, ValueEnum};
use std::path::PathBuf;

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
        Sink::to_file_or_stdout(self.output.as_deref(), color)
    }
}
