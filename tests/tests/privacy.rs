//! Segments are private unless their user says otherwise, and never writable by others; whose a segment
//! is, the kernel says and not its header.
#![forbid(unsafe_code)]

use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::Path;
use support::{PrivateDir, ProducerProcess, Starter, cli, skip};

fn attached(dir: &Path, mode: Option<&str>) -> ProducerProcess {
    let mut starter = Starter::new(dir);
    if let Some(mode) = mode {
        starter = starter.env("TTMEM_MODE", mode);
    }
    let mut producer = starter.start();
    producer.ok("attach");
    producer
}

fn mode_of(segment: &Path) -> u32 {
    let meta = std::fs::metadata(segment).expect("the segment is there");
    meta.permissions().mode() & 0o777
}

#[test]
fn a_segment_is_its_users_alone_unless_told() {
    for (told, mode) in [(None, 0o600), (Some("0640"), 0o640), (Some("644"), 0o644)] {
        let dir = PrivateDir::new();
        let mut producer = attached(dir.path(), told);
        assert_eq!(mode_of(&dir.segments()[0]), mode, "{told:?}");
        assert_eq!(producer.complaints(), "");
        producer.ok("detach");
        assert!(producer.finish().status.success());
    }
}

/// Whoever may write a segment can cut it short, and then its program dies of SIGBUS.
#[test]
fn a_segment_that_others_could_write_is_not_made() {
    for told in ["0666", "0660", "0602", "0444", "0777", "rw-r--r--"] {
        let dir = PrivateDir::new();
        let mut producer = attached(dir.path(), Some(told));
        assert_eq!(mode_of(&dir.segments()[0]), 0o600, "{told}");
        let said = producer.complaints();
        assert_eq!(said.lines().count(), 1, "{said}");
        assert!(said.contains(&format!("TTMEM_MODE={told}")), "{said}");
        producer.ok("detach");
        assert!(producer.finish().status.success());
    }
}

#[test]
fn the_owner_is_the_files_not_the_headers() {
    const STRANGER: u32 = 54_321;
    let dir = PrivateDir::new();
    let mut producer = attached(dir.path(), None);
    let segment = dir.segments().remove(0);
    if chown(&segment, Some(STRANGER), None).is_err() {
        return skip("only root can give a file away");
    }
    assert_eq!(
        std::fs::metadata(&segment).expect("it is there").uid(),
        STRANGER
    );
    let processes = cli::json(dir.path(), &["ps"]);
    let process = cli::process(&processes, producer.pid()).expect("it is shown");
    assert_eq!(process["user"], STRANGER.to_string());
    producer.ok("detach");
    assert!(producer.finish().status.success());
}

/// What merely carries a segment's name in a directory that everybody may write to is named, and nothing
/// is done to it.
#[test]
fn what_is_no_segment_is_left_alone() {
    let dir = PrivateDir::new();
    let mut producer = attached(dir.path(), None);
    let elsewhere = tempfile::NamedTempFile::new().expect("a file elsewhere");
    let link = dir.path().join("ttmem.1.00000001");
    std::os::unix::fs::symlink(elsewhere.path(), &link).expect("a link");
    let text = dir.path().join("ttmem.2.00000002");
    std::fs::write(&text, "not a segment").expect("a file");
    let reaped = cli::run(dir.path(), &["reap"]);
    assert!(link.is_symlink() && text.exists() && elsewhere.path().exists());
    for name in ["ttmem.1.00000001", "ttmem.2.00000002"] {
        assert!(reaped.err.contains(name), "{reaped:?}");
    }
    let processes = cli::json(dir.path(), &["ps"]);
    assert_eq!(processes["unreadable"], 2);
    assert!(cli::process(&processes, producer.pid()).is_some());
    producer.ok("detach");
    assert!(producer.finish().status.success());
}
