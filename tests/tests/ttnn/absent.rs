//! Where there is nothing to report, there is nothing at all: no segment, no word.

use crate::figures::assert_agree;
use crate::rig::{N150, rig, scripts};
use crate::script::{Script, said_by_ttmem, track, tracked};
use std::process::Command;
use support::PrivateDir;

/// A cold run starts dozens of compilers, which inherit the library and the switch.
#[test]
fn only_the_process_that_opens_a_device_has_a_segment() {
    let Some(rig) = rig() else { return };
    let dir = PrivateDir::new();
    let cache = tempfile::tempdir().expect("a directory for a cold kernel cache");
    let mut command = tracked(rig, N150, dir.path(), "workload.py", &[]);
    // A segment of a compiler would be left behind and be seen.
    command
        .env("TTMEM_KEEP", "1")
        .env("TT_METAL_CACHE", cache.path());
    let mut most = 0;
    Script::start(&mut command).each_quiet(|quiet| {
        assert_agree(dir.path(), quiet);
        most = most.max(dir.segments().len());
    });
    assert_eq!((most, dir.segments().len()), (1, 1));
}

#[test]
fn a_program_without_the_runtime_is_left_alone() {
    let dir = PrivateDir::new();
    let mut command = Command::new("sh");
    command.args(["-c", "true; exec true"]);
    track(&mut command, dir.path());
    let output = command.output().expect("sh can be started");
    assert!(output.status.success());
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(dir.segments().len(), 0);
}

#[test]
fn switched_off_nothing_is_made() {
    let Some(rig) = rig() else { return };
    let dir = PrivateDir::new();
    for switch in [None, Some("0"), Some("")] {
        let mut command = rig.python(N150);
        command.arg(scripts().join("hold.py"));
        track(&mut command, dir.path());
        match switch {
            Some(value) => command.env("TTMEM", value),
            None => command.env_remove("TTMEM"),
        };
        let mut script = Script::start(&mut command);
        assert!(script.next_quiet().is_some());
        assert_eq!(dir.segments().len(), 0);
        script.go_on();
        assert!(script.next_quiet().is_none());
        let (status, complaint) = script.finish();
        assert!(status.success(), "{complaint}");
        assert_eq!(said_by_ttmem(&complaint), Vec::<&str>::new());
    }
}

/// The runtime's own switch of old serves as well.
#[test]
fn the_old_switch_works() {
    let Some(rig) = rig() else { return };
    let dir = PrivateDir::new();
    let mut command = tracked(rig, N150, dir.path(), "hold.py", &[]);
    command
        .env_remove("TTMEM")
        .env("TT_ALLOC_TRACKING_ENABLED", "1");
    Script::start(&mut command).each_quiet(|quiet| assert_agree(dir.path(), quiet));
}
