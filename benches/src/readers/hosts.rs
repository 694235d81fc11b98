//! A host with many producers, as the tool looks at it: whole runs, from start to end.

use super::holder::{Holder, Holding};
use super::rows::{self, Hosted};
use super::tool::Tool;
use super::tries::in_few_turns;
use crate::part::Part;
use crate::results::Results;
use anyhow::{Context, Result};
use nix::sys::statvfs::statvfs;
use std::path::{Path, PathBuf};
use ttmem_layout::Plan;

/// Rounds, at most.
const ROUNDS: u32 = 5;

const PS: &[&str] = &["ps"];
const TOP: &[&str] = &["top", "--once"];

/// Three directories: with 1, 32 and 128 segments. Every producer is a process that lives.
pub(super) struct HostLines {
    directory: PathBuf,
    hosts: Vec<Host>,
}

struct Host {
    directory: PathBuf,
    rows: &'static Hosted,
    /// Kept alive: their segments are what is looked at.
    _holders: Vec<Holder>,
}

impl HostLines {
    pub(super) fn new(directory: &Path) -> Self {
        Self {
            directory: directory.to_owned(),
            hosts: Vec::new(),
        }
    }

    fn prepare(&mut self, tool: &Tool, results: &mut Results) -> Result<()> {
        for (count, rows) in [
            (1, &rows::HOSTED_1),
            (32, &rows::HOSTED_32),
            (128, &rows::HOSTED_128),
        ] {
            let holding = affordable(&self.directory, count, results)?;
            let directory = self.directory.join(format!("host-{count}"));
            let holders = Holder::several(&directory, holding, count as usize)?;
            for arguments in [PS, TOP] {
                tool.ensure_prints(&directory, arguments, count)?;
            }
            self.hosts.push(Host {
                directory,
                rows,
                _holders: holders,
            });
        }
        Ok(())
    }
}

impl Part for HostLines {
    fn name(&self) -> &'static str {
        "hosts"
    }

    fn wants_more(&self, _: &Results, done: u32, wanted: u32) -> bool {
        done < wanted.min(ROUNDS)
    }

    fn round(&mut self, results: &mut Results) -> Result<()> {
        let tool = match Tool::find() {
            Ok(tool) => tool,
            Err(error) => {
                results.remark(format!("ps and top are not measured: {error}."));
                return Ok(());
            }
        };
        if self.hosts.is_empty() {
            self.prepare(&tool, results)?;
        }
        for host in &self.hosts {
            let version = || tool.time(&host.directory, &["--version"]);
            let ps = || tool.time(&host.directory, PS);
            results.note(host.rows.ps, in_few_turns(version, ps)?);
            let top = || tool.time(&host.directory, TOP);
            results.note(host.rows.top, in_few_turns(version, top)?);
        }
        Ok(())
    }
}

/// Segments of the default size, or small ones where so many of those would fill the file system.
fn affordable(directory: &Path, count: u64, results: &mut Results) -> Result<Holding> {
    let room = statvfs(directory).context("cannot tell how much room there is")?;
    let free = room.blocks_available() * room.fragment_size();
    let wanted = count * Holding::DEFAULT.plan()?.segment_size();
    if wanted <= free / 2 {
        return Ok(Holding::DEFAULT);
    }
    results.remark(format!(
        "{count} segments of the default size would need {wanted} bytes of {free}: they are small ones."
    ));
    Ok(Holding {
        ring_records: Plan::MIN_RING_RECORDS,
        live_slots: Plan::MIN_LIVE_SLOTS,
        buffers: Plan::MIN_LIVE_SLOTS / 2,
    })
}
