//! Programs of `tests/c_abi/`, compiled and started.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use support::{CProgram, Compiler, Language, Linking, cli, compile, in_path, skip};

/// Compiles a program, unless its compiler is missing.
pub(crate) fn compiled(
    source: &str,
    language: Language,
    linking: Linking,
    dir: &Path,
) -> Option<PathBuf> {
    if !in_path(language.compiler()) {
        skip(&format!("{} is not installed", language.compiler()));
        return None;
    }
    Some(compile(source, language, linking, dir))
}

/// A program that has reported everything and waits to be looked at.
pub(crate) struct Waiting {
    pub(crate) child: Child,
    output: BufReader<ChildStdout>,
    /// What it printed before.
    pub(crate) said: Vec<String>,
}

impl Waiting {
    pub(crate) fn start(command: &mut Command) -> Self {
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program can be started");
        let stdout = child.stdout.take().expect("stdout is a pipe");
        let mut waiting = Self {
            child,
            output: BufReader::new(stdout),
            said: Vec::new(),
        };
        loop {
            let mut line = String::new();
            let length = waiting.output.read_line(&mut line).expect("it prints text");
            if length == 0 {
                let ended = waiting.child.wait_with_output().expect("it ended");
                panic!("{ended:?}");
            }
            if line == "ready\n" {
                return waiting;
            }
            waiting.said.push(line.trim_end().to_owned());
        }
    }

    /// Lets it go on to its end, and returns what it wrote to stderr.
    pub(crate) fn finish(mut self) -> String {
        let stdin = self.child.stdin.as_mut().expect("stdin is a pipe");
        stdin.write_all(b"\n").expect("it waits for a line");
        drop(self.output);
        let ended = cli::Said::from(self.child.wait_with_output().expect("it ends"));
        assert_eq!(ended.code, Some(0), "{ended:?}");
        ended.err
    }
}

/// Compiles a C program so that it ends at the first thing that a sanitizer sees (a read too far, a leak,
/// what C does not define), unless the compiler is missing.
pub(crate) fn sanitized(source: &str, compiler: Compiler, dir: &Path) -> Option<PathBuf> {
    let program = CProgram::new(&format!("tests/{source}"))
        .by(compiler)
        .with(&[
            "-g",
            "-fsanitize=address,undefined",
            "-fno-sanitize-recover=all",
        ]);
    if !in_path(program.compiler()) {
        skip(&format!("{} is not installed", program.compiler()));
        return None;
    }
    Some(program.compile(dir))
}
