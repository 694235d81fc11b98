//! `TTMEM_DUMP_AT_EXIT`: what a process still holds is told once, whatever ends it: by itself if it can,
//! else by `ttmem run` or `ttmem reap`.
#![forbid(unsafe_code)]

use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use support::{Ended, Language, Linking, PrivateDir, ProducerProcess, Starter, binaries, cli};
use support::{compile, in_path, is_root, skip};

/// Three buffers on two chips, two alike on one of them, and a kernel.
const HELD: [&str; 8] = [
    "pool mesh 0-1",
    "pool chip 0",
    "pool programs 0-1",
    "alloc 0 DRAM 0x1000 1000 1048576 12",
    "alloc 1 L1 0x1000 1000 16384 64",
    "alloc 1 L1 0x9000 1000 16384 64",
    "alloc 1 TRACE 0x9000 500 512 1",
    "alloc 2 KERNEL 0x100 700 704 56",
];

/// What is told of them behind the name.
const TOLD: &str = ": DRAM 12.0 MiB in 1 buffer on each of devices 0-1; L1 2.0 MiB in 2 buffers on \
    device 0; TRACE 512 B in 1 buffer on device 0; KERNEL 38.5 KiB in 1 allocation on each of devices 0-1
  DRAM: 1 x 12.0 MiB on each of devices 0-1
  L1: 2 x 1.0 MiB on device 0
  TRACE: 1 x 512 B on device 0
  KERNEL: 1 x 38.5 KiB on each of devices 0-1
";

fn told(pid: u32, until: &str) -> String {
    format!("ttmem: pid {pid} (producer_script) held {until}{TOLD}")
}

fn holding(dir: &Path, to: &str) -> ProducerProcess {
    let mut producer = asked(dir, to);
    producer.all_ok(&HELD);
    producer
}

fn asked(dir: &Path, to: &str) -> ProducerProcess {
    let mut producer = Starter::new(dir).env("TTMEM_DUMP_AT_EXIT", to).start();
    producer.ok("attach");
    producer
}

/// Has it do the last thing it does.
fn end_by(mut producer: ProducerProcess, command: &str) -> Ended {
    producer.send(command);
    assert_eq!(producer.answer(), None, "{command} is the end");
    producer.finish()
}

#[test]
fn who_ends_by_itself_tells_it_itself() {
    for (command, status) in [("", 0), ("exit 3", 3)] {
        let dir = PrivateDir::new();
        let producer = holding(dir.path(), "1");
        let pid = producer.pid();
        let ended = match command {
            "" => producer.finish(),
            command => end_by(producer, command),
        };
        assert_eq!(ended.status.code(), Some(status));
        assert_eq!(ended.err, told(pid, "at its end"), "{command}");
        assert!(dir.segments().is_empty());
    }
}

#[test]
fn who_detaches_tells_it_then_and_only_then() {
    let dir = PrivateDir::new();
    let mut producer = holding(dir.path(), "1");
    let pid = producer.pid();
    producer.ok("detach");
    assert_eq!(producer.complaints(), told(pid, "at its end"));
    assert_eq!(producer.finish().err, told(pid, "at its end"));
}

#[test]
fn who_holds_nothing_says_so_in_a_line() {
    let dir = PrivateDir::new();
    let mut producer = asked(dir.path(), "1");
    producer.ok("pool chip 0");
    let err = producer.finish().err;
    assert!(err.ends_with(") held nothing at its end\n"), "{err}");
    assert_eq!(err.lines().count(), 1, "{err}");
}

#[test]
fn who_was_not_asked_or_is_not_tracked_is_silent() {
    for to in ["", "0"] {
        let dir = PrivateDir::new();
        assert_eq!(holding(dir.path(), to).finish().err, "");
    }
    let dir = PrivateDir::new();
    let starter = Starter::new(dir.path()).env("TTMEM_DUMP_AT_EXIT", "1");
    let mut off = starter.without("TTMEM").start();
    assert_eq!(off.ok("attach"), "Off");
    assert_eq!(off.finish().err, "");
}

#[test]
fn a_forked_child_tells_only_what_is_its_own() {
    let dir = PrivateDir::new();
    let mut parent = holding(dir.path(), "1");
    let pid = parent.pid();
    parent.ok("fork");
    assert_eq!(parent.ok("child-wait"), "exited 0");
    assert_eq!(parent.complaints(), "", "an unattached child says nothing");
    let child = parent.number("fork");
    parent.all_ok(&[
        "child attach",
        "child pool chip 5",
        "child alloc 0 L1 0 9 9 1",
    ]);
    assert_eq!(parent.ok("child-wait"), "exited 0");
    let said = parent.complaints();
    assert!(said.starts_with(&format!("ttmem: pid {child} (")), "{said}");
    assert!(
        said.contains(": L1 9 B in 1 buffer on device 5\n"),
        "{said}"
    );
    let err = parent.finish().err;
    assert_eq!(err, format!("{said}{}", told(pid, "at its end")));
}

#[test]
fn what_closing_a_device_freed_is_told_too() {
    let dir = PrivateDir::new();
    let mut producer = holding(dir.path(), "1");
    // An allocator is cleared when its device is closed, and once more when it goes.
    producer.all_ok(&["clear 1", "retire 1", "retire 2", "free 0 DRAM 0x1000"]);
    let err = producer.finish().err;
    let lines: Vec<_> = err.lines().collect();
    assert!(lines[0].ends_with(") held nothing at its end"), "{err}");
    assert!(
        lines[1].ends_with(
            ") held when its device was closed or cleared: L1 2.0 MiB in 2 buffers on device 0; \
             TRACE 512 B in 1 buffer on device 0"
        ),
        "{err}"
    );
    assert_eq!(
        lines[2..],
        [
            "  L1: 2 x 1.0 MiB on device 0",
            "  TRACE: 1 x 512 B on device 0"
        ],
        "no kernel: programs are cached until their device is closed"
    );
}

#[test]
fn a_device_that_is_opened_again_begins_anew() {
    let dir = PrivateDir::new();
    let mut producer = holding(dir.path(), "1");
    producer.all_ok(&[
        "retire 0",
        "retire 1",
        "retire 2",
        "pool chip 0",
        "pool mesh 0-1",
    ]);
    producer.all_ok(&["alloc 3 L1 0 64 64 1", "retire 3", "retire 4"]);
    let err = producer.finish().err;
    let closed = ") held when its device was closed or cleared: L1 64 B in 1 buffer on device 0\n";
    assert!(err.contains(closed), "{err}");
    assert_eq!(err.lines().count(), 3, "{err}");
}

#[test]
fn who_dies_leaves_it_to_reap_which_tells_it_once() {
    for (command, signal) in [("abort", 6), ("kill", 9)] {
        let dir = PrivateDir::new();
        let producer = holding(dir.path(), "1");
        let pid = producer.pid();
        let ended = end_by(producer, command);
        assert_eq!(ended.signal(), Some(signal));
        assert_eq!(ended.err, "", "no handler of ours says anything");

        let said = cli::run(dir.path(), &["ps"]);
        let due = format!("pid {pid} died and owes standard error its dump at exit");
        assert!(said.err.contains(&due), "{}", said.err);
        let said = cli::run(dir.path(), &["reap", "--dry-run"]);
        assert_eq!(said.err, "", "nothing is given that stays");
        let said = cli::run(dir.path(), &["reap"]);
        assert_eq!(said.err, told(pid, "when it died"));
        assert!(said.out.starts_with("removed ttmem."), "{}", said.out);
        assert!(dir.segments().is_empty());
    }
}

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

#[test]
fn a_million_allocations_take_a_few_lines() {
    let dir = PrivateDir::new();
    let starter = Starter::new(dir.path()).env("TTMEM_DUMP_AT_EXIT", "1");
    let mut producer = starter.env("TTMEM_LIVE_SLOTS", "2097152").start();
    producer.all_ok(&["attach", "pool chip 0", "hold 0 1000000"]);
    let err = producer.finish().err;
    let lines: Vec<_> = err.lines().collect();
    assert!(lines[0].contains(" held at its end: L1 "), "{err}");
    assert!(
        lines[0].ends_with(" in 1,000,000 buffers on device 0"),
        "{err}"
    );
    assert_eq!(lines.len(), 1 + 10 + 1, "{err}");
    assert!(lines[11].starts_with("  and 999,990 more: L1 "), "{err}");
}

/// A program of its own, in C or C++, that holds two buffers and ends as it is told.
fn ender(language: Language, dir: &Path) -> Option<PathBuf> {
    if !in_path(language.compiler()) {
        skip(&format!("{} is not installed", language.compiler()));
        return None;
    }
    Some(compile("c_abi/ender.cpp", language, Linking::Shared, dir))
}

/// `ttmem run -- PROGRAM HOW`.
fn under_run(dir: &Path, program: &Path, how: &[&str], to: &str) -> cli::Said {
    let mut command: Command = cli::ttmem(dir);
    command
        .args(["run", "--"])
        .arg(program)
        .args(how)
        .env("TTMEM_PRELOAD", binaries::preload_library())
        .env("TTMEM_DUMP_AT_EXIT", to);
    command.output().expect("ttmem can be started").into()
}

#[test]
fn run_tells_it_of_those_who_could_not() {
    let (dir, build) = (PrivateDir::new(), PrivateDir::new());
    let Some(program) = ender(Language::Cpp, build.path()) else {
        return;
    };
    let sums = ": DRAM 4.0 KiB in 2 buffers on device 0\n  DRAM: 2 x 2.0 KiB on device 0\n";
    for (how, status, by_itself) in [
        ("return", 0, true),
        ("exit", 5, true),
        ("_exit", 5, true),
        ("throw", 128 + 6, false),
        ("SIGTERM", 128 + 15, false),
        ("SIGKILL", 128 + 9, false),
    ] {
        let said = under_run(dir.path(), &program, &[how], "1");
        assert_eq!(said.code, Some(status), "{how}: {}", said.err);
        let until = if by_itself {
            "at its end"
        } else {
            "when it died"
        };
        let told = format!(") held {until}{sums}");
        assert_eq!(said.err.matches(&told).count(), 1, "{how}: {}", said.err);
        assert_eq!(said.err.matches(" held ").count(), 1, "{how}: {}", said.err);
        let reaped = cli::run(dir.path(), &["reap"]);
        assert!(!reaped.err.contains(" held "), "told once: {}", reaped.err);
    }
}

#[test]
fn two_children_at_once_share_a_file() {
    let (dir, build) = (PrivateDir::new(), PrivateDir::new());
    let Some(program) = ender(Language::Cpp, build.path()) else {
        return;
    };
    let file = build.path().join("held.txt");
    let script = r#""$0" SIGKILL & "$0" return & wait"#;
    let program = program.to_str().expect("a path");
    let how = ["-c", script, program];
    let said = under_run(
        dir.path(),
        Path::new("sh"),
        &how,
        file.to_str().expect("a path"),
    );
    assert!(!said.err.contains(" held "), "{}", said.err);
    let text = read(&file);
    let mut lines: Vec<_> = text.lines().collect();
    assert_eq!(lines.len(), 4, "{text}");
    // Each dump is in one piece, whichever came first.
    assert_eq!(lines.remove(1), "  DRAM: 2 x 2.0 KiB on device 0");
    assert_eq!(lines.remove(2), "  DRAM: 2 x 2.0 KiB on device 0");
    for until in ["at its end", "when it died"] {
        let ends = format!(") held {until}: DRAM 4.0 KiB in 2 buffers on device 0");
        assert!(lines.iter().any(|line| line.ends_with(&ends)), "{text}");
    }
}

fn read(file: &Path) -> String {
    std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}
