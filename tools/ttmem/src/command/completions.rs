//! `ttmem completions`: a script that lets a shell complete ttmem's command lines.

use crate::cli;
use crate::exit::Exit;
use clap::Args;
use clap_complete::Shell;
use std::io::{self, Write};

/// Flags of `ttmem completions`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  ttmem completions bash > ~/.local/share/bash-completion/completions/ttmem
  ttmem completions zsh > ~/.zfunc/_ttmem      where fpath has ~/.zfunc
  ttmem completions fish > ~/.config/fish/completions/ttmem.fish
  ttmem completions elvish >> ~/.config/elvish/rc.elv
  ttmem completions powershell >> $PROFILE

Shells read these files when they start.")]
pub(crate) struct Flags {
    /// For which shell
    shell: Shell,
}

pub(super) fn run(flags: &Flags) -> anyhow::Result<Exit> {
    // Into memory first: what generates it takes a closed pipe for a reason to panic.
    let mut script = Vec::new();
    clap_complete::generate(flags.shell, &mut cli::visible(), "ttmem", &mut script);
    io::stdout().lock().write_all(&script)?;
    Ok(Exit::Ok)
}
