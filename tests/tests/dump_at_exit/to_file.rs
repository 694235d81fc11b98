//! The dump goes to a file, or to standard error where that cannot be.

use crate::held::{HELD, end_by, holding, read, told};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use support::{PrivateDir, Starter, cli, is_root, skip};

#[test]
fn a_file_is_appended_to_whoever_does_it() {
    let (dir, there) = (PrivateDir::new(), tempfile::tempdir().expect("a directory"));
    let file = there.path().join("held.txt");
    let to = file.to_str().expect("a path");
    let one = holding(dir.path(), to);
    let (first, err) = (one.pid(), one.finish().err);
    assert_eq!(err, "");
    let mode = file.metadata().expect("it was made").permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "as private as the segment");
    let other = holding(dir.path(), to);
    let second = other.pid();
    end_by(other, "kill");
    let doctor = cli::run(dir.path(), &["doctor"]).out;
    assert!(
        doctor.contains(&format!("it owes {to} its dump at exit")),
        "{doctor}"
    );
    assert_eq!(cli::run(dir.path(), &["reap"]).err, "");
    let expected = told(first, "at its end") + &told(second, "when it died");
    assert_eq!(read(&file), expected);
}

#[test]
fn every_process_has_a_file_of_its_own_if_it_is_asked_for() {
    let (dir, there) = (PrivateDir::new(), tempfile::tempdir().expect("a directory"));
    let mut producers = Vec::new();
    for _ in 0..2 {
        let starter = Starter::new(dir.path()).env("TTMEM_DUMP_AT_EXIT", "100%%.%p.txt");
        let mut producer = starter
            .with(|command| {
                command.current_dir(there.path());
            })
            .start();
        producer.ok("attach");
        producer.all_ok(&HELD);
        producers.push(producer);
    }
    let [one, other] = <[_; 2]>::try_from(producers).expect("two");
    let pids = [one.pid(), other.pid()];
    assert_eq!(one.finish().err, "");
    end_by(other, "abort");
    cli::run(dir.path(), &["reap"]);
    for (pid, until) in pids.into_iter().zip(["at its end", "when it died"]) {
        let file = there.path().join(format!("100%.{pid}.txt"));
        assert_eq!(read(&file), told(pid, until));
    }
}

#[test]
fn a_file_that_cannot_be_written_is_told_of_and_stderr_takes_its_place() {
    let dir = PrivateDir::new();
    let there = tempfile::tempdir().expect("a directory");
    let fifo = there.path().join("nobody-reads");
    nix::unistd::mkfifo(&fifo, nix::sys::stat::Mode::S_IRWXU).expect("a pipe");
    let missing = there.path().join("no/such.txt");
    let cases = [
        (missing.as_path(), "No such file or directory"),
        (fifo.as_path(), "No such device or address"),
        (Path::new("/dev/full"), "No space left on device"),
    ];
    for (path, reason) in cases {
        let complaint = format!(
            "ttmem: cannot write {}: {reason}; what is held follows\n",
            path.display()
        );
        let producer = holding(dir.path(), path.to_str().expect("a path"));
        let pid = producer.pid();
        let ended = producer.finish();
        assert_eq!(ended.status.code(), Some(0));
        assert_eq!(ended.err, complaint + &told(pid, "at its end"));
    }
    let long = format!("/{}", "x".repeat(2000));
    let producer = holding(dir.path(), &long);
    let pid = producer.pid();
    let err = producer.finish().err;
    assert!(
        err.starts_with("ttmem: TTMEM_DUMP_AT_EXIT is not usable: "),
        "{err}"
    );
    assert!(err.ends_with(&told(pid, "at its end")), "{err}");
}

#[test]
fn a_limit_on_files_ends_no_program() {
    let (dir, there) = (PrivateDir::new(), tempfile::tempdir().expect("a directory"));
    let file = there.path().join("held.txt");
    std::fs::write(&file, vec![b'-'; 15 << 20]).expect("a long file");
    let wrapper = ["sh", "-c", "ulimit -f 15360; exec \"$0\""];
    let starter = Starter::through(&wrapper, dir.path()).env("TTMEM_DUMP_AT_EXIT", &file);
    let mut producer = starter.start();
    producer.ok("attach");
    producer.all_ok(&HELD);
    let ended = producer.finish();
    assert_eq!(ended.status.code(), Some(0), "{ended:?}");
    assert!(
        ended.err.contains("File too large; what is held follows"),
        "{ended:?}"
    );
}

#[test]
fn another_users_file_is_not_written_with_the_rights_of_who_reaps() {
    if !is_root() {
        return skip("only root can be two users");
    }
    let dir = PrivateDir::new();
    std::fs::set_permissions(dir.path(), PermissionsExt::from_mode(0o777)).expect("ours");
    let there = tempfile::tempdir().expect("a directory");
    let file = there.path().join("planted.txt");
    let starter = Starter::new(dir.path()).env("TTMEM_DUMP_AT_EXIT", &file);
    let mut producer = starter
        .with(|command| {
            command.uid(65534);
        })
        .start();
    producer.ok("attach");
    producer.all_ok(&HELD);
    let pid = producer.pid();
    end_by(producer, "kill");
    let err = cli::run(dir.path(), &["reap"]).err;
    let refusal = format!(
        "ttmem: cannot write {}: it was another user's process that asked for it; what was held follows\n",
        file.display()
    );
    assert_eq!(err, refusal + &told(pid, "when it died"));
    assert!(!file.exists());
}
