//! `ttmem map`: what lies where in a bank, the gaps, and what would have to go.

use super::Context;
use crate::exit::Exit;
use clap::Args;

/// Flags of `ttmem map`.
#[derive(Args, Debug)]
pub(crate) struct Flags {}

pub(super) fn run(_context: &Context, _flags: &Flags) -> anyhow::Result<Exit> {
    anyhow::bail!("not there yet")
}
