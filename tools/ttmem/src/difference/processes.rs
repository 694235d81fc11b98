//! Which processes came, went, ended or hold something else than before.

use crate::view::{Host, Process, in_memory};
use std::collections::BTreeMap;
use ttmem_layout::Memory;
use ttmem_reader::State;

/// What one process held at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stand {
    /// Whether it was there.
    pub(crate) state: State,
    /// Allocations it held.
    pub(crate) buffers: u64,
    /// Its DRAM over all chips.
    pub(crate) dram: u64,
    /// Its L1 over all chips.
    pub(crate) l1: u64,
}

/// A process at two moments.
#[derive(Clone, Debug)]
pub(crate) struct ProcessChange {
    /// Its pid.
    pub(crate) pid: u32,
    /// File name of its segment.
    pub(crate) segment: String,
    /// Whose it is.
    pub(crate) user: String,
    /// Its command line.
    pub(crate) command: String,
    /// What it held; nothing if it was not there.
    pub(crate) before: Option<Stand>,
    /// What it holds; nothing if its segment is gone.
    pub(crate) after: Option<Stand>,
}

impl ProcessChange {
    /// What became of it.
    pub(crate) fn fate(&self) -> &'static str {
        match (self.before, self.after) {
            (None, _) => "came",
            (_, None) => "went",
            (Some(before), Some(after)) if before.state != after.state => match after.state {
                State::Running => "running",
                State::Dead => "died",
                State::Exited => "exited",
            },
            _ => "changed",
        }
    }
}

/// The processes that are not as they were: those of now first, each in the order of its view.
pub(crate) fn processes(before: &Host, after: &Host) -> Vec<ProcessChange> {
    let by_segment = |host: &Host| -> BTreeMap<String, Stand> {
        let stands = host.processes.iter();
        stands
            .map(|one| (one.segment.clone(), stand(one)))
            .collect()
    };
    let (was, is) = (by_segment(before), by_segment(after));
    let gone = before
        .processes
        .iter()
        .filter(|one| !is.contains_key(&one.segment));
    after
        .processes
        .iter()
        .chain(gone)
        .map(|one| ProcessChange {
            pid: one.identity.pid,
            segment: one.segment.clone(),
            user: one.identity.user.clone(),
            command: one.identity.command.clone(),
            before: was.get(&one.segment).copied(),
            after: is.get(&one.segment).copied(),
        })
        .filter(|change| change.before != change.after)
        .collect()
}

fn stand(process: &Process) -> Stand {
    Stand {
        state: process.state,
        buffers: process.buffers,
        dram: in_memory(&process.types, Memory::Dram),
        l1: in_memory(&process.types, Memory::L1),
    }
}
