//! `ttmem save`: everything in one file.

use super::Context;
use crate::exit::Exit;
use clap::Args;

/// Flags of `ttmem save`.
#[derive(Args, Debug)]
pub(crate) struct Flags {}

pub(super) fn run(_context: &Context, _flags: &Flags) -> anyhow::Result<Exit> {
    anyhow::bail!("not there yet")
}
