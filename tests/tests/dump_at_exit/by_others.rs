//! Of a process that died, `ttmem run` or `ttmem reap` tells.

use crate::held::{end_by, holding, read, told};
use std::path::{Path, PathBuf};
use std::process::Command;
use support::{Language, Linking, PrivateDir, binaries, cli, compile, in_path, kill, skip, until};

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

/// Once, and leaves nothing.
fn assert_reap_tells_it(dir: &Path) {
    let told = ") held when it died: DRAM 4.0 KiB in 2 buffers on device 0\n";
    let said = cli::run(dir, &["reap"]);
    assert_eq!(said.err.matches(told).count(), 1, "{}", said.err);
    let left = dir.read_dir().expect("it can be listed").count();
    assert_eq!(left, 0, "nor does the run leave anything");
}

#[test]
fn reap_tells_it_for_a_run_that_was_killed_itself() {
    let (dir, build) = (PrivateDir::new(), PrivateDir::new());
    let Some(program) = ender(Language::Cpp, build.path()) else {
        return;
    };
    let script = r#"kill -KILL $PPID; exec "$0" SIGTERM"#;
    let how = ["-c", script, program.to_str().expect("a path")];
    let said = under_run(dir.path(), Path::new("sh"), &how, "1");
    assert_eq!((said.code, said.err.as_str()), (None, ""));

    let due = " died and owes standard error its dump at exit";
    // Nobody waited for the program: its end may just be under way.
    until("it is due", || {
        cli::run(dir.path(), &["ps"]).err.contains(due)
    });
    assert_reap_tells_it(dir.path());
}

#[test]
fn reap_tells_it_of_who_outlived_its_run() {
    let (dir, build) = (PrivateDir::new(), PrivateDir::new());
    let Some(program) = ender(Language::Cpp, build.path()) else {
        return;
    };
    let pipe = build.path().join("pid");
    let script = r#"mkfifo "$1"; "$0" stay > "$1" 2> /dev/null & read pid < "$1"; echo "$pid""#;
    let [program, pipe] = [&program, &pipe].map(|path| path.to_str().expect("a path"));
    let said = under_run(
        dir.path(),
        Path::new("sh"),
        &["-c", script, program, pipe],
        "1",
    );
    let stays = "is still running and goes on reporting";
    assert!(said.err.contains(stays), "{}", said.err);
    let pid = said.out.trim().parse().expect("its pid");
    kill(pid);
    let due = format!("pid {pid} died and owes standard error its dump at exit");
    until("it is due", || {
        cli::run(dir.path(), &["ps"]).err.contains(&due)
    });
    assert_reap_tells_it(dir.path());
}

#[test]
fn who_is_reaped_while_its_run_goes_on_is_told_of_then() {
    let (dir, build) = (PrivateDir::new(), PrivateDir::new());
    let Some(program) = ender(Language::Cpp, build.path()) else {
        return;
    };
    let script = r#""$0" SIGKILL; "$1" ps >&2; "$1" reap"#;
    let [program, ttmem] = [program, binaries::ttmem()];
    let [program, ttmem] = [&program, &ttmem].map(|path| path.to_str().expect("a path"));
    let said = under_run(
        dir.path(),
        Path::new("sh"),
        &["-c", script, program, ttmem],
        "1",
    );
    assert!(said.out.starts_with("removed ttmem."), "{}", said.out);
    let told = ") held when it died: DRAM 4.0 KiB in 2 buffers on device 0\n";
    assert_eq!(said.err.matches(told).count(), 1, "{}", said.err);
    assert!(
        !said.err.contains(" owes "),
        "its run gives it: {}",
        said.err
    );
}

#[test]
fn of_reapers_at_once_one_tells_it() {
    let dir = PrivateDir::new();
    let mut died = Vec::new();
    for _ in 0..10 {
        let producer = holding(dir.path(), "1");
        died.push(producer.pid());
        end_by(producer, "kill");
    }
    let reap = || {
        let said = cli::run(dir.path(), &["reap"]);
        assert_eq!(said.code, Some(0), "late is no failure: {}", said.err);
        said.err
    };
    let said: String = std::thread::scope(|scope| {
        let reapers: Vec<_> = (0..4).map(|_| scope.spawn(reap)).collect();
        let said = reapers.into_iter().map(|one| one.join());
        said.map(|one| one.expect("no reaper fails")).collect()
    });
    for pid in died {
        let told = told(pid, "when it died");
        assert_eq!(said.matches(&told).count(), 1, "{said}");
    }
}
