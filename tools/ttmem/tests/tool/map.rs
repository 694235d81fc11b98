//! map on real processes, running and dead.

use crate::support::{Place, Producer};
use serde_json::{Value, json};

/// Where the demo hands out memory: base and end in a bank, and banks.
const DRAM: (u64, u64, u64) = (0x1000, 1 << 30, 12);
const L1: (u64, u64, u64) = (0x1_0000, 1_499_136 - (32 << 10), 64);

fn number(value: &Value) -> u64 {
    let text = value.as_str().unwrap();
    u64::from_str_radix(text.strip_prefix("0x").unwrap(), 16).unwrap()
}

fn map<'a>(document: &'a Value, buffer_type: &str) -> &'a Value {
    let maps = document["maps"].as_array().unwrap();
    let mut found = maps.iter().filter(|map| map["type"] == buffer_type);
    let map = found.next().unwrap();
    assert!(found.next().is_none(), "chips in lock step are shown once");
    map
}

/// The pieces of one sort, as addresses.
fn pieces(map: &Value, wanted: &str) -> Vec<(u64, u64)> {
    let pieces = map["pieces"].as_array().unwrap().iter();
    let wanted = pieces.filter(|piece| piece["type"] == wanted);
    wanted
        .map(|piece| (number(&piece["address"]), number(&piece["end"])))
        .collect()
}

#[test]
fn buffers_and_gaps_make_up_the_bank() {
    let place = Place::new();
    let mut embed = Producer::start(&place, "embed");
    embed.steps(3);
    let document = place.json(&["map", "-D", "2", "-t", "dram", "--json"]);
    let map = map(&document, "DRAM");
    let (base, end, banks) = DRAM;
    assert_eq!(
        (number(&map["base"]), number(&map["end"])),
        (base, end),
        "{map}"
    );
    assert_eq!(map["banks"], banks);

    let (buffers, gaps) = (pieces(map, "DRAM"), pieces(map, "free"));
    let mut all: Vec<_> = buffers.iter().chain(&gaps).copied().collect();
    all.sort_unstable();
    let ends = all.iter().map(|(_, end)| *end);
    let starts = all.iter().map(|(start, _)| *start).skip(1).chain([end]);
    assert!(ends.eq(starts) && all[0].0 == base, "{all:x?}");
    let sum = |list: &[(u64, u64)]| list.iter().map(|(start, end)| end - start).sum::<u64>();
    assert_eq!(map["used_bytes"], sum(&buffers));
    assert_eq!(map["free_bytes"], sum(&gaps));
    assert_eq!(map["gaps"], gaps.len());
    let largest = gaps.iter().max_by_key(|(start, end)| end - start).unwrap();
    assert_eq!(map["largest_gap_bytes"], largest.1 - largest.0);
    assert_eq!(number(&map["largest_gap_address"]), largest.0);

    // The same buffers that dump lists.
    let dump = place.json(&["dump", "-D", "2", "-t", "dram", "--json"]);
    let listed = dump["buffers"].as_array().unwrap().iter();
    let mut listed: Vec<_> = listed
        .map(|one| {
            let (start, length) = (number(&one["address"]), one["per_bank_bytes"].as_u64());
            (start, start + length.unwrap())
        })
        .collect();
    listed.sort_unstable();
    assert_eq!(buffers, listed);
}

#[test]
fn circular_buffers_are_told_per_core_where_cores_differ() {
    let place = Place::new();
    let mut chat = Producer::start(&place, "chat");
    chat.steps(2);
    let document = place.json(&["map", "-D", "0,1", "-t", "l1", "--json"]);
    let map = map(&document, "L1");
    let (base, end, _) = L1;
    // Between two steps there is one buffer in L1, at its end.
    let lowest = end - (128 << 10);
    assert_eq!(map["devices"], json!([0, 1]));
    assert_eq!(map["free_bytes"], lowest - base);
    let circular = &map["circular_buffers"];
    assert_eq!(
        (number(&circular["base"]), number(&circular["end"])),
        (base, base + (160 << 10))
    );
    assert_eq!(circular["left_bytes"], lowest - base - (160 << 10));
    let cores = circular["cores"].as_array().unwrap().iter();
    let cores: Vec<_> = cores
        .map(|one| {
            (
                one["cores"].as_u64().unwrap(),
                number(&one["end"]) - base,
                one["left_bytes"].as_u64().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        cores,
        [
            (8, 160 << 10, lowest - base - (160 << 10)),
            (56, 80 << 10, lowest - base - (80 << 10))
        ]
    );
    let shown = place.shows(&["map", "-D", "0", "-t", "cb"]);
    assert!(
        shown.contains("on 56 cores, e.g. core 0,1, up to 0x24000"),
        "{shown}"
    );
}

#[test]
fn what_would_have_to_go_is_named() {
    let place = Place::new();
    let mut embed = Producer::start(&place, "embed");
    embed.steps(2);
    let fit = |size: &str| {
        let arguments = ["map", "-D", "2", "-t", "dram", "--per-bank", size, "--json"];
        let document = place.json(&arguments);
        map(&document, "DRAM").clone()
    };
    let found = fit("500M");
    assert_eq!(found["fit"]["answer"], "fits");
    assert_eq!(
        found["fit"]["address"], found["largest_gap_address"],
        "{found}"
    );
    assert_eq!(found["to_go"], json!([]));

    // More than the largest gap and less than all that is free: what the steps forgot is in between.
    let found = fit("600M");
    assert_eq!(found["fit"]["answer"], "evict");
    assert_eq!(found["fit"]["enough_free"], true);
    let going = found["to_go"].as_array().unwrap();
    assert_eq!(found["fit"]["buffers_to_go"], going.len());
    let window = (
        number(&found["fit"]["address"]),
        number(&found["fit"]["end"]),
    );
    assert_eq!(window.1 - window.0, 600 << 20);
    let under = pieces(&found, "DRAM")
        .into_iter()
        .filter(|(start, end)| *start < window.1 && *end > window.0)
        .collect::<Vec<_>>();
    let named: Vec<_> = going
        .iter()
        .map(|one| (number(&one["address"]), number(&one["end"])))
        .collect();
    assert_eq!(named, under, "every buffer under the window and no other");
    assert!(going.iter().all(|one| one["pid"] == embed.pid()));

    let shown = place.shows(&["map", "-D", "2", "-t", "dram", "--per-bank", "600M"]);
    assert!(shown.contains("fragmentation, not exhaustion"), "{shown}");
    assert_eq!(fit("2G")["fit"]["answer"], "too_large");
    // 12 GiB and a byte over all banks is more than 1 GiB in each.
    let whole = ["map", "-D", "2", "-t", "dram", "--fit", "11G", "--json"];
    let document = place.json(&whole);
    let each = (11_u64 << 30).div_ceil(12).next_multiple_of(32);
    assert_eq!(map(&document, "DRAM")["fit"]["per_bank_bytes"], each);
}

#[test]
fn the_dead_are_mapped_as_they_left_it() {
    let place = Place::new();
    let mut batch = Producer::start(&place, "batch");
    batch.steps(2);
    let pid = batch.pid().to_string();
    let alive = place.json(&["map", "-p", &pid, "--json"]);
    batch.kill();
    let dead = place.json(&["map", "-p", &pid, "--json"]);
    let maps = |document: &Value| {
        let maps = document["maps"].as_array().unwrap().iter();
        maps.map(|map| {
            let mut map = map.clone();
            for piece in map["pieces"].as_array_mut().unwrap() {
                piece["age_s"].take();
                piece["state"].take();
            }
            (map["pid"].take(), map["state"].take(), map)
        })
        .collect::<Vec<_>>()
    };
    let (alive, dead) = (maps(&alive), maps(&dead));
    assert!(
        alive
            .iter()
            .all(|(pid, state, _)| pid.is_null() && state == "running")
    );
    assert!(
        dead.iter()
            .all(|(pid, state, _)| pid == batch.pid() && state == "dead")
    );
    let figures = |list: &[(Value, Value, Value)]| {
        list.iter().map(|(.., map)| map.clone()).collect::<Vec<_>>()
    };
    assert_eq!(figures(&alive), figures(&dead));
    let shown = place.shows(&["map", "-D", "3"]);
    let left = format!("device 3: DRAM  as pid {pid}, dead, left it");
    assert!(shown.contains(&left), "nobody else uses it: {shown}");

    // Once somebody uses the chip again, the dead one is shown to who asks for it.
    let second = Producer::start(&place, "batch");
    let shown = place.shows(&["map", "-D", "3", "-t", "dram"]);
    assert!(!shown.contains("left it"), "{shown}");
    let second = second.pid().to_string();
    assert!(shown.contains(&second), "{shown}");
}

#[test]
fn every_format_has_every_piece() {
    let place = Place::new();
    let mut chat = Producer::start(&place, "chat");
    chat.steps(1);
    let document = place.json(&["map", "--json"]);
    let maps = document["maps"].as_array().unwrap();
    let count: usize = maps
        .iter()
        .map(|map| map["pieces"].as_array().unwrap().len())
        .sum();
    let lines = place.shows(&["map", "--format", "ndjson"]);
    let objects = lines
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    let objects: Vec<_> = objects
        .map(|one| one["object"].as_str().unwrap().to_owned())
        .collect();
    let of = |name| objects.iter().filter(|object| *object == name).count();
    assert_eq!((of("host"), of("map"), of("piece")), (1, maps.len(), count));
    let csv = place.shows(&["map", "--format", "csv"]);
    assert_eq!(csv.lines().count(), 1 + count);
    assert!(csv.starts_with("devices,region,address,end,per_bank_bytes,type,pid,"));
}

#[test]
fn what_has_no_map_and_who_is_not_there_is_said() {
    let place = Place::new();
    let _chat = Producer::start(&place, "chat");
    place.ttmem(&["map", "-D", "7"]).assert().code(4);
    place.ttmem(&["map", "-p", "1"]).assert().code(4);
    place.ttmem(&["map", "-t", "kernel"]).assert().code(2);
    place.ttmem(&["map", "--fit", "much"]).assert().code(2);
    place
        .ttmem(&["map", "--fit", "1M", "--per-bank", "1M"])
        .assert()
        .code(2);
}
