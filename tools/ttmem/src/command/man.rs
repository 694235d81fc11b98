//! `ttmem man`: the manual pages.

use crate::exit::{Exit, Refused};
use crate::manual::{self, Page};
use anyhow::Context;
use clap::Args;
use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;

/// Flags of `ttmem man`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  ttmem man | man -l -                     the page of ttmem itself
  ttmem man --of dump | man -l -           the page of one command
  ttmem man ~/.local/share/man/man1        all of them, for 'man ttmem-dump'

Into a directory, one file a page: ttmem.1, ttmem-ps.1 and so on. The directory is made if there \
is none; files of these names are replaced.")]
pub(crate) struct Flags {
    /// Write every page into this directory instead of one to standard output
    #[arg(value_name = "DIR")]
    into: Option<PathBuf>,
    /// The page of this command
    #[arg(long, value_name = "COMMAND", conflicts_with = "into")]
    of: Option<String>,
}

pub(super) fn run(flags: &Flags) -> anyhow::Result<Exit> {
    let pages = manual::pages();
    match &flags.into {
        Some(dir) => {
            fs::create_dir_all(dir).with_context(|| format!("cannot make {}", dir.display()))?;
            for page in &pages {
                let path = dir.join(page.file_name());
                fs::write(&path, &page.text)
                    .with_context(|| format!("cannot write {}", path.display()))?;
            }
        }
        None => {
            let page = wanted(&pages, flags.of.as_deref())?;
            io::stdout().lock().write_all(&page.text)?;
        }
    }
    Ok(Exit::Ok)
}

fn wanted<'a>(pages: &'a [Page], of: Option<&str>) -> anyhow::Result<&'a Page> {
    let name = of.map_or("ttmem".to_owned(), |command| format!("ttmem-{command}"));
    let page = pages.iter().find(|page| page.name == name);
    page.ok_or_else(|| Refused::usage(format!("there is no page {name}(1)")).into())
}
