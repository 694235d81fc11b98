//! Containers: programs with process ids and a /dev/shm of their own.

use super::Tracked;
use super::check::Check;
use super::program::{Tracking, own_namespace};
use super::segments::Segments;
use crate::quantity::counted;

/// Inode of the PID namespace that is nobody's child: the machine's own (`PROC_PID_INIT_INO`).
const OF_THE_MACHINE: u64 = 0xEFFF_FFFC;

/// What is behind the wall of another PID or mount namespace.
pub(super) fn check(programs: &[Tracked<'_>], segments: &Segments) -> Check {
    let name = "namespaces";
    let here = own_namespace("mnt");
    let walled: Vec<_> = programs
        .iter()
        .filter(|(program, _)| program.mount_namespace != here)
        .filter_map(|(program, tracking)| match tracking {
            Tracking::Elsewhere(there) => Some((program, there)),
            _ => None,
        })
        .collect();
    if !walled.is_empty() {
        let found = format!(
            "{} in a mount namespace of its own (a container), with a directory of segments that is \
             not this one",
            counted(walled.len() as u64, "program")
        );
        let details = walled
            .iter()
            .map(|(program, there)| format!("{} reports to {}", program.name(), there.display()));
        let mut check = Check::warning(name, found).with(details);
        for (_, there) in &walled {
            check = check.advise(format!("ttmem --dir {} ps", there.display()));
        }
        return check.advise("or share one: docker run --ipc=host, or -v /dev/shm:/dev/shm");
    }
    let own = own_namespace("pid").unwrap_or_default();
    let foreign = segments.host.processes.iter();
    let foreign = foreign
        .filter(|one| one.identity.pid_namespace != own)
        .count();
    if foreign > 0 {
        return Check::ok(
            name,
            format!(
                "{} reports from another PID namespace: its pid is the one it has there",
                counted(foreign as u64, "producer")
            ),
        );
    }
    if own != OF_THE_MACHINE {
        let found =
            "this is a PID namespace of its own (a container): programs outside are not seen";
        return match segments.host.processes.len() {
            0 => Check::warning(name, found).advise("look from outside as well: ttmem doctor"),
            _ => Check::ok(name, found),
        };
    }
    Check::ok(name, "everybody seen is in this PID and mount namespace")
}
