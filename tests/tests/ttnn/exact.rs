//! Bytes and peaks equal the allocator's own, at every quiet point, on 1, 2, 8 and 32 chips.

use crate::figures::{assert_agree, chips_of, pid_of};
use crate::rig::{Cluster, GALAXY, N150, N300, P150, T3000, rig};
use crate::script::{Quiet, Script, tracked};
use std::collections::BTreeMap;
use std::path::Path;
use support::{PrivateDir, cli};
use ttmem_layout::BufferType;
use ttmem_reader::{Event, Segment, Start, scan};

#[test]
fn one_chip_is_exact() {
    check(N150);
}

#[test]
fn one_blackhole_chip_is_exact() {
    check(P150);
}

#[test]
fn two_chips_are_exact() {
    check(N300);
}

#[test]
fn eight_chips_are_exact() {
    check(T3000);
}

#[test]
fn thirty_two_chips_are_exact() {
    check(GALAXY);
}

#[test]
fn one_chip_is_exact_while_threads_race() {
    check_threads(N150);
}

#[test]
fn eight_chips_are_exact_while_threads_race() {
    check_threads(T3000);
}

fn check_threads(cluster: Cluster) {
    let Some(rig) = rig() else { return };
    let dir = PrivateDir::new();
    let script = Script::start(&mut tracked(rig, cluster, dir.path(), "threads.py", &[]));
    let mut points = 0;
    script.each_quiet(|quiet| {
        points += 1;
        assert_eq!(
            quiet.0["failures"],
            serde_json::json!([]),
            "no thread failed"
        );
        assert_agree(dir.path(), quiet);
        assert_replay_agrees(dir.path(), quiet, 4);
    });
    assert_eq!(points, 2, "the script went through all its quiet points");
}

fn check(cluster: Cluster) {
    let Some(rig) = rig() else { return };
    let dir = PrivateDir::new();
    let script = Script::start(&mut tracked(rig, cluster, dir.path(), "workload.py", &[]));
    let mut points = 0;
    script.each_quiet(|quiet| {
        points += 1;
        assert_agree(dir.path(), quiet);
        assert_replay_agrees(dir.path(), quiet, 1);
        match quiet.label() {
            "opened" => assert_identified(dir.path(), cluster),
            "refused" => {
                assert_eq!(quiet.0["refused"], true, "the program got its exception");
                assert_refusal_recorded(dir.path(), quiet);
            }
            _ => {}
        }
    });
    assert_eq!(points, 9, "the script went through all its quiet points");
    assert_eq!(
        dir.segments(),
        Vec::<std::path::PathBuf>::new(),
        "a clean end leaves no segment"
    );
}

/// Every chip is known, with its identity and capacities, before anything is allocated.
fn assert_identified(dir: &Path, cluster: Cluster) {
    let dump = cli::json(dir, &["dump"]);
    let devices = dump["devices"].as_array().expect("devices are listed");
    assert_eq!(devices.len(), cluster.chips);
    for device in devices {
        let chip = device["device"].as_u64().expect("a device has a number");
        // As in the description of the cluster.
        assert_eq!(
            device["unique_id"],
            format!("{:#x}", 0x7474_6d65_6d00_0000_u64 + chip)
        );
        let (arch, dram, l1_core) = match cluster.name {
            "p150" => ("blackhole", 34_225_520_640_u64, 1_572_864_u64),
            _ => ("wormhole_b0", 12_884_901_888, 1_499_136),
        };
        assert_eq!(device["arch"], arch);
        assert_eq!(device["capacity"]["DRAM"], dram);
        let cores = match cluster.name {
            "p150" => 120,
            "n150" => 72,
            "n300" | "t3k" => 64,
            _ => 80,
        };
        assert_eq!(device["capacity"]["L1"], cores * l1_core, "{device}");
        assert_eq!(device["l1_per_core"]["capacity"], l1_core);
    }
}

/// The history tells of the request that failed.
fn assert_refusal_recorded(dir: &Path, quiet: &Quiet) {
    let pid = quiet.processes().first().map(pid_of).expect("one process");
    let events = history(&segment_of(dir, pid));
    let failed: Vec<_> = events
        .iter()
        .filter(|event| event.kind == ttmem_layout::Kind::AllocFailed)
        .collect();
    assert_eq!(failed.len(), 1, "one request failed");
    assert_eq!(failed[0].buffer_type, Some(BufferType::L1));
    assert_eq!(failed[0].requested, 2 * 32_768 * 32_768);
    let text = failed[0].text.as_deref().unwrap_or_default();
    assert!(text.contains("2147483648 B in L1"), "{text}");
}

/// Replaying every record from the first gives the same bytes and the same peaks. A record's time is
/// taken a moment before the event counts, so what `threads` that reported at the same time did within
/// that moment may be replayed in another order: the replayed peak may be off by an event of each other.
fn assert_replay_agrees(dir: &Path, quiet: &Quiet, threads: u64) {
    for figures in quiet.processes() {
        let mut held: BTreeMap<(u32, &str), (u64, u64)> = BTreeMap::new();
        let mut largest = 0;
        for event in history(&segment_of(dir, pid_of(figures))) {
            let (true, Some(buffer_type)) = (event.takes_effect(), event.buffer_type) else {
                continue;
            };
            largest = largest.max(event.occupied());
            for chip in event.chips.iter() {
                let (now, peak) = held.entry((chip, buffer_type.name())).or_default();
                if event.kind.is_alloc() {
                    *now += event.occupied();
                    *peak = (*now).max(*peak);
                } else {
                    *now -= event.occupied();
                }
            }
        }
        let dump = cli::json(dir, &["dump", "-p", &pid_of(figures).to_string()]);
        for chip in chips_of(figures) {
            let device = cli::device(&dump, chip).expect("the chip is in the dump");
            for (name, told) in figures["types"].as_object().expect("types are listed") {
                let (now, peak) = held
                    .get(&(chip, name.as_str()))
                    .copied()
                    .unwrap_or_default();
                let label = quiet.label();
                assert_eq!(
                    now, told["bytes"],
                    "{label}: replayed {name} on chip {chip}"
                );
                let shown = device["types"][name]["peak_bytes"].as_u64().unwrap_or(0);
                assert!(
                    peak.abs_diff(shown) <= (threads - 1) * largest,
                    "{label}: replayed peak of {name}: {peak}, shown: {shown}"
                );
            }
        }
    }
}

fn segment_of(dir: &Path, pid: u32) -> Segment {
    let found = scan(dir).expect("the directory can be read").segments;
    let mine = found
        .into_iter()
        .find(|segment| segment.identity().pid == pid);
    mine.expect("the process has a segment")
}

fn history(segment: &Segment) -> Vec<Event> {
    let mut cursor = segment
        .cursor(Start::Oldest)
        .expect("the segment can be read");
    let sweep = cursor.sweep(segment).expect("the segment can be read");
    assert_eq!(
        sweep.lost, 0,
        "the ring holds the whole history of a short script"
    );
    sweep.events
}
