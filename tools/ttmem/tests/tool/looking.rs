//! ps, dump, top and reap on real processes, running and dead.

use crate::support::{Place, Producer, signal};
use nix::sys::signal::Signal;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};

fn pids(host: &Value) -> Vec<u64> {
    let processes = host["processes"].as_array().unwrap().iter();
    processes.map(|one| one["pid"].as_u64().unwrap()).collect()
}

#[test]
fn a_dump_has_what_the_contract_says() {
    let place = Place::new();
    let mut chat = Producer::start(&place, "chat");
    chat.steps(2);
    let dump = place.json(&["dump", "--json"]);

    assert_eq!(dump["schema"], 1);
    assert_eq!(dump["exact"], true);
    assert_eq!(dump["moving"], false);
    assert_eq!(dump["unreadable"], 0);
    assert_eq!(dump["warnings"], json!([]));
    assert!(dump["time"].as_str().unwrap().ends_with('Z'));

    let process = &dump["processes"][0];
    assert_eq!(process["pid"], chat.pid());
    assert_eq!(process["state"], "running");
    assert_eq!(process["moving"], false);
    assert_eq!(process["devices"], json!([0, 1]));
    assert_eq!(process["lost"]["records_overwritten"], 0);
    assert_eq!(process["lost"]["records_dropped"], 0);
    assert_eq!(process["lost"]["live_overflow"], 0);
    assert_eq!(process["anomalies"]["unknown_free"], 0);
    assert_eq!(process["anomalies"]["double_free"], 0);
    assert_eq!(process["anomalies"]["replaced_without_free"], 0);
    assert_eq!(
        chat.segment.file_name().unwrap(),
        process["segment"].as_str().unwrap()
    );

    let device = &dump["devices"][1];
    assert_eq!(device["device"], 1);
    assert_eq!(device["unique_id"], "0xde30000000000001");
    assert_eq!(device["capacity"]["DRAM"], 12_u64 << 30);
    assert_eq!(
        device["types"], dump["devices"][0]["types"],
        "they are in lock step"
    );
    assert_eq!(device["types"]["CB"]["bytes"], 64 * (160 << 10));
    assert!(device["types"]["CB"]["cb_union_bytes_per_core"].is_u64());
    assert_eq!(device["l1_per_core"]["capacity"], 1_499_136);
    assert_eq!(
        device["l1_per_core"]["max_bytes"],
        (160 << 10) + (128 << 10) + 4 * 2048
    );

    // Every figure again from the list of buffers: the invariant users rely on.
    for (name, totals) in device["types"].as_object().unwrap() {
        let buffers = dump["buffers"].as_array().unwrap().iter();
        let of_type: Vec<_> = buffers
            .filter(|buffer| buffer["type"] == name.as_str())
            .collect();
        let sum = |field: &str| {
            of_type
                .iter()
                .map(|one| one[field].as_u64().unwrap())
                .sum::<u64>()
        };
        assert_eq!(totals["bytes"], sum("size"), "{name}");
        assert_eq!(totals["requested_bytes"], sum("requested_bytes"), "{name}");
        assert_eq!(totals["buffers"], of_type.len(), "{name}");
    }
    let embedding = &dump["buffers"][0];
    assert_eq!(embedding["address"], "0x1000");
    assert_eq!(embedding["devices"], json!([0, 1]));
    assert_eq!(embedding["refs"], 2);
    assert_eq!(embedding["state"], "running");
    assert_eq!(embedding["thread"], chat.pid());
}

#[test]
fn what_a_killed_process_held_is_listed_and_not_summed() {
    let place = Place::new();
    let mut batch = Producer::start(&place, "batch");
    batch.steps(3);
    let before = place.json(&["dump", "--json"]);
    batch.kill();
    let after = place.json(&["dump", "--json"]);

    assert_eq!(after["processes"][0]["state"], "dead");
    assert_eq!(after["exact"], true);
    assert_eq!(after["devices"][0]["total_bytes"], 0);
    assert_eq!(after["devices"][0]["types"]["DRAM"]["bytes"], 0);
    assert!(before["devices"][0]["total_bytes"].as_u64().unwrap() > 0);
    assert_eq!(
        after["processes"][0]["types"],
        before["processes"][0]["types"]
    );
    assert_eq!(
        after["processes"][0]["by_device"][0]["types"]["DRAM"],
        before["devices"][0]["types"]["DRAM"]
    );
    let addresses = |dump: &Value| -> Vec<Value> {
        let buffers = dump["buffers"].as_array().unwrap().iter();
        buffers
            .map(|buffer| json!([buffer["address"], buffer["size"], buffer["refs"]]))
            .collect()
    };
    assert_eq!(addresses(&after), addresses(&before));
    assert!(
        after["buffers"]
            .as_array()
            .unwrap()
            .iter()
            .all(|one| one["state"] == "dead")
    );
    let text = place.shows(&["dump"]);
    assert!(
        text.contains(&format!("held by pid {}, dead, on device 3", batch.pid())),
        "{text}"
    );
}

#[test]
fn filters_leave_only_what_is_asked_for() {
    let place = Place::new();
    let chat = Producer::start(&place, "chat");
    let embed = Producer::start(&place, "embed");
    let (chat_pid, embed_pid) = (chat.pid().to_string(), embed.pid().to_string());

    assert_eq!(
        pids(&place.json(&["ps", "--json", "-p", &chat_pid])),
        [u64::from(chat.pid())]
    );
    assert_eq!(
        pids(&place.json(&["ps", "--json", "-D", "2-2"])),
        [u64::from(embed.pid())]
    );
    let uid = nix::unistd::geteuid().to_string();
    assert_eq!(pids(&place.json(&["ps", "--json", "-u", &uid])).len(), 2);
    assert_eq!(
        pids(&place.json(&["ps", "--json", "-u", "nobody-of-that-name"])).len(),
        0
    );

    let cbs = place.json(&["dump", "--json", "-t", "cb", "-D", "1,2"]);
    assert_eq!(cbs["buffers"].as_array().unwrap().len(), 2);
    assert_eq!(cbs["buffers"][0]["devices"], json!([1]));
    assert_eq!(
        cbs["devices"][0]["types"]
            .as_object()
            .unwrap()
            .keys()
            .collect::<Vec<_>>(),
        ["CB"]
    );

    let by_size = place.json(&["dump", "--json", "-p", &embed_pid, "-s", "size"]);
    let sizes: Vec<_> = by_size["buffers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["size"].as_u64())
        .collect();
    assert!(sizes.is_sorted_by(|a, b| a >= b), "{sizes:?}");

    // What exists is shown even if something else does not.
    let both = format!("{chat_pid},999999999");
    let assert = place.ttmem(&["ps", "-p", &both]).assert().code(4);
    let shown = String::from_utf8_lossy(&assert.get_output().stdout).into_owned();
    assert!(shown.contains(&chat_pid), "{shown}");
    place.ttmem(&["top", "-1", "-D", "0,40"]).assert().code(4);
}

#[test]
fn a_damaged_file_hides_nobody() {
    let place = Place::new();
    let chat = Producer::start(&place, "chat");
    std::fs::write(place.path().join("ttmem.77.0badf00d"), vec![0xa5; 9_000]).unwrap();
    std::fs::write(place.path().join("ttmem.78.00000000"), "").unwrap();

    let assert = place.ttmem(&["dump", "--json"]).assert().success();
    let dump: Value = serde_json::from_slice(&assert.get_output().stdout).unwrap();
    assert_eq!(pids(&dump), [u64::from(chat.pid())]);
    assert_eq!(dump["unreadable"], 2);
    assert_eq!(dump["exact"], false);
    let complaints = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
    assert_eq!(complaints.lines().count(), 2, "{complaints}");
    assert!(complaints.contains("ttmem.77.0badf00d"), "{complaints}");

    place.ttmem(&["ps", "--strict"]).assert().code(5);
    place.ttmem(&["log", "--strict"]).assert().code(5);
    // Whose name says that it is somebody else's does not make the answer incomplete.
    let pid = chat.pid().to_string();
    place
        .ttmem(&["ps", "--strict", "-p", &pid])
        .assert()
        .success();
}

#[test]
fn every_format_says_the_same() {
    let place = Place::new();
    let chat = Producer::start(&place, "chat");
    let pid = chat.pid().to_string();
    let json = place.json(&["dump", "--json"]);
    let buffers = json["buffers"].as_array().unwrap();

    let lines: Vec<Value> = place
        .shows(&["dump", "--format", "ndjson"])
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let of = |name: &str| lines.iter().filter(|line| line["object"] == name).count();
    assert_eq!((of("host"), of("process"), of("device")), (1, 1, 2));
    assert_eq!(of("buffer"), buffers.len());

    let csv = place.shows(&["dump", "--format", "csv"]);
    assert_eq!(csv.lines().count(), buffers.len() + 1);
    assert!(csv.starts_with("pid,devices,type,address,size,"), "{csv}");
    assert!(
        csv.lines()
            .nth(1)
            .unwrap()
            .starts_with(&format!("{pid},0-1,DRAM,0x1000,")),
        "{csv}"
    );

    let text = place.shows(&["dump", "--bytes"]);
    let size = buffers[0]["size"].as_u64().unwrap().to_string();
    assert!(text.contains(&size), "{text}");

    let file = place.path().join("out.json");
    assert_eq!(
        place.shows(&["dump", "--json", "-o", file.to_str().unwrap()]),
        ""
    );
    let written: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    assert_eq!(written["devices"], json["devices"]);
}

#[test]
fn colour_is_for_terminals_unless_asked_for() {
    let place = Place::new();
    let _chat = Producer::start(&place, "chat");
    assert!(!place.shows(&["ps"]).contains('\x1b'));
    assert!(place.shows(&["ps", "--color", "always"]).contains('\x1b'));
    assert!(!place.shows(&["ps", "--color", "never"]).contains('\x1b'));
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let place = Place::new();
    let mut chat = Producer::start(&place, "chat");
    chat.steps(50);
    for arguments in [
        &["dump"][..],
        &["log"],
        &["dump", "--json"],
        &["dump", "--format", "csv"],
    ] {
        let mut child = place.spawn(arguments);
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        let complaints = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(
            !complaints.to_lowercase().contains("pipe"),
            "{arguments:?}: {complaints}"
        );
    }
}

#[test]
fn reaping_takes_the_dead_and_says_what_they_held() {
    let place = Place::new();
    let chat = Producer::start(&place, "chat");
    let mut batch = Producer::start(&place, "batch");
    let mut embed = Producer::start(&place, "embed");
    batch.kill();
    embed.end();
    let before = place.files();
    assert_eq!(before.len(), 3);

    let would = place.shows(&["reap", "--dry-run"]);
    assert_eq!(would.lines().count(), 2, "{would}");
    assert!(
        would
            .lines()
            .all(|line| line.starts_with("would remove ttmem.")),
        "{would}"
    );
    assert!(would.contains("on device 3: DRAM 7"), "{would}");
    assert_eq!(place.files(), before);

    let pid = batch.pid().to_string();
    let one = place.json(&["reap", "--json", "-p", &pid]);
    assert_eq!(one["reaped"][0]["pid"], batch.pid());
    assert_eq!(one["reaped"][0]["state"], "dead");
    assert_eq!(one["reaped"][0]["removed"], true);
    assert_eq!(place.files().len(), 2);

    let rest = place.shows(&["reap"]);
    assert!(rest.starts_with("removed ttmem."), "{rest}");
    assert!(rest.contains("exited"), "{rest}");
    assert_eq!(
        pids(&place.json(&["ps", "--json"])),
        [u64::from(chat.pid())]
    );
}

#[test]
fn frames_come_as_many_as_asked_for() {
    let place = Place::new();
    let _chat = Producer::start(&place, "chat");
    let frames = place.shows(&["top", "-b", "-n", "3", "-i", "10ms"]);
    assert_eq!(frames.matches("exact").count(), 3, "{frames}");
    let csv = place.shows(&["top", "-n", "2", "-i", "10ms", "--format", "csv"]);
    assert_eq!(csv.lines().count(), 1 + 2 * 2 * 7, "{csv}");
    let columns = |row: &str| row.split(',').count();
    let names = csv.lines().next().unwrap();
    assert!(
        csv.lines().all(|row| columns(row) == columns(names)),
        "{csv}"
    );
    let events = Place::new().shows(&["log", "--format", "csv"]);
    assert!(events.starts_with("time,event,pid,"), "{events}");
    let nothing = Place::new().shows(&["top", "-1", "--format", "csv"]);
    assert_eq!(nothing, format!("{names}\n"));
    let lines = place.shows(&["top", "-n", "2", "-i", "10ms", "--json"]);
    assert_eq!(
        lines.lines().count(),
        2,
        "a repeated document is one line each"
    );
}

#[test]
fn a_table_that_is_repeated_has_one_line_of_names() {
    let place = Place::new();
    let _chat = Producer::start(&place, "chat");
    let mut watch = place.spawn(&["dump", "--watch", "10ms", "--format", "csv"]);
    let output = BufReader::new(watch.stdout.take().unwrap());
    let mut times = BTreeSet::new();
    for (number, row) in output.lines().map(Result::unwrap).enumerate() {
        let first = row.split(',').next().unwrap();
        assert_eq!(first == "time", number == 0, "{row}");
        times.insert(first.to_owned());
        if times.len() > 3 {
            break;
        }
    }
    signal(&watch, Signal::SIGTERM);
    watch.wait().unwrap();
    assert!(times.len() > 3, "{times:?}");
}

#[test]
fn bare_it_is_ps_where_there_is_no_terminal() {
    let place = Place::new();
    let chat = Producer::start(&place, "chat");
    let shown = place.shows(&[]);
    assert!(shown.trim_start().starts_with("PID"), "{shown}");
    assert!(shown.contains(&chat.pid().to_string()), "{shown}");
}
