//! Writes files of `tests/golden/`: `cargo run -p ttmem-tests --example write_golden NAME…`.
//!
//! A new one when the layout's minor version changes, and all of them only when its major version does:
//! what was written once has to stay readable. What names this machine or this moment is replaced by
//! something that is the same everywhere, so two runs write the same files.

#[path = "../tests/second_reader/bytes.rs"]
mod bytes;
#[path = "../tests/second_reader/scripts.rs"]
mod scripts;

use bytes::{Bytes, CHUNKS, DEVICES, ENTRIES, POOLS, PROCESS, RECORDS};
use second_reader::Source;
use serde_json::Value;
use support::{PrivateDir, Starter};

const PID: u32 = 4242;
/// Nanoseconds are ticks here, 32.32 fixed point.
const NANOSECONDS: u64 = 1 << 32;
/// 2026-01-01, 00:00 UTC.
const NEW_YEAR: u64 = 1_767_225_600_000_000_000;
/// Ticks from one record to the next.
const PACE: u64 = 1_000_000;

fn main() {
    for name in std::env::args().skip(1) {
        match name.as_str() {
            "chip" => write("chip", &owned(scripts::CHIP), true),
            "mesh" => write("mesh", &owned(scripts::MESH), false),
            "worn" => write("worn", &worn(), false),
            "banks" => write("banks", &owned(scripts::BANKS), false),
            "anew" => write("anew", &owned(scripts::ANEW), false),
            other => eprintln!("there is no script for {other}"),
        }
    }
}

fn owned(lines: &[&str]) -> Vec<String> {
    lines.iter().map(|line| (*line).to_owned()).collect()
}

fn worn() -> Vec<String> {
    let mut worn = scripts::worn();
    worn.extend(scripts::overflow());
    // Its own pool is the third there.
    for line in &mut worn[scripts::worn().len()..] {
        *line = line
            .replacen("alloc 0", "alloc 2", 1)
            .replacen("free 0", "free 2", 1);
    }
    worn
}

/// Has a producer do `lines` and end, cleanly or not, and stores what it leaves.
fn write(name: &str, lines: &[String], cleanly: bool) {
    let dir = PrivateDir::new();
    let starter = Starter::new(dir.path()).env("TTMEM_KEEP", "1");
    let starter = match name {
        "anew" => starter.env("TTMEM_DUMP_AT_EXIT", "/var/log/held.txt"),
        _ => starter,
    };
    let start = scripts::LEAST
        .iter()
        .fold(starter, |start, (name, value)| start.env(name, value));
    let mut producer = start.start();
    producer.ok("attach");
    for line in lines {
        producer.ok(line);
    }
    if cleanly {
        assert!(producer.finish().status.success());
    } else {
        producer.kill();
    }
    let mut bytes = Bytes::of(&dir.segments()[0]);
    anywhere(&mut bytes);

    let path = support::binaries::workspace().join(format!("tests/golden/{name}.segment"));
    std::fs::write(&path, &bytes.0).expect("the tree can be written");
    let source = Source::file(&path).expect("it was just written");
    let said = second_reader::read(&source).expect("it was just written");
    let mut said = said.into_json();
    said["segment"]["owner"].take();
    std::fs::write(path.with_extension("json"), lines_of(&said)).expect("the tree can be written");
    println!("{}: {} bytes", path.display(), bytes.0.len());
}

/// As JSON with a line for each entry of a list: a difference shows which one it is.
fn lines_of(said: &Value) -> String {
    let members = said.as_object().expect("a report is an object").iter();
    let members = members.map(|(name, value)| match value.as_array() {
        Some(list) if !list.is_empty() => {
            let entries: Vec<String> = list.iter().map(Value::to_string).collect();
            format!("\"{name}\": [\n  {}\n]", entries.join(",\n  "))
        }
        _ => format!("\"{name}\": {value}"),
    });
    format!("{{\n{}\n}}\n", members.collect::<Vec<_>>().join(",\n"))
}

/// Makes it a segment of nowhere in particular.
fn anywhere(bytes: &mut Bytes) {
    header(bytes);
    for at in bytes.entries(PROCESS) {
        let detached = bytes.u64(at + 8).min(PACE);
        bytes.set_u64(at + 8, detached);
    }
    for (kind, opened) in [(DEVICES, 104), (POOLS, 16)] {
        for at in bytes.entries(kind) {
            let opened_at = bytes.u64(at + opened).min(PACE);
            bytes.set_u64(at + opened, opened_at);
        }
    }
    for kind in [ENTRIES, RECORDS] {
        for at in bytes.entries(kind) {
            let sequence = bytes.u64(at);
            if bytes.u64(at + 8) != 0 {
                bytes.set_u64(at + 8, PACE + sequence * PACE);
                bytes.set_u32(at + 40, PID);
            }
        }
    }
    for at in bytes.entries(CHUNKS) {
        if bytes.u32(at + 24) != 0 {
            bytes.set_u32(at + 24, PID);
        }
    }
}

/// Who and when it was, by the places `spec/segment.md` names.
fn header(bytes: &mut Bytes) {
    for at in [40, 44, 48] {
        bytes.set_u32(at, PID);
    }
    bytes.set_u32(52, 2);
    bytes.set_u64(56, 1000);
    bytes.set_u64(64, 4_026_531_836);
    bytes.set(72, b"some boot's name");
    bytes.set_u64(88, PACE);
    bytes.set_u64(96, PACE);
    bytes.set_u64(104, NEW_YEAR);
    bytes.set_u64(112, NANOSECONDS);
    bytes.set_u64(120, 0);
    for (at, size, said) in [
        (160, 64, "some-host"),
        (224, 32, "somebody"),
        (256, 512, "producer_script"),
        (768, 256, "0::/"),
    ] {
        bytes.set(at, &vec![0; size]);
        bytes.set(at, said.as_bytes());
    }
    bytes.seal();
}
