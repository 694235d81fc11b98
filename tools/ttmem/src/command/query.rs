//! `ttmem query`: how to write `--where`.

use super::Context;
use crate::exit::Exit;
use crate::output::Sink;
use crate::query::topic;
use clap::Args;
use std::io::Write;

/// Flags of `ttmem query`.
#[derive(Args, Debug)]
#[command(after_help = topic())]
pub(crate) struct Flags {}

pub(super) fn run(context: &Context, _flags: &Flags) -> anyhow::Result<Exit> {
    let mut out = Sink::to_file_or_stdout(None, context.color)?;
    writeln!(out, "{}", topic())?;
    out.flush()?;
    Ok(Exit::Ok)
}
