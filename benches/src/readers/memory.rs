//! Memory: what a segment takes beside what it is there for, and what attaching takes in the process.

use super::child::child;
use super::rows;
use crate::event;
use crate::measure::Compared;
use crate::part::Part;
use crate::results::Results;
use anyhow::{Context, Result};
use clap::Args;
use std::io::{Write, stdout};
use std::path::{Path, PathBuf};
use ttmem_layout::{Plan, SectionKind};
use ttmem_producer::detach;

/// The role on the command line.
#[derive(Args)]
pub(crate) struct Flags {
    directory: PathBuf,
}

/// Figures that are the same in each round.
pub(super) struct MemoryLines {
    directory: PathBuf,
}

impl MemoryLines {
    pub(super) fn new(directory: &Path) -> Self {
        Self {
            directory: directory.join("memory"),
        }
    }
}

impl Part for MemoryLines {
    fn name(&self) -> &'static str {
        "memory"
    }

    fn wants_more(&self, _: &Results, done: u32, _: u32) -> bool {
        done == 0
    }

    fn round(&mut self, results: &mut Results) -> Result<()> {
        let plan = Plan::new(Plan::DEFAULT_RING_RECORDS, Plan::DEFAULT_LIVE_SLOTS)
            .map_err(|_| anyhow::anyhow!("the default sizes are out of range"))?;
        let own: u64 = plan
            .sections()
            .iter()
            .filter(|section| {
                matches!(
                    section.kind,
                    SectionKind::Records | SectionKind::LiveControls | SectionKind::LiveEntries
                )
            })
            .map(|section| u64::from(section.entry_size) * section.count)
            .sum();
        let beyond = plan.segment_size() - own;
        // Where the kernel does not count it, the segment's part stands alone.
        let private = private_bytes_of_attaching(&self.directory).unwrap_or(0);
        results.note(
            rows::MEMORY,
            Compared {
                reference: own as f64,
                candidate: (beyond + private) as f64,
            },
        );
        results.remark(format!(
            "Beside its ring and its table, a segment of {} bytes has {beyond}; attaching it takes {private} \
             more of the process's private memory.",
            plan.segment_size(),
        ));
        Ok(())
    }
}

fn private_bytes_of_attaching(directory: &Path) -> Result<u64> {
    let mut newcomer = child(["newcomer".as_ref(), directory.as_os_str()])?;
    Ok(newcomer.answer()?.parse()?)
}

/// A process that has done nothing before: attaches, and answers how much more private memory it has.
pub(super) fn serve(flags: &Flags) -> Result<()> {
    std::fs::create_dir_all(&flags.directory)
        .with_context(|| format!("cannot make {}", flags.directory.display()))?;
    let before = private_bytes().context("the kernel does not count private memory")?;
    event::attach(&flags.directory)?;
    let after = private_bytes().context("the kernel does not count private memory")?;
    writeln!(stdout(), "{}", after.saturating_sub(before))?;
    detach();
    Ok(())
}

/// Memory of this process that nobody shares and no file stands behind, as the kernel counts it.
fn private_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/smaps_rollup").ok()?;
    let line = status.lines().find(|line| line.starts_with("Anonymous:"))?;
    let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes * 1024)
}
