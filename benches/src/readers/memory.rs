//! Memory: what a segment takes beside what it is there for, and what attaching takes in the process.

use super::rows;
use crate::event;
use crate::measure::Compared;
use crate::part::Part;
use crate::results::Results;
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use ttmem_layout::{Plan, SectionKind};
use ttmem_producer::detach;

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
        results.note(
            rows::MEMORY,
            Compared {
                reference: own as f64,
                candidate: beyond as f64,
            },
        );
        std::fs::create_dir_all(&self.directory)
            .with_context(|| format!("cannot make {}", self.directory.display()))?;
        let Some(before) = private_bytes() else {
            return Ok(());
        };
        event::attach(&self.directory)?;
        let after = private_bytes();
        detach();
        if let Some(after) = after {
            results.remark(format!(
                "Attaching a segment of {} bytes takes {} kB more of the process's private memory.",
                plan.segment_size(),
                after.saturating_sub(before) / 1024
            ));
        }
        Ok(())
    }
}

/// Memory of this process that nobody shares and no file stands behind, as the kernel counts it.
fn private_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/smaps_rollup").ok()?;
    let line = status.lines().find(|line| line.starts_with("Anonymous:"))?;
    let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes * 1024)
}
