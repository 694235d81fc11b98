//! The directory of the segments: what it is, and whether another segment fits.

use super::check::Check;
use crate::quantity::{count, size};
use nix::sys::statfs::{TMPFS_MAGIC, statfs};
use nix::sys::statvfs::statvfs;
use nix::unistd::{AccessFlags, access};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use ttmem_layout::Plan;
use ttmem_producer::Options;

/// Whether programs can report to `dir`.
pub(super) fn directory(dir: &Path) -> Check {
    let name = "directory";
    let shown = dir.display();
    let meta = match fs::metadata(dir) {
        Ok(meta) if meta.is_dir() => meta,
        Ok(_) => {
            return Check::error(name, format!("{shown} is not a directory"))
                .advise("name another one with TTMEM_DIR, for programs and for ttmem");
        }
        Err(error) => {
            return Check::error(name, format!("{shown} cannot be reached: {error}"))
                .advise(format!("mkdir -p {shown}"));
        }
    };
    if access(dir, AccessFlags::W_OK | AccessFlags::X_OK).is_err() {
        return Check::error(name, format!("{shown} is not yours to write in"))
            .advise("name another one with TTMEM_DIR, for programs and for ttmem");
    }
    if meta.permissions().mode() & 0o1002 == 0o0002 {
        return Check::warning(
            name,
            format!("anybody can remove or replace what others have in {shown}"),
        )
        .advise(format!("chmod +t {shown}"));
    }
    match statfs(dir) {
        Ok(system) if system.filesystem_type() == TMPFS_MAGIC => {
            Check::ok(name, format!("{shown} is a tmpfs and can be written to"))
        }
        Ok(_) => Check::warning(
            name,
            format!(
                "{shown} is not a tmpfs: the kernel writes segments to a disk, and a program may \
                 wait for it"
            ),
        )
        .advise("use /dev/shm: unset TTMEM_DIR")
        .advise(format!("or mount one: mount -t tmpfs tmpfs {shown}")),
        Err(errno) => Check::error(name, format!("{shown} cannot be looked at: {errno}")),
    }
}

/// Whether one more segment fits into `dir`.
pub(super) fn room(dir: &Path) -> Check {
    let name = "room";
    let Ok(system) = statvfs(dir) else {
        return Check::not_applicable(name, format!("{} cannot be looked at", dir.display()));
    };
    let wanted = Options::from_environment();
    let Ok(plan) = Plan::new(wanted.ring_records, wanted.live_slots) else {
        return Check::not_applicable(name, "TTMEM_RING_RECORDS or TTMEM_LIVE_SLOTS is no size");
    };
    // Some file systems have no limit of files, and say 0 of 0.
    let no_files = system.files() > 0 && system.files_available() == 0;
    let block = system.fragment_size();
    judge_room(
        plan,
        system.blocks_available().saturating_mul(block),
        system.blocks().saturating_mul(block),
        no_files,
    )
}

fn judge_room(plan: Plan, free: u64, all: u64, no_files: bool) -> Check {
    let name = "room";
    let need = plan.segment_size();
    let mut least = plan;
    while let Some(smaller) = least.smaller() {
        least = smaller;
    }
    let state = format!("{} of {} free", size(free), size(all));
    let check = if no_files {
        Check::error(name, format!("{state}, but not one more file can be made"))
    } else if free < least.segment_size() {
        Check::error(
            name,
            format!("{state}: full; a program that starts now is not tracked"),
        )
    } else if free < need {
        Check::warning(
            name,
            format!(
                "{state}; a segment of {} does not fit: the next program gets a smaller one, with \
                 fewer live allocations and less history",
                size(need)
            ),
        )
    } else {
        let more = format!("room for {} more of {}", count(free / need), size(need));
        return Check::ok(name, format!("{state}, {more}"));
    };
    check
        .advise("ttmem reap")
        .advise("in a container: start it with a larger /dev/shm, e.g. docker run --shm-size=1g")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Verdict;

    #[test]
    fn what_is_full_is_told_from_what_is_small() {
        let plan = Plan::new(Plan::DEFAULT_RING_RECORDS, Plan::DEFAULT_LIVE_SLOTS).unwrap();
        let need = plan.segment_size();
        let verdict = |free, no_files| judge_room(plan, free, 64 << 20, no_files).verdict;
        assert_eq!(verdict(need, false), Verdict::Ok);
        assert_eq!(verdict(need - 1, false), Verdict::Warning);
        assert_eq!(verdict(4096, false), Verdict::Error);
        assert_eq!(verdict(need, true), Verdict::Error);
    }
}
