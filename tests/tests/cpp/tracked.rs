//! A program that is compiled, run tracked to its end, and read afterwards.

use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;
use support::{CProgram, PrivateDir, cli, in_path, skip, told_only_where};

/// What is asked of every C++ program beyond the usual.
pub(crate) const STRICT: [&str; 2] = ["-Wconversion", "-Wshadow"];

/// Whether the compiler of `program` is there; says that the test is skipped if not.
pub(crate) fn compilable(program: &CProgram) -> bool {
    let there = in_path(program.compiler());
    if !there {
        skip(&format!("{} is not installed", program.compiler()));
    }
    there
}

/// Runs a program to its end, which has to be a good one, and returns what it printed.
pub(crate) fn run(command: &mut Command) -> String {
    good(said(command))
}

fn said(command: &mut Command) -> cli::Said {
    cli::Said::from(command.output().expect("the program can be started"))
}

/// What a program says that `tracked` makes a command of. A ThreadSanitizer older than the kernel finds no
/// room between random addresses, and says so before the program begins: then once more without them.
pub(crate) fn said_in_place(program: &Path, tracked: impl Fn(&Path) -> Command) -> cli::Said {
    let first = said(&mut tracked(program));
    if first.err.contains("unexpected memory mapping") {
        return said(tracked(Path::new("setarch")).arg("-R").arg(program));
    }
    first
}

fn good(said: cli::Said) -> String {
    assert_eq!((said.code, said.err.as_str()), (Some(0), ""), "{said:?}");
    said.out
}

/// What a program left, which ended without giving its segment up.
pub(crate) struct Left {
    /// Holds the segments.
    pub(crate) dir: PrivateDir,
    /// What it printed.
    pub(crate) out: String,
    /// `ttmem dump`.
    pub(crate) dump: Value,
}

impl Left {
    /// Runs it with tracking switched on by this variable.
    pub(crate) fn by(program: &Path, switch: &str) -> Self {
        let dir = PrivateDir::new();
        let tracked = |program: &Path| {
            let mut command = told_only_where(program, dir.path());
            command.env(switch, "1").env("TTMEM_KEEP", "1");
            command
        };
        let out = good(said_in_place(program, tracked));
        let dump = cli::json(dir.path(), &["dump"]);
        Self { dir, out, dump }
    }

    /// Of the process that ended cleanly; its forked children did not.
    pub(crate) fn process(&self) -> &Value {
        let processes = self.dump["processes"].as_array().expect("processes");
        let ended: Vec<_> = processes
            .iter()
            .filter(|process| process["state"] == "exited")
            .collect();
        assert_eq!(ended.len(), 1, "{processes:?}");
        ended[0]
    }

    /// Buffers, allocations and frees of a type, over all chips.
    pub(crate) fn counts(&self, name: &str) -> [u64; 3] {
        counts(self.process(), name)
    }

    /// Everything that process held: devices, type, address and size.
    pub(crate) fn buffers(&self) -> Vec<Value> {
        let pid = &self.process()["pid"];
        let buffers = self.dump["buffers"].as_array().expect("buffers");
        let own = buffers.iter().filter(|buffer| buffer["pid"] == *pid);
        own.map(|one| json!([one["devices"], one["type"], one["address"], one["size"]]))
            .collect()
    }

    /// Its events, oldest first: `[event, type]`, or `[event, text]` of marks and failures.
    pub(crate) fn events(&self) -> Vec<[String; 2]> {
        let pid = self.process()["pid"].to_string();
        let said = cli::run(self.dir.path(), &["log", "-p", &pid, "--format", "ndjson"]);
        let lines = said.out.lines();
        let events = lines.map(|line| serde_json::from_str(line).expect("a line is JSON"));
        events
            .filter(|event: &Value| event["event"].is_string())
            .map(|event: Value| {
                let text = |field: &str| event[field].as_str().map(str::to_owned);
                let about = text("text").or_else(|| text("type"));
                [text("event").expect("a name"), about.unwrap_or_default()]
            })
            .collect()
    }
}

/// Buffers, allocations and frees of a type in a process, over all chips.
pub(crate) fn counts(process: &Value, name: &str) -> [u64; 3] {
    let of_type = &process["types"][name];
    ["buffers", "allocs", "frees"].map(|figure| of_type[figure].as_u64().expect("a number"))
}
