//! Arguments that no caller should pass, and structures of other versions: each has a defined answer, is
//! counted where it belongs, and leaves what is recorded consistent.

use crate::program::{Waiting, compiled, sanitized};
use serde_json::json;
use std::path::Path;
use support::{Compiler, Language, Linking, PrivateDir, cli, told_only_where};
use ttmem_reader::Segment;

/// Looks at `bad_arguments.c` when it has passed them all.
fn every_bad_argument_is_answered(program: &Path) {
    let dir = PrivateDir::new();
    let waiting = Waiting::start(told_only_where(program, dir.path()).env("TTMEM", "1"));
    let dump = cli::json(dir.path(), &["dump"]);
    let process = cli::process(&dump, waiting.child.id()).expect("it is shown");
    assert_eq!(
        process["anomalies"],
        json!({"unknown_free": 5, "double_free": 3, "replaced_without_free": 1, "refs_saturated": 0})
    );
    let rejected = &process["lost"]["rejected"];
    assert_eq!(format!("rejected {rejected}"), waiting.said[0]);
    // Of both texts that are too long, which are the same, one is kept.
    assert_eq!(process["lost"]["texts"], 1);
    assert_eq!(process["mark"], "the end");
    assert_eq!(process["damage"], json!([]));

    let buffers = dump["buffers"].as_array().expect("a dump has buffers");
    let found = buffers.iter().map(|one| {
        let figure = |name: &str| one[name].as_u64().expect("a number");
        (
            one["address"].clone(),
            figure("requested_bytes"),
            figure("size"),
        )
    });
    let most = (1_u64 << 40) - 1;
    let expected = [
        (json!("0x1000"), 0, 0),
        (json!("0x2000"), 0, 128),
        (json!("0xffffffffffffffff"), most, 65_535 * most),
    ];
    assert_eq!(found.collect::<Vec<_>>(), expected);
    for (device, bytes) in [(0, 128), (1, 128), (63, 65_535 * most)] {
        let device = cli::device(&dump, device).expect("it is shown");
        assert_eq!(device["types"]["DRAM"]["bytes"], bytes, "{device}");
    }
    let [segment] = dir.segments().try_into().expect("one segment");
    let snapshot = Segment::open(&segment).and_then(|one| one.snapshot().map_err(Into::into));
    let snapshot = snapshot.expect("it can be read");
    assert!(snapshot.consistent, "counters and live table agree");

    // Nobody who looks on is left to think that this is all there was.
    let lost = format!("rejected {rejected}");
    for command in ["ps", "dump", "doctor"] {
        let said = cli::run(dir.path(), &[command]);
        assert!((said.out + &said.err).contains(&lost), "{command} says so");
    }
    let log = cli::run(dir.path(), &["log"]);
    let closing = format!("no record lost, but {rejected} events rejected");
    assert!(log.err.contains(&closing), "{log:?}");
    assert!(log.out.contains("an argument was out of range"), "{log:?}");
    assert_eq!(cli::run(dir.path(), &["log", "--strict"]).code, Some(5));
    let doctor = cli::run(dir.path(), &["doctor"]).out;
    assert!(doctor.contains("arguments that make no sense"), "{doctor}");

    assert_eq!(waiting.finish(), "");
    assert!(dir.segments().is_empty());
}

#[test]
fn bad_ones_of_a_program_linked_statically() {
    let build = PrivateDir::new();
    let source = "c_abi/bad_arguments.c";
    if let Some(program) = compiled(source, Language::C, Linking::Static, build.path()) {
        every_bad_argument_is_answered(&program);
    }
}

#[test]
fn bad_ones_under_sanitizers() {
    for compiler in Compiler::ALL {
        let build = PrivateDir::new();
        if let Some(program) = sanitized("c_abi/bad_arguments.c", compiler, build.path()) {
            every_bad_argument_is_answered(&program);
        }
    }
}

#[test]
fn structures_of_other_versions_under_sanitizers() {
    for compiler in Compiler::ALL {
        let (dir, build) = (PrivateDir::new(), PrivateDir::new());
        let program = sanitized("c_abi/struct_sizes.c", compiler, build.path());
        let Some(program) = program else { continue };
        let waiting = Waiting::start(told_only_where(&program, dir.path()).env("TTMEM", "1"));
        let dump = cli::json(dir.path(), &["dump"]);
        // An older program's, which did not tell where its banks are, and one of this version.
        let banks = json!({"base": "0x19520", "bytes": 1_395_424, "count": 64, "alignment": 32});
        for (chip, banks) in [(7, json!(null)), (8, banks)] {
            let device = cli::device(&dump, chip).expect("it is shown");
            assert_eq!(device["unique_id"], "0xabcdef");
            assert_eq!(device["arch"], "wormhole_b0");
            assert_eq!(device["l1_per_core"]["capacity"], 1_499_136);
            assert_eq!(device["banks"]["L1"], banks);
        }
        assert!(cli::device(&dump, 9).is_none(), "{dump}");
        assert_eq!(waiting.finish(), "");
    }
}
