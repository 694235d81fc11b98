//! `ttmem history` against a model: what a producer was told to do, and what the tool says of each
//! address afterwards.

mod model;

use model::{Key, Model, Told, step};
use serde_json::Value;
use std::collections::BTreeMap;
use support::{PrivateDir, ProducerProcess, Starter, cli};

/// Every address a producer here uses.
const EVERYTHING: &str = "0x0..0x100000";

fn producer(dir: &PrivateDir, ring: &str) -> ProducerProcess {
    let mut producer = Starter::new(dir.path())
        .env("TTMEM_RING_RECORDS", ring)
        .start();
    producer.all_ok(&[
        "attach",
        "device 0",
        "device 1",
        "pool chip 0",
        "pool mesh 0-1",
        "pool chip 1",
    ]);
    producer
}

/// What the tool says, by key. Generations of a key are in the order of time.
fn told(history: &Value) -> BTreeMap<Key, Vec<Value>> {
    let mut told: BTreeMap<Key, Vec<Value>> = BTreeMap::new();
    for one in history["generations"].as_array().expect("a list") {
        let buffer_type = if one["type"] == "L1" { "L1" } else { "DRAM" };
        let address = one["address"].as_str().expect("an address").to_owned();
        let key = (one["pool"].as_u64().expect("a pool"), buffer_type, address);
        told.entry(key).or_default().push(one.clone());
    }
    told
}

fn as_told(one: &Value) -> Told {
    Told {
        outcome: one["outcome"].as_str().expect("an outcome").to_owned(),
        requested: one["requested_bytes"].as_u64(),
        refs: one["refs"].as_u64(),
        raised: one["raised"].as_u64().unwrap_or_default(),
        dropped: one["dropped"].as_u64().unwrap_or_default(),
        double_frees: one["double_frees"].as_u64().unwrap_or_default(),
        mark: one["mark"].as_str().map(str::to_owned),
        id: one["id"].as_u64(),
    }
}

fn all_as_told(history: &Value) -> BTreeMap<Key, Vec<Told>> {
    let told = told(history).into_iter();
    told.map(|(key, told)| (key, told.iter().map(as_told).collect()))
        .collect()
}

#[test]
fn every_generation_is_told_as_it_was() {
    let dir = PrivateDir::new();
    for seed in [7, 0x9e37_79b9_7f4a_7c15, 0xdead_beef_cafe] {
        let mut producer = producer(&dir, "16384");
        let (mut model, mut random) = (Model::default(), seed);
        let pid = producer.pid().to_string();
        for _ in 0..3 {
            for _ in 0..400 {
                step(&mut producer, &mut model, &mut random);
            }
            let history = cli::json(dir.path(), &["history", EVERYTHING, "-p", &pid]);
            assert_eq!(all_as_told(&history), model.generations);
            assert_eq!(history["complete"], true);
        }
        producer.kill();
        let history = cli::json(dir.path(), &["history", EVERYTHING, "-p", &pid, "--events"]);
        assert_eq!(all_as_told(&history), model.after_death());
        // Each event of memory is told once, with the generation it belongs to.
        let log = cli::run(
            dir.path(),
            &[
                "log",
                "-p",
                &pid,
                "--where",
                "refs != null",
                "--format",
                "ndjson",
            ],
        );
        let mut logged: Vec<u64> = log
            .out
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).expect("an object"))
            .map(|event| event["sequence"].as_u64().expect("a sequence"))
            .collect();
        let generations = history["generations"].as_array().expect("a list");
        let mut listed: Vec<u64> = generations
            .iter()
            .flat_map(|one| one["events"].as_array().expect("a list"))
            .map(|event| event["sequence"].as_u64().expect("a sequence"))
            .collect();
        logged.sort_unstable();
        listed.sort_unstable();
        assert_eq!(listed, logged);
    }
}

#[test]
fn what_a_small_ring_still_tells_is_the_end_of_what_was() {
    let dir = PrivateDir::new();
    let mut producer = producer(&dir, "1024");
    let (mut model, mut random) = (Model::default(), 42);
    // Lives through all of it, and so do references to it.
    let old = "alloc 2 DRAM 0x80000 4096 4096 2 7777";
    producer.all_ok(&[old, old]);
    for round in 0..6 {
        for _ in 0..700 {
            step(&mut producer, &mut model, &mut random);
        }
        if round == 5 {
            producer.kill();
        }
        let said = cli::run(dir.path(), &["history", EVERYTHING, "--json"]);
        assert_eq!(said.code, Some(0), "{}", said.err);
        let history: Value = serde_json::from_str(&said.out).expect("a document");
        let all = if round == 5 {
            model.after_death()
        } else {
            model.generations.clone()
        };
        check_tail(&history, &all);
        let overwritten = history["processes"][0]["records_overwritten"].as_u64();
        if round > 1 {
            assert!(overwritten > Some(0));
            assert_eq!(history["complete"], false);
            assert!(
                said.err.contains("older generations may be missing"),
                "{}",
                said.err
            );
            let strict = cli::run(dir.path(), &["history", EVERYTHING, "--strict"]);
            assert_eq!(strict.code, Some(5));
        }
    }
    let history = cli::json(dir.path(), &["history", "#7777"]);
    let old = &history["generations"][0];
    assert_eq!(history["generations"].as_array().map(Vec::len), Some(1));
    assert_eq!(old["beginning"], "live_table");
    assert_eq!(old["outcome"], "held_at_death");
    assert_eq!((&old["refs"], &old["raised"]), (&2.into(), &0.into()));
    assert!(old["allocated"].is_string());
}

/// Whole generations are exactly those that were; the first of a key may be known only in part.
fn check_tail(history: &Value, all: &BTreeMap<Key, Vec<Told>>) {
    let mut partly = 0;
    let told = told(history);
    for (key, told) in &told {
        let Some(all) = all.get(key) else {
            assert_eq!(key.2, "0x80000");
            continue;
        };
        let mut all = all.iter().rev();
        for one in told.iter().rev() {
            let mine = as_told(one);
            if one["beginning"] == "recorded" {
                let was = all.next().expect("it was");
                let mark = mine.mark.clone().or(was.mark.clone());
                assert_eq!(Told { mark, ..mine }, *was, "{one}");
            } else if mine.outcome == "double_free" {
                partly += 1;
            } else if one["beginning"] == "none" {
                assert_eq!(mine, *all.next().expect("it was"), "{one}");
            } else {
                partly += 1;
                let was = all.next().expect("it was");
                assert_eq!(mine.outcome, was.outcome, "{one}");
                assert_eq!(mine.requested, was.requested, "{one}");
                assert!(
                    mine.raised <= was.raised && mine.dropped <= was.dropped,
                    "{one}"
                );
                assert_eq!(mine.mark, None);
                assert_eq!(
                    one["beginning"] == "live_table",
                    one["allocated"].is_string()
                );
            }
        }
    }
    // Each has a key of its own, and of each key only one reaches into what was overwritten.
    assert!(partly <= told.len() * 2, "{partly} are known in part");
    // What is there is never missing.
    let there = |outcome: &str| outcome == "live" || outcome == "held_at_death";
    for (key, all) in all {
        let held = all.iter().filter(|one| there(&one.outcome)).count();
        let told = told.get(key).map_or(0, |told| {
            let held = |one: &&Value| one["outcome"].as_str().is_some_and(there);
            told.iter().filter(held).count()
        });
        assert_eq!(told, held, "{key:?}");
    }
}

#[test]
fn addresses_ranges_ids_and_filters_choose() {
    let dir = PrivateDir::new();
    let mut producer = producer(&dir, "4096");
    producer.all_ok(&[
        "mark load",
        "alloc 0 DRAM 0x1000 4096 4096 12 88",
        "alloc 1 L1 0x1000 1024 1024 64 89",
        "alloc 0 L1 0x3000 1024 1024 64 90",
        "free 0 L1 0x3000",
        "free 0 L1 0x3000",
        "alloc 0 L1 0x3000 2048 2048 64 91",
        "alloc 0 L1 0x3000 512 512 64 92",
        "free 0 L1 0x9000",
    ]);
    let outcomes = |arguments: &[&str]| -> Vec<String> {
        let history = cli::json(dir.path(), &[&["history"], arguments].concat());
        let generations = history["generations"].as_array().expect("a list").iter();
        generations
            .map(|one| format!("{} {}", one["id"], one["outcome"].as_str().expect("a word")))
            .collect()
    };
    // Whatever covers the address.
    assert_eq!(outcomes(&["0x1000"]), ["88 live", "89 live"]);
    assert_eq!(outcomes(&["0x1fff"]), ["88 live"]);
    assert_eq!(
        outcomes(&["0x3000"]),
        ["90 freed", "91 replaced_without_free", "92 live"]
    );
    assert_eq!(outcomes(&["0x1400..0x3001"]).len(), 4);
    assert_eq!(
        outcomes(&["0x3000+1M"]).last().expect("one"),
        "null unknown_free"
    );
    assert_eq!(outcomes(&["#90"]), ["90 freed"]);
    assert_eq!(outcomes(&["id:91"]), ["91 replaced_without_free"]);
    assert_eq!(outcomes(&["0x1000", "-t", "l1"]), ["89 live"]);
    assert_eq!(outcomes(&["0x1000", "-D", "1"]), ["89 live"]);
    let pick = "double_frees > 0 || outcome == replaced_without_free";
    assert_eq!(
        outcomes(&["0x0+1M", "--where", pick, "-s", "size"]),
        ["91 replaced_without_free", "90 freed"]
    );
    assert_eq!(
        outcomes(&["0x3000", "--where", "mark == load && lifetime < 1h"]).len(),
        3
    );

    let text = cli::run(dir.path(), &["history", "0x3000", "--events"]);
    assert!(text.out.contains("DOUBLE FREES"), "{}", text.out);
    assert!(text.out.contains("DOUBLE FREE\n"), "{}", text.out);
    assert!(text.out.contains("L1 0x3000 of pid"), "{}", text.out);
    let csv = cli::run(dir.path(), &["history", "0x3000", "--format", "csv"]);
    assert_eq!(csv.out.lines().count(), 4, "{}", csv.out);
    let lines = cli::run(
        dir.path(),
        &["history", "0x3000", "--events", "--format", "ndjson"],
    );
    let objects: Vec<_> = lines
        .out
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("an object"))
        .map(|one| one["object"].as_str().expect("a word").to_owned())
        .collect();
    let count = |name: &str| objects.iter().filter(|one| *one == name).count();
    assert_eq!(
        (
            count("history"),
            count("process"),
            count("generation"),
            count("event")
        ),
        (1, 1, 3, 6)
    );

    for nowhere in ["0x70000", "#4711"] {
        let said = cli::run(dir.path(), &["history", nowhere]);
        assert_eq!(said.code, Some(4), "{}", said.err);
        assert!(
            said.err.contains(&format!("nothing is known of {nowhere}")),
            "{}",
            said.err
        );
        assert!(said.out.is_empty());
    }
    for wrong in ["l1", "0x2000..0x1000", "0x1000+0"] {
        assert_eq!(cli::run(dir.path(), &["history", wrong]).code, Some(2));
    }
    let table = cli::run(
        dir.path(),
        &["history", "0x3000", "--events", "--format", "csv"],
    );
    assert_eq!(table.code, Some(2));

    // Saved, it is the same history.
    let file = dir.path().join("saved");
    let saved = file.to_str().expect("a name");
    assert_eq!(cli::run(dir.path(), &["save", saved]).code, Some(0));
    let live = outcomes(&["0x0+1M"]);
    producer.kill();
    assert_eq!(outcomes(&["0x0+1M", "--from", saved]), live);
}
