//! What lies where, against the runtime's own figures: gaps in DRAM and L1, what a refusal said of them, and
//! where circular buffers and L1 buffers clash.

use crate::rig::{Cluster, N150, P150, T3000, rig};
use crate::script::{Quiet, Script, tracked};
use serde_json::Value;
use std::path::Path;
use support::{PrivateDir, cli};

#[test]
fn the_gaps_of_one_chip_are_the_runtimes() {
    check(N150);
}

#[test]
fn the_gaps_of_a_blackhole_chip_are_the_runtimes() {
    check(P150);
}

#[test]
fn the_gaps_of_eight_chips_are_the_runtimes() {
    check(T3000);
}

#[test]
fn killed_while_l1_is_full_the_map_tells_who_filled_it() {
    for cluster in [N150, T3000] {
        killed_full(cluster);
    }
}

fn check(cluster: Cluster) {
    let Some(rig) = rig() else { return };
    let dir = PrivateDir::new();
    let script = Script::start(&mut tracked(rig, cluster, dir.path(), "holes.py", &[]));
    let mut points = 0;
    script.each_quiet(|quiet| {
        points += 1;
        let maps = cli::json(dir.path(), &["map"]);
        assert_spaces(&maps, quiet, cluster);
        match quiet.label() {
            "largest" => assert_uneven(&maps),
            "full" => assert_clash(&maps, quiet),
            "scattered" => assert_fragmented(dir.path(), quiet),
            _ => {}
        }
    });
    assert_eq!(points, 6, "the script went through all its quiet points");
}

fn map<'a>(document: &'a Value, buffer_type: &str) -> &'a Value {
    let maps = document["maps"].as_array().expect("maps are listed");
    let mut found = maps.iter().filter(|map| map["type"] == buffer_type);
    let map = found.next().expect("there is a map of it");
    assert!(found.next().is_none(), "chips in lock step are shown once");
    map
}

/// The map's figures of a bank are those of the runtime.
fn assert_spaces(maps: &Value, quiet: &Quiet, cluster: Cluster) {
    let label = quiet.label();
    for (name, told) in quiet.0["spaces"].as_object().expect("spaces are listed") {
        let map = map(maps, name);
        let devices = map["devices"].as_array().map(Vec::len);
        assert_eq!(devices, Some(cluster.chips), "{label}: {name}");
        for (figure, told) in told.as_object().expect("a space has figures") {
            assert_eq!(&map[figure], told, "{label}: {figure} of {name}");
        }
        let pieces = map["pieces"].as_array().expect("pieces are listed").iter();
        let bytes = |wanted: &str| {
            let wanted = pieces.clone().filter(|piece| piece["type"] == wanted);
            wanted
                .filter_map(|piece| piece["per_bank_bytes"].as_u64())
                .sum::<u64>()
        };
        assert_eq!(map["free_bytes"], bytes("free"), "{label}: {name}");
        assert_eq!(map["used_bytes"], bytes(name), "{label}: {name}");
    }
}

/// The one core that finds the largest of all has more or less in its L1 than those that find the largest of a
/// part, depending on how many parts there are.
fn assert_uneven(maps: &Value) {
    let circular = &map(maps, "L1")["circular_buffers"];
    let cores = circular["cores"].as_array().expect("cores are listed");
    assert_eq!(cores.len(), 2, "{circular}");
    let counts = [0, 1].map(|at| cores[at]["cores"].as_u64());
    assert!(counts.contains(&Some(1)), "{circular}");
    assert!(counts.iter().max() > Some(&Some(1)), "{circular}");
    let left = |at: usize| cores[at]["left_bytes"].as_u64();
    assert!(left(0) < left(1), "{circular}");
    assert_eq!(circular["left_bytes"].as_u64(), left(0));
}

/// Of the program that was refused the runtime names the first cores it found, where their circular buffers
/// end and where the lowest buffer lies: the map tells the same of as many cores.
fn assert_clash(maps: &Value, quiet: &Quiet) {
    let circular = &map(maps, "L1")["circular_buffers"];
    let said = quiet.0["clash"].as_str().expect("it was refused");
    let limit = address(&circular["limit"]);
    let lowest = format!("L1 buffer allocated at {limit} ");
    assert!(said.contains(&lowest), "{lowest}: {said}");
    let (left, top, right, bottom) = core_range(said);
    let mut cores = circular["cores"]
        .as_array()
        .expect("cores are listed")
        .iter();
    let meant = cores.find(|one| one["cores"] == (right - left + 1) * (bottom - top + 1));
    let meant = meant.unwrap_or_else(|| panic!("{said}: {circular}"));
    let core = [0, 1].map(|at| meant["example_core"][at].as_u64().expect("a number"));
    assert!((left..=right).contains(&core[0]) && (top..=bottom).contains(&core[1]));
    let end = address(&meant["end"]);
    let end_said = format!("circular buffer region ends at {end}");
    assert!(said.contains(&end_said), "{end_said}: {said}");
    assert_eq!(meant["clash_bytes"], end - limit);
}

fn address(text: &Value) -> u64 {
    let text = text.as_str().expect("an address");
    u64::from_str_radix(text.trim_start_matches("0x"), 16).expect("an address")
}

/// `… on core range [0-0 - 3-3]. …`
fn core_range(said: &str) -> (u64, u64, u64, u64) {
    let inside = said
        .split_once("core range [")
        .and_then(|(_, rest)| rest.split_once(']'));
    let (inside, _) = inside.unwrap_or_else(|| panic!("it names no cores: {said}"));
    let numbers: Vec<u64> = inside
        .split('-')
        .map(|number| number.trim().parse().expect("a number"))
        .collect();
    let numbers = <[u64; 4]>::try_from(numbers).expect("two corners");
    let [left, top, right, bottom] = numbers;
    (left, top, right, bottom)
}

/// What each bank would need, as the runtime's message has it.
fn needed(refused: &str) -> u64 {
    let (_, behind) = { refused.split_once("each bank needs to store ") }.expect("it says");
    let (number, _) = behind.split_once(' ').expect("a number and its unit");
    number.parse().expect("a number")
}

/// No gap is large enough for what was refused: less has to go than would have fitted.
fn assert_fragmented(dir: &Path, quiet: &Quiet) {
    let refused = quiet.0["refused"].as_str().expect("it was refused");
    let needed = needed(refused);
    let per_bank = needed.to_string();
    let maps = cli::json(dir, &["map", "-t", "l1", "--per-bank", &per_bank]);
    let map = map(&maps, "L1");
    assert_eq!(map["fit"]["answer"], "evict", "{map}");
    let going = map["to_go"].as_array().expect("buffers are listed");
    assert_eq!(map["fit"]["buffers_to_go"], going.len());
    let bytes = map["fit"]["per_bank_bytes_to_go"].as_u64();
    assert!(
        bytes < Some(needed),
        "the holes between are made use of: {going:?}"
    );
}

fn killed_full(cluster: Cluster) {
    let Some(rig) = rig() else { return };
    let dir = PrivateDir::new();
    let mut script = Script::start(&mut tracked(rig, cluster, dir.path(), "holes.py", &[]));
    let full = loop {
        let quiet = script.next_quiet().expect("the script fills L1");
        if quiet.label() == "full" {
            break quiet;
        }
        script.go_on();
    };
    let pid = script.pid();
    script.kill();

    let maps = cli::json(dir.path(), &["map", "-p", &pid.to_string(), "-t", "l1"]);
    let map = map(&maps, "L1");
    assert_eq!((&map["pid"], &map["state"]), (&pid.into(), &"dead".into()));
    for (figure, told) in full.0["spaces"]["L1"].as_object().expect("figures") {
        assert_eq!(&map[figure], told, "{figure}");
    }
    let refused = full.0["refused"].as_str().expect("it was refused");
    let largest = format!("largest free block: {} B", map["largest_gap_bytes"]);
    assert!(refused.contains(&largest), "{largest}: {refused}");
    let pieces = map["pieces"].as_array().expect("pieces are listed").iter();
    let mut buffers = pieces.filter(|piece| piece["type"] == "L1");
    assert!(buffers.all(|piece| piece["pid"] == pid));

    let used = map["used_bytes"].as_u64().expect("a number");
    let banks = map["banks"].as_u64().expect("a number");
    assert_dump_and_leaks_tell(dir.path(), pid, cluster, used * banks);

    let pid = pid.to_string();
    let shown = cli::run(dir.path(), &["map", "-p", &pid, "-t", "l1"]).out;
    assert!(
        shown.contains(&format!("as pid {pid}, dead, left it")),
        "{shown}"
    );
    assert!(shown.contains("holes.py"), "{shown}");
}

/// From the dead segment alone: who filled L1, and with how much on each chip.
fn assert_dump_and_leaks_tell(dir: &Path, pid: u32, cluster: Cluster, bytes: u64) {
    let only = ["-p", &pid.to_string(), "-t", "l1"];
    let dump = cli::json(dir, &[&["dump"], &only[..]].concat());
    let buffers = dump["buffers"].as_array().expect("buffers are listed");
    let sizes = buffers.iter().filter_map(|one| one["size"].as_u64());
    assert_eq!(sizes.sum::<u64>(), bytes, "on each chip");
    assert!(buffers.iter().all(|one| one["state"] == "dead"));

    let leaks = cli::run(dir, &[&["leaks", "--held", "--json"], &only[..]].concat());
    assert_eq!(leaks.code, Some(3), "{}", leaks.err);
    let leaks: Value = serde_json::from_str(&leaks.out).expect("it is JSON");
    let groups = leaks["groups"].as_array().expect("groups are listed");
    assert!(groups.iter().all(|one| one["pid"] == pid));
    let held = groups.iter().filter_map(|one| one["bytes"].as_u64());
    assert_eq!(held.sum::<u64>(), bytes * cluster.chips as u64);
}
