//! --where: only what matches, and the totals of all.

use crate::support::{Place, Producer};
use serde_json::Value;

/// The log's events as objects, and what it said beside them.
fn events(place: &Place, query: &str) -> (Vec<Value>, String) {
    let output = place
        .ttmem(&["log", "--format", "ndjson", "--where", query])
        .assert()
        .success()
        .get_output()
        .clone();
    let lines = String::from_utf8(output.stdout).unwrap();
    let events = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap());
    (events.collect(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn dump_lists_the_buffers_that_match_and_totals_of_all() {
    let place = Place::new();
    let mut chat = Producer::start(&place, "chat");
    chat.steps(1);
    let all = place.json(&["dump", "--json"]);
    let few = place.json(&[
        "dump",
        "--json",
        "--where",
        "type == dram && size > 32M && device == 0",
    ]);
    let buffers = |dump: &Value| dump["buffers"].as_array().unwrap().clone();
    let wanted = |buffer: &Value| {
        buffer["type"] == "DRAM"
            && buffer["size"].as_u64().unwrap() > 32 << 20
            && buffer["devices"].as_array().unwrap().contains(&0.into())
    };
    let expected: Vec<_> = buffers(&all).into_iter().filter(wanted).collect();
    let addresses = |buffers: &[Value]| -> Vec<_> {
        buffers.iter().map(|one| one["address"].clone()).collect()
    };
    assert!(!expected.is_empty());
    assert_eq!(addresses(&buffers(&few)), addresses(&expected));
    assert_eq!(few["devices"], all["devices"]);

    let none = place.shows(&["dump", "--where", "size > 1T"]);
    assert!(none.contains("DRAM"), "{none}");
    assert!(!none.contains("ADDRESS"), "{none}");
    let table = place.shows(&["dump", "--format", "csv", "--where", "refs > 1"]);
    assert_eq!(table.lines().count(), 2, "{table}");
}

#[test]
fn the_log_shows_what_matches_and_counts_all() {
    let place = Place::new();
    let mut chat = Producer::start(&place, "chat");
    chat.steps(2);
    let (all, _) = events(&place, "pid > 0");
    let (marks, said) = events(&place, "event == mark && text in load, decode");
    let names: Vec<_> = marks
        .iter()
        .map(|mark| mark["text"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["load", "decode"]);
    assert!(
        said.contains(&format!("2 of {} events shown", all.len())),
        "{said}"
    );
    let (cbs, _) = events(
        &place,
        "type == CB and not event ~ free and address == 0x10000",
    );
    assert_eq!(cbs.len(), 3);
    // A mark has no size: it is not smaller than anything.
    let (small, _) = events(&place, "size < 1T");
    assert!(small.iter().all(|event| event["size"].is_u64()));
    let (unsized_, _) = events(&place, "size == null");
    assert_eq!(small.len() + unsized_.len(), all.len());
    let (recent, _) = events(&place, "time > -1h && time <= now");
    assert_eq!(recent.len(), all.len());
    let moment = all[3]["time"].as_str().unwrap();
    let (same, _) = events(
        &place,
        &format!("time == {moment} && sequence == {}", all[3]["sequence"]),
    );
    assert_eq!(same, [all[3].clone()]);
}

#[test]
fn ps_and_top_list_the_processes_that_match() {
    let place = Place::new();
    let chat = Producer::start(&place, "chat");
    let mut embed = Producer::start(&place, "embed");
    embed.kill();
    let pids = |arguments: &[&str]| -> Vec<u64> {
        let shown = place.json(arguments);
        let processes = shown["processes"].as_array().unwrap();
        processes
            .iter()
            .map(|one| one["pid"].as_u64().unwrap())
            .collect()
    };
    let query = "command ~ embed && state == dead && lost.live_overflow == 0";
    assert_eq!(
        pids(&["ps", "--json", "--where", query]),
        [u64::from(embed.pid())]
    );
    let query = format!("pid in {}, 1 and exact", chat.pid());
    assert_eq!(
        pids(&["top", "-1", "--json", "--where", &query]),
        [u64::from(chat.pid())]
    );
    let whole = place.json(&["top", "-1", "--json"]);
    let part = place.json(&["top", "-1", "--json", "--where", "state == dead"]);
    assert_eq!(part["devices"], whole["devices"]);
    let nobody = place.shows(&["ps", "--where", "uid == 4242424"]);
    assert_eq!(nobody.lines().count(), 1, "{nobody}");
}

#[test]
fn top_refuses_a_filter_where_it_lists_no_processes() {
    let place = Place::new();
    let query = ["top", "-1", "--where", "state == dead", "--format"];
    let csv = [&query[..], &["csv"]].concat();
    let refused = place.ttmem(&csv).assert().code(2).get_output().clone();
    assert!(refused.stdout.is_empty());
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(said.contains("ttmem ps --format csv"), "{said}");
    let lines = [&query[..], &["ndjson"]].concat();
    place.ttmem(&lines).assert().success();
}

#[test]
fn the_map_lists_the_pieces_that_match_and_measures_all() {
    let place = Place::new();
    let mut chat = Producer::start(&place, "chat");
    chat.steps(1);
    let map = |query: &str| {
        let map = place.json(&["map", "-D", "0", "-t", "dram", "--json", "--where", query]);
        map["maps"][0].clone()
    };
    let (all, large) = (
        map("pid > 0 || type == free"),
        map("per_bank > 2M && type != free"),
    );
    let pieces = |map: &Value| map["pieces"].as_array().unwrap().clone();
    let wanted = |piece: &Value| {
        piece["type"] != "free" && piece["per_bank_bytes"].as_u64().unwrap() > 2 << 20
    };
    let addresses = |pieces: Vec<Value>| -> Vec<_> {
        let pieces = pieces.into_iter();
        pieces.map(|mut piece| piece["address"].take()).collect()
    };
    let expected: Vec<_> = pieces(&all).into_iter().filter(wanted).collect();
    assert!(!expected.is_empty() && expected.len() < pieces(&all).len());
    assert_eq!(addresses(pieces(&large)), addresses(expected));
    assert_eq!(large["used_bytes"], all["used_bytes"]);
    let text = place.shows(&["map", "-D", "0", "-t", "dram", "--where", "size > 1T"]);
    assert!(text.contains("DRAM"), "{text}");
}

#[test]
fn a_query_that_matches_nothing_says_so() {
    let place = Place::new();
    let mut chat = Producer::start(&place, "chat");
    chat.steps(1);
    let said = |arguments: &[&str], query: &str| {
        let mut command = place.ttmem(arguments);
        let output = command.args(["--where", query]).assert().success();
        String::from_utf8(output.get_output().stderr.clone()).unwrap()
    };
    for (arguments, things) in [
        (&["dump"][..], "buffers"),
        (&["dump", "--json"], "buffers"),
        (&["map", "-t", "dram"], "pieces"),
        (&["history", "0+1T"], "generations"),
    ] {
        let nothing = said(arguments, "segment ~ misspelt");
        let begins = "ttmem: --where matches none of ";
        let line = nothing.lines().find(|line| line.starts_with(begins));
        let line = line.unwrap_or_else(|| panic!("{arguments:?}: {nothing}"));
        assert!(line.ends_with(things), "{line}");
        let all = said(arguments, "segment ~ ttmem");
        assert!(!all.contains("--where"), "{all}");
    }
    for command in [&["ps"][..], &["top", "-1"]] {
        assert_eq!(
            said(command, "command ~ misspelt"),
            "ttmem: --where matches none of 1 process\n"
        );
    }
    assert!(said(&["log"], "text == misspelt").starts_with("ttmem: 0 of "));
}

#[test]
fn what_cannot_be_asked_is_refused() {
    let place = Place::new();
    let _chat = Producer::start(&place, "chat");
    for (arguments, sentence) in [
        (["dump", "--where", "size >"], "a value is missing here"),
        (
            ["dump", "--where", "sise > 1M"],
            "there is no field 'sise' here; there are pid, devices",
        ),
        (
            ["log", "--where", "age > 1s"],
            "there is no field 'age' here; there are time, event",
        ),
        (["log", "--where", "time > noon"], "'noon' is no moment"),
        (["ps", "--where", "lost > 0"], "lost is several figures"),
        (["ps", "--where", "pid ~ 4"], "~ looks for words"),
        (
            ["dump", "--where", "type == L2"],
            "'L2' is no type; there are DRAM, L1,",
        ),
        (
            ["log", "--where", "event in alloc, fre"],
            "'fre' is no event; there are alloc, free,",
        ),
        (
            ["log", "--where", "effect == doublefree"],
            "'doublefree' is no effect; there are done, unknown_free, double_free,",
        ),
        (
            ["ps", "--where", "state == killed"],
            "'killed' is no state; there are running, dead, exited",
        ),
        (
            ["map", "--where", "type == L2"],
            "'L2' is no type; there are DRAM, L1, SYSTEM_MEMORY, L1_SMALL, TRACE, CB, KERNEL, free",
        ),
    ] {
        let output = place
            .ttmem(&arguments)
            .assert()
            .code(2)
            .get_output()
            .clone();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains(sentence), "{said}");
        assert!(said.contains("\n  "), "{said}");
        assert!(
            said.lines().any(|line| line.trim_start().starts_with('^')),
            "{said}"
        );
    }
}
