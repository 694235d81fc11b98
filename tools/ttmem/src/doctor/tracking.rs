//! Who uses a device and does not report, and why not.

use super::Tracked;
use super::check::Check;
use super::machine::Machine;
use super::program::{Program, Tracking, own_namespace};
use super::segments::Segments;
use crate::quantity::counted;
use std::path::Path;

/// Which processes could be looked into.
pub(super) fn processes(machine: &Machine) -> Check {
    let name = "processes";
    if let Some(reason) = &machine.blind {
        return Check::error(name, format!("no process can be looked into: {reason}"))
            .advise("mount -t proc proc /proc");
    }
    let devices = match machine.devices.len() {
        0 => format!("no device in {}", machine.device_directory.display()),
        number => counted(number as u64, "device"),
    };
    let holders = machine
        .programs
        .iter()
        .filter(|one| !one.devices.is_empty());
    let found = format!(
        "{devices}, held by {}; {} looked into",
        counted(holders.count() as u64, "process"),
        counted(machine.looked_into, "process")
    );
    if machine.closed == 0 {
        return Check::ok(name, found);
    }
    let found = format!("{found}, {} of other users closed to you", machine.closed);
    if machine.devices.is_empty() {
        return Check::ok(name, found);
    }
    Check::warning(name, format!("{found}: they may hold a device")).advise("sudo ttmem doctor")
}

/// Programs that were started without the switch.
pub(super) fn switched_on(programs: &[Tracked<'_>]) -> Check {
    let name = "switched_on";
    let told = programs
        .iter()
        .filter(|(_, tracking)| *tracking != Tracking::Untold);
    if told.count() == 0 {
        return Check::not_applicable(name, "no program has a device open or the runtime loaded");
    }
    let Some(check) = blame(
        name,
        programs,
        &Tracking::Off,
        "started without TTMEM=1, or before it was set",
    ) else {
        return Check::ok(name, "every program was started with tracking on");
    };
    let command = programs
        .iter()
        .find(|(_, tracking)| *tracking == Tracking::Off)
        .map(|(program, _)| crate::value::harmless(&program.command));
    check
        .advise(format!(
            "start it again: ttmem run -- {}",
            command.unwrap_or_default()
        ))
        .advise("a monitor such as tt-smi allocates nothing and need not report")
}

/// Programs that nothing makes report.
pub(super) fn preloaded(programs: &[Tracked<'_>]) -> Check {
    let name = "preloaded";
    let why = "TTMEM is on, but libttmem_preload.so is not loaded";
    if let Some(check) = blame(name, programs, &Tracking::NotPreloaded, why) {
        return check
            .advise("start it with ttmem run -- CMD, which sets LD_PRELOAD")
            .advise("a program with other rights than its starter's (setuid) ignores LD_PRELOAD");
    }
    let loaded = programs
        .iter()
        .filter(|(program, _)| program.preloaded)
        .count();
    match loaded {
        0 => Check::not_applicable(name, "no program was started with tracking on"),
        loaded => Check::ok(
            name,
            format!("loaded in {}", counted(loaded as u64, "program")),
        ),
    }
}

/// Whether somebody reports, and who should and does not.
pub(super) fn reporting(programs: &[Tracked<'_>], segments: &Segments, dir: &Path) -> Check {
    let name = "reporting";
    if let Some(check) = blame(
        name,
        programs,
        &Tracking::Failed,
        "tracking is on and a device open, but there is no segment",
    ) {
        return check
            .advise("its standard error has a line that begins with 'ttmem:' and says why");
    }
    let untold = of(programs, &Tracking::Untold);
    if untold.iter().any(|program| !program.devices.is_empty()) {
        return Check::warning(name, "why these do not report cannot be told")
            .with(untold.iter().map(|program| describe(program)))
            .advise("sudo ttmem doctor");
    }
    let (running, all) = (segments.running().count(), segments.host.processes.len());
    if all == 0 {
        return Check::warning(name, format!("nobody reports to {}", dir.display()))
            .advise("ttmem run -- CMD")
            .advise("ttmem demo");
    }
    let waiting = of(programs, &Tracking::NotYet).len();
    let mut found = format!("{} at work", counted(running as u64, "producer"));
    if all > running {
        found.push_str(&format!(", {} gone", all - running));
    }
    if waiting > 0 {
        let waiting = counted(waiting as u64, "program");
        found.push_str(&format!("; {waiting} will report once a device is open"));
    }
    Check::ok(name, found)
}

/// Programs of this mount namespace that report to another directory.
pub(super) fn same_directory(programs: &[Tracked<'_>], dir: &Path) -> Check {
    let name = "same_directory";
    let here = own_namespace("mnt");
    let elsewhere: Vec<_> = programs
        .iter()
        .filter(|(program, _)| program.mount_namespace == here)
        .filter_map(|(program, tracking)| match tracking {
            Tracking::Elsewhere(there) => Some((program, there)),
            _ => None,
        })
        .collect();
    if elsewhere.is_empty() {
        let found = format!(
            "nobody is known to report elsewhere than to {}",
            dir.display()
        );
        return Check::ok(name, found);
    }
    let found = format!("not everybody reports to {}", dir.display());
    let details = elsewhere.iter().map(|(program, there)| {
        format!(
            "{} reports to {}: its TTMEM_DIR",
            program.name(),
            there.display()
        )
    });
    let mut check = Check::error(name, found).with(details);
    for (_, there) in elsewhere {
        let advice = format!("ttmem --dir {} ps", there.display());
        if !check.advice.contains(&advice) {
            check = check.advise(advice);
        }
    }
    check
}

/// The programs with this trouble.
fn of<'a>(programs: &[Tracked<'a>], trouble: &Tracking) -> Vec<&'a Program> {
    let troubled = programs.iter().filter(|(_, tracking)| tracking == trouble);
    troubled.map(|(program, _)| *program).collect()
}

/// Names the programs with this trouble; it is an error if one of them is at work on a device.
fn blame(
    name: &'static str,
    programs: &[Tracked<'_>],
    trouble: &Tracking,
    why: &str,
) -> Option<Check> {
    let troubled = of(programs, trouble);
    if troubled.is_empty() {
        return None;
    }
    let found = format!("{}: {why}", counted(troubled.len() as u64, "program"));
    let at_work = |program: &&Program| !program.devices.is_empty() && !program.runtime.is_empty();
    let check = if troubled.iter().any(at_work) {
        Check::error(name, found)
    } else {
        Check::warning(name, found)
    };
    Some(check.with(troubled.iter().map(|program| describe(program))))
}

fn describe(program: &Program) -> String {
    let mut words = program.name();
    let devices: Vec<_> = program.devices.iter().map(String::as_str).collect();
    if !devices.is_empty() {
        words.push_str(&format!(", device {} open", devices.join(",")));
    }
    match program.runtime.first() {
        Some(library) => words.push_str(&format!(", {} loaded", library.display())),
        None => words.push_str(", no library of the runtime loaded"),
    }
    words
}
