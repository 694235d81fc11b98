//! A program that attaches by itself, long before a device opens.

use crate::figures::{assert_agree, pid_of};
use crate::rig::{N150, rig};
use crate::script::{Script, said_by_ttmem, tracked};
use support::{PrivateDir, cli};

#[test]
fn what_a_program_reports_before_a_device_opens_is_in_its_one_segment() {
    let Some(rig) = rig() else { return };
    let dir = PrivateDir::new();
    let mut command = tracked(rig, N150, dir.path(), "attached.py", &[]);
    let mut script = Script::start(&mut command);
    let quiet = script.next_quiet().expect("it holds tensors");
    assert_agree(dir.path(), &quiet);
    let pid = pid_of(&quiet.processes()[0]).to_string();
    assert_eq!(
        dir.segments().len(),
        1,
        "its child has ended, cleanly though by _exit"
    );
    let log = cli::run(dir.path(), &["log", "-p", &pid]).out;
    let (before, after) = (log.find("\"before\""), log.find("\"after\""));
    let opened = log.find(" device ").expect("the device is reported");
    assert!(before < Some(opened) && Some(opened) < after, "{log}");
    script.go_on();
    assert!(script.next_quiet().is_none());
    let (status, complaint) = script.finish();
    assert!(status.success(), "{complaint}");
    assert_eq!(said_by_ttmem(&complaint), Vec::<&str>::new());
    assert_eq!(dir.segments().len(), 0, "a clean end leaves no segment");
}

/// What a forked child inherits is not its own: it freed a buffer of its parent's, which its own segment
/// knows nothing of and has nothing to say about.
#[test]
fn a_child_that_attaches_by_itself_begins_with_nothing() {
    let Some(rig) = rig() else { return };
    let dir = PrivateDir::new();
    let mut command = tracked(rig, N150, dir.path(), "attached.py", &[]);
    let mut script = Script::start(command.env("TTMEM_KEEP", "1"));
    let quiet = script.next_quiet().expect("it holds tensors");
    let child = u32::try_from(quiet.0["child"].as_u64().expect("a pid")).expect("a pid");
    let dump = cli::json(dir.path(), &["dump"]);
    let process = cli::process(&dump, child).expect("its segment was kept");
    assert_eq!(
        (&process["exact"], &process["mark"]),
        (&true.into(), &"child".into())
    );
    assert_eq!(process["anomalies"]["unknown_free"], 0, "{process}");
    assert_eq!(process["buffers"], 1, "{process}");
    script.go_on();
    assert!(script.next_quiet().is_none());
    let (status, complaint) = script.finish();
    assert!(status.success(), "{complaint}");
}
