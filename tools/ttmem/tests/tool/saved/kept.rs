//! What is kept, where, and what is said about it.

use super::{Host, without_times};
use crate::support::{Place, Producer};
use serde_json::json;
use std::fs;
use std::os::unix::fs::PermissionsExt;

#[test]
fn what_was_kept_is_said_once_and_quietly() {
    let host = Host::new();
    let said = host.save();
    let lines: Vec<_> = said.lines().collect();
    assert_eq!(lines.len(), 2, "{said:?}");
    assert!(
        lines[0].contains("ttmem.77.0badf00d: it is not a ttmem segment"),
        "{said}"
    );
    let kept = "ttmem: saved 3 segments (1 running, 1 dead, 1 exited) of ";
    assert!(lines[1].starts_with(kept), "{said}");
    assert!(!said.contains(['\r', '\x1b']), "nobody watches: {said:?}");

    let mode = fs::metadata(host.file()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(
        host.elsewhere.files(),
        ["all.ttmem"],
        "and nothing half made"
    );
}

#[test]
fn a_file_that_is_there_is_replaced_only_by_force() {
    let host = Host::new();
    let file = host.file();
    let path = file.to_str().unwrap();
    fs::write(&file, "mine").unwrap();
    let refused = host.place.ttmem(&["save", path]).assert().code(1);
    let said = String::from_utf8_lossy(&refused.get_output().stderr).into_owned();
    assert_eq!(
        said,
        format!("ttmem: {path} is there already: --force replaces it\n")
    );
    assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
    host.place
        .ttmem(&["save", "--force", path])
        .assert()
        .success();
    let dump = host.elsewhere.json(&["dump", "--json", "--from", path]);
    assert_eq!(dump["processes"].as_array().unwrap().len(), 3);

    let directory = host.elsewhere.path().to_str().unwrap();
    host.place
        .ttmem(&["save", "--force", directory])
        .assert()
        .code(1);
    let nowhere = format!("{directory}/no/such/file");
    host.place.ttmem(&["save", &nowhere]).assert().code(1);
    assert_eq!(host.elsewhere.files(), ["all.ttmem"]);
}

#[test]
fn filters_choose_whose_segments_are_kept() {
    let host = Host::new();
    let kept = |filter: &[&str]| {
        let path = host.file();
        let path = path.to_str().unwrap();
        let arguments = [&["save", "--force", path], filter].concat();
        host.place.ttmem(&arguments).assert().success();
        let ps = host.elsewhere.json(&["ps", "--json", "--from", path]);
        let processes = ps["processes"].as_array().unwrap().iter();
        let pids: Vec<_> = processes.map(|one| one["pid"].as_u64().unwrap()).collect();
        (pids, ps["unreadable"].as_u64().unwrap())
    };
    let [chat, batch, embed] = host.pids.map(u64::from);
    assert_eq!(kept(&["-p", &batch.to_string()]), (vec![batch], 0));
    // Whose the unreadable one is and what it used nobody can tell.
    assert_eq!(kept(&["-D", "0-1"]), (vec![chat], 1));
    assert_eq!(kept(&["-D", "2", "-u", "nobody-of-that-name"]), (vec![], 0));
    assert_eq!(kept(&["-D", "2"]), (vec![embed], 1));

    let file = host.elsewhere.path().join("more");
    let path = file.to_str().unwrap();
    host.place
        .ttmem(&["save", path, "-p", "999999999"])
        .assert()
        .code(4);
    let unused = host
        .place
        .ttmem(&["save", "--force", path, "-D", "2,31"])
        .assert()
        .code(4);
    let said = String::from_utf8_lossy(&unused.get_output().stderr).into_owned();
    assert!(said.contains("no producer uses device 31\n"), "{said}");
    let strict = host
        .place
        .ttmem(&["save", "--strict", "--force", path])
        .assert();
    strict.code(5);
    assert!(file.exists(), "what could be read is kept all the same");
}

#[test]
fn a_busy_producer_is_kept_whole() {
    let place = Place::new();
    let mut chat = Producer::start(&place, "chat");
    let elsewhere = Place::new();
    for turn in 0..5 {
        // It goes on while it is copied.
        let file = elsewhere.path().join(format!("{turn}.ttmem"));
        let saving = place.spawn(&["save", file.to_str().unwrap()]);
        chat.steps(20);
        let output = saving.wait_with_output().unwrap();
        assert!(output.status.success(), "{output:?}");
        let path = file.to_str().unwrap();
        let dump = elsewhere.json(&["dump", "--strict", "--json", "--from", path]);
        let process = &dump["processes"][0];
        assert_eq!(
            (&process["state"], &process["exact"]),
            (&json!("running"), &json!(true))
        );
        elsewhere
            .ttmem(&["log", "--strict", "--from", path])
            .assert()
            .success();
    }
}

#[test]
fn reaping_keeps_what_it_removes() {
    let host = Host::new();
    let [chat, batch, embed] = host.pids;
    let boxes = Place::new();
    let directory = boxes.path().join("boxes");
    let directory = directory.to_str().unwrap();
    let before = host
        .shows(&["dump", "--bytes", "-p", &batch.to_string()], false)
        .0;

    // Where nothing can be kept nothing is removed.
    let wall = boxes.path().join("wall");
    fs::write(&wall, "").unwrap();
    let assert = host
        .place
        .ttmem(&["reap", "--save", wall.to_str().unwrap()])
        .assert()
        .code(1);
    let said = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
    assert!(
        said.contains("is left alone, as it cannot be saved: cannot make"),
        "{said}"
    );
    assert_eq!(host.place.files().len(), 4);

    let would = host
        .place
        .shows(&["reap", "--dry-run", "--save", directory]);
    assert_eq!(would.lines().count(), 2, "{would}");
    assert_eq!(boxes.files(), ["wall"], "nothing is done");

    let reaped = host.place.json(&["reap", "--json", "--save", directory]);
    let reaped = reaped["reaped"].as_array().unwrap();
    assert_eq!(reaped.len(), 2);
    for one in reaped {
        let pid = one["pid"].as_u64().unwrap();
        assert!([batch, embed].map(u64::from).contains(&pid));
        let path = one["saved"].as_str().unwrap();
        assert!(
            path.contains(&format!("-{pid}-")) && path.ends_with(".ttmem"),
            "{path}"
        );
        let dump = boxes.json(&["dump", "--json", "--from", path]);
        assert_eq!(dump["processes"].as_array().unwrap().len(), 1);
        assert_eq!(dump["processes"][0]["pid"], pid);
        assert!(one["total_bytes"].is_u64());
        assert_eq!(dump["processes"][0]["total_bytes"], one["total_bytes"]);
    }
    let left = host.place.json(&["ps", "--json"]);
    assert_eq!(left["processes"].as_array().unwrap().len(), 1);
    assert_eq!(left["processes"][0]["pid"], chat);

    let kept = reaped.iter().find(|one| one["pid"] == batch).unwrap();
    let pid = batch.to_string();
    let from = kept["saved"].as_str().unwrap();
    let after = boxes.shows(&["dump", "--bytes", "-p", &pid, "--from", from]);
    assert_eq!(without_times(&after), before);
}
