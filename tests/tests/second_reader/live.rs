//! (a) A live producer between two events, and (b) the same one after SIGKILL.

use crate::agree;
use crate::scripts::{self, LEAST};
use crate::shared::Named;
use second_reader::Source;
use serde_json::{Value, json};
use support::Starter;

/// What both readers say, by name and by file, of a producer that did `lines`: alive, then killed.
fn alive_then_killed<S: AsRef<str>>(lines: &[S], variables: &[(&str, &str)]) -> Value {
    let mut named = Named::start(variables);
    for line in lines {
        named.producer.ok(line.as_ref());
    }
    let alive = agree::both(&named.source(), named.path());
    assert_eq!(
        (&alive["state"], &alive["quiet"]),
        (&"running".into(), &true.into())
    );
    assert_eq!(
        as_file(&named),
        alive,
        "by name on the right, as a file on the left"
    );
    assert!(named.path().exists(), "attaching by name owns nothing");

    named.producer.kill();
    let mut dead = agree::both(&named.source(), named.path());
    assert_eq!(
        as_file(&named),
        dead,
        "by name on the right, as a file on the left"
    );
    assert_eq!(dead["state"].take(), "dead");
    dead["state"] = alive["state"].clone();
    assert_eq!(dead, alive, "between two events a death changes nothing");
    alive
}

fn as_file(named: &Named) -> Value {
    let source = Source::file(named.path()).expect("a segment is a file");
    second_reader::read(&source)
        .expect("a segment can be read")
        .into_json()
}

fn kinds(report: &Value) -> Vec<&str> {
    let records = report["records"].as_array().expect("records");
    records
        .iter()
        .filter_map(|record| record["kind"].as_str())
        .collect()
}

#[test]
fn they_agree_on_where_banks_are_and_how_far_circular_buffers_reach() {
    let said = alive_then_killed(scripts::BANKS, &LEAST);
    let banks = &said["devices"][1]["l1_small_banks"];
    assert_eq!(
        banks,
        &json!({"base": 0x15_9000, "size": 0x8000, "count": 64, "alignment": 32})
    );
    let steps = said["gauges"][0]["cb_steps"].as_array().expect("steps");
    let ends: Vec<_> = steps.iter().map(|step| step["end"].as_u64()).collect();
    assert_eq!(ends, [Some(0x3_1000), Some(0x2_9000), Some(0x2_1000)]);
}

#[test]
fn they_agree_on_peaks_that_began_anew_and_on_where_the_dump_goes() {
    let asked = [
        LEAST[0],
        LEAST[1],
        ("TTMEM_DUMP_AT_EXIT", "/var/log/held.txt"),
    ];
    let said = alive_then_killed(scripts::ANEW, &asked);
    assert_eq!(said["segment"]["dump_at_exit"], "/var/log/held.txt");
    let peak = |chip: usize, name: &str| said["totals"][chip]["types"][name]["peak_bytes"].as_u64();
    assert_eq!(peak(0, "DRAM"), Some(2 * 12 * 65536), "as it ever was");
    assert_eq!(peak(0, "L1"), Some(64 * 2048));
    assert_eq!(peak(1, "L1"), Some(64 * (2048 + 1024)));
}

#[test]
fn they_agree_on_every_sort_of_event_on_one_chip() {
    let said = alive_then_killed(scripts::CHIP, &LEAST);
    let kinds = kinds(&said);
    for kind in [
        "alloc",
        "free",
        "cb_alloc",
        "kernel_load",
        "kernel_unload",
        "alloc_failed",
        "mark",
        "device",
    ] {
        assert!(kinds.contains(&kind), "no {kind} among {kinds:?}");
    }
    assert_eq!(said["anomalies"]["double_free"], 1);
    assert_eq!(said["anomalies"]["unknown_free"], 1);
    assert_eq!(said["anomalies"]["replaced_without_free"], 1);
    assert_eq!(said["mark"], "done");
    assert_eq!(
        said["totals"][0]["types"]["DRAM"]["bytes"],
        524_288 * 12 + 8192 + 2048
    );
    assert_eq!(said["totals"][0]["l1_core"]["bytes"], 32 + 16 + 4096 + 608);
}

#[test]
fn they_agree_on_a_mesh_that_is_split_while_it_holds_buffers() {
    let said = alive_then_killed(scripts::MESH, &LEAST);
    let of = |chip: usize| &said["totals"][chip]["types"];
    for chip in 0..8 {
        let own = if chip < 4 { 1024 } else { 0 };
        assert_eq!(of(chip)["DRAM"]["bytes"], 65536 * 12 + own, "chip {chip}");
        assert_eq!(of(chip)["L1"]["bytes"], 0, "chip {chip}");
        assert_eq!(of(chip)["CB"]["bytes"], 2048 * 56, "chip {chip}");
    }
    assert_eq!(of(5)["L1"]["peak_bytes"], (2048 + 4096) * 64);
}

#[test]
fn they_agree_on_a_live_table_that_overflowed() {
    let said = alive_then_killed(&scripts::overflow(), &LEAST);
    assert!(
        said["losses"]["live_overflow"].as_u64() > Some(100),
        "{}",
        said["losses"]
    );
    assert!(
        said["losses"]["overflow_frees"].as_u64() > Some(10),
        "{}",
        said["losses"]
    );
}

#[test]
fn they_agree_on_a_ring_that_was_overwritten() {
    let said = alive_then_killed(&scripts::worn(), &LEAST);
    assert!(
        said["overwritten"].as_u64() > Some(1000),
        "{}",
        said["overwritten"]
    );
}

#[test]
fn they_agree_on_threads_that_have_paused() {
    let lines = [
        "pool mesh 0-1",
        "run 0 4",
        "mark meanwhile",
        "pause",
        "loop 0 100",
    ];
    let said = alive_then_killed(&lines, &[]);
    let sequences = said["records"].as_array().map(Vec::len);
    assert!(sequences > Some(100), "{sequences:?} records");
}

#[test]
fn they_agree_on_more_threads_than_chunks() {
    let mut named = Named::start(&LEAST[..1]);
    named.producer.all_ok(&["pool chip 0", "run 0 12"]);
    support::until("a thread finds no chunk", || {
        as_file(&named)["losses"]["records_dropped"] != 0
    });
    named.producer.ok("pause");
    let alive = agree::both(&named.source(), named.path());
    let buffers = alive["buffers"].as_array().expect("a list");
    let unrecorded = buffers.iter().filter(|buffer| buffer["sequence"] == 0);
    assert!(unrecorded.count() > 0, "a live buffer without a record");
    named.producer.kill();
    agree::both(&named.source(), named.path());
}

#[test]
fn they_agree_on_a_producer_that_ended_and_kept_its_segment() {
    let dir = support::PrivateDir::new();
    let mut producer = Starter::new(dir.path()).env("TTMEM_KEEP", "1").start();
    producer.ok("attach");
    producer.all_ok(scripts::CHIP);
    assert!(producer.finish().status.success());
    let path = &dir.segments()[0];
    let source = Source::file(path).expect("a segment is a file");
    let said = agree::both(&source, path);
    assert_eq!(said["state"], "exited");
    assert_ne!(said["detached_ticks"], 0);
}
