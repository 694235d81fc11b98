//! One process has one ttmem, however many copies of it are loaded: one segment, and everything that is
//! reported is in it.
#![forbid(unsafe_code)]

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use support::{
    Language, Linking, PrivateDir, binaries, cli, compile, in_path, skip, told_only_where,
};

/// A program that stops where it lets the test look.
struct Program {
    child: Child,
    output: BufReader<ChildStdout>,
}

impl Program {
    fn start(command: &mut Command) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program can be started");
        let output = BufReader::new(child.stdout.take().expect("stdout is a pipe"));
        Self { child, output }
    }

    /// What it printed up to the next stop.
    fn stopped(&mut self) -> Vec<String> {
        let mut said = Vec::new();
        loop {
            let mut line = String::new();
            let length = self.output.read_line(&mut line).expect("it prints text");
            if length == 0 {
                let mut complaint = String::new();
                let stderr = self.child.stderr.as_mut().expect("stderr is a pipe");
                let _ = std::io::Read::read_to_string(stderr, &mut complaint);
                panic!("it ended: {complaint}");
            }
            if line == "ready\n" {
                return said;
            }
            said.push(line.trim_end().to_owned());
        }
    }

    fn go_on(&mut self) {
        let stdin = self.child.stdin.as_mut().expect("stdin is a pipe");
        stdin.write_all(b"\n").expect("it waits for a line");
    }

    /// Its end, without a complaint of its own; what ttmem said.
    fn end(mut self) -> String {
        self.go_on();
        let ended = cli::Said::from(self.child.wait_with_output().expect("it ends"));
        assert_eq!(ended.code, Some(0), "{ended:?}");
        ended.err
    }
}

/// The only segment there is, by path.
fn only_segment(dir: &PrivateDir) -> String {
    let segments = dir.segments();
    assert_eq!(segments.len(), 1, "{segments:?}");
    segments[0].display().to_string()
}

fn marks(dir: &PrivateDir) -> Vec<String> {
    let said = cli::run(dir.path(), &["log", "--format", "ndjson"]);
    let events = said.out.lines().map(|line| {
        serde_json::from_str::<serde_json::Value>(line).expect("each line is an object")
    });
    let marks = events.filter(|event| event["event"] == "mark");
    marks
        .filter_map(|mark| Some(mark["text"].as_str()?.to_owned()))
        .collect()
}

fn one_segment(linking: Linking, arguments: &[&str]) {
    if !in_path("gcc") {
        skip("gcc is not installed");
        return;
    }
    let (dir, built) = (PrivateDir::new(), PrivateDir::new());
    let program = compile(
        "c_abi/one_per_process.c",
        Language::C,
        linking,
        built.path(),
    );
    let mut command = told_only_where(&program, dir.path());
    command.env("LD_PRELOAD", binaries::preload_library());
    if arguments.is_empty() {
        command.env("TTMEM", "1");
    }
    let mut running = Program::start(command.args(arguments));

    assert_eq!(running.stopped(), [only_segment(&dir)]);
    let dump = cli::json(dir.path(), &["dump"]);
    let buffers = dump["buffers"].as_array().expect("buffers");
    assert_eq!(buffers.len(), 1, "{dump}");
    assert_eq!(dump["devices"][0]["types"]["L1"]["peak_bytes"], 8192);
    assert_eq!(dump["processes"][0]["exact"], true, "{dump}");
    assert_eq!(marks(&dir), ["before", "after"]);

    running.go_on();
    assert_eq!(running.stopped(), [only_segment(&dir)]);
    assert_eq!(marks(&dir), ["anew"]);
    assert_eq!(running.end(), "");
    assert_eq!(dir.segments().len(), 0, "every end was a clean one");
}

#[test]
fn a_program_linked_statically_reports_through_the_preload_library() {
    one_segment(Linking::Static, &[]);
}

#[test]
fn a_program_linked_dynamically_reports_through_the_preload_library() {
    one_segment(Linking::Shared, &[]);
}

/// It attaches although the environment does not switch tracking on: that is the program's own affair,
/// and its ends by `_exit` are as clean.
#[test]
fn a_program_that_attaches_unasked_is_one_too() {
    one_segment(Linking::Static, &["unasked"]);
}

fn gcc(arguments: &[&str], sources: &[&str], rest: &[&Path], to: &Path) {
    let sources = sources.iter().map(|source| {
        let tests = binaries::workspace().join("tests");
        tests.join("c_abi").join(source)
    });
    let output = Command::new("gcc")
        .args(["-std=c11", "-Wall", "-Wextra", "-Werror"])
        .args(arguments)
        .arg("-I")
        .arg(binaries::include_dir())
        .args(sources)
        .args(rest)
        .args(["-ldl", "-lm", "-pthread", "-o"])
        .arg(to)
        .output()
        .expect("gcc can be started");
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{complaint}");
}

/// A plug-in with a copy of ttmem in it, and the program that loads it after another library.
fn plug_in(built: &Path) -> (PathBuf, PathBuf) {
    let (plug_in, loader) = (built.join("plug_in.so"), built.join("loader"));
    let library = binaries::static_library();
    gcc(&["-shared", "-fPIC"], &["plug_in.c"], &[&library], &plug_in);
    gcc(&[], &["plug_in_loader.c"], &[], &loader);
    (plug_in, loader)
}

#[test]
fn copies_that_the_linker_keeps_apart_find_each_other() {
    if !in_path("gcc") {
        skip("gcc is not installed");
        return;
    }
    let (dir, built) = (PrivateDir::new(), PrivateDir::new());
    let (plug_in, loader) = plug_in(built.path());
    let mut command = told_only_where(&loader, dir.path());
    command.arg(binaries::shared_library()).arg(plug_in);
    let command = command.arg("full").env("TTMEM", "1");
    let mut running = Program::start(command);
    running.stopped();
    only_segment(&dir);
    let dump = cli::json(dir.path(), &["dump"]);
    assert_eq!(dump["buffers"][0]["requested_bytes"], 100, "{dump}");
    assert_eq!(marks(&dir), ["plug-in"]);
    assert_eq!(running.end(), "");
    assert_eq!(dir.segments().len(), 0);
}

#[test]
fn what_an_older_copy_does_not_know_is_off() {
    if !in_path("gcc") {
        skip("gcc is not installed");
        return;
    }
    let (dir, built) = (PrivateDir::new(), PrivateDir::new());
    let (plug_in, loader) = plug_in(built.path());
    let older = built.path().join("older.so");
    let name = concat!("-Wl,-soname,libttmem.so.", env!("CARGO_PKG_VERSION_MAJOR"));
    gcc(&["-shared", "-fPIC", name], &["older_ttmem.c"], &[], &older);
    let mut command = told_only_where(&loader, dir.path());
    let command = command.arg(older).arg(plug_in).arg("bare");
    let mut running = Program::start(command.env("TTMEM", "1"));
    running.stopped();
    assert_eq!(dir.segments().len(), 0, "no second ttmem beside the older");
    assert_eq!(running.end(), "");
}
