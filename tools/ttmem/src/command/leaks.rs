//! `ttmem leaks`: what is still live, grouped and judged.

use super::Context;
use crate::exit::Exit;
use clap::Args;

/// Flags of `ttmem leaks`.
#[derive(Args, Debug)]
pub(crate) struct Flags {}

pub(super) fn run(_context: &Context, _flags: &Flags) -> anyhow::Result<Exit> {
    anyhow::bail!("not there yet")
}
