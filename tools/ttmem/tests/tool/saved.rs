//! A saved file in place of the live host: what every command shows of it, and what is refused.

use crate::support::{Place, Producer};
use serde_json::{Value, json};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

/// A host with one producer of each state, something unreadable, and the file they were saved in. The
/// running one is between two steps.
struct Host {
    place: Place,
    chat: Producer,
    pids: [u32; 3],
    elsewhere: Place,
}

impl Host {
    fn new() -> Self {
        let place = Place::new();
        let mut chat = Producer::start(&place, "chat");
        let mut batch = Producer::start(&place, "batch");
        let mut embed = Producer::start(&place, "embed");
        chat.steps(3);
        batch.steps(3);
        embed.steps(2);
        batch.kill();
        embed.end();
        fs::write(place.path().join("ttmem.77.0badf00d"), [0xa5; 9000]).unwrap();
        Self {
            pids: [chat.pid(), batch.pid(), embed.pid()],
            chat,
            place,
            elsewhere: Place::new(),
        }
    }

    fn file(&self) -> PathBuf {
        self.elsewhere.path().join("all.ttmem")
    }

    /// Saves it, and tells what was said.
    fn save(&self) -> String {
        let file = self.file();
        let assert = self.place.ttmem(&["save", file.to_str().unwrap()]).assert();
        let output = assert.success().get_output().clone();
        assert!(output.stdout.is_empty());
        String::from_utf8(output.stderr).unwrap()
    }

    /// Both streams and the status of a command, live or from the file.
    fn shows(&self, arguments: &[&str], saved: bool) -> (String, String, Option<i32>) {
        let file = self.file();
        let from = ["--from", file.to_str().unwrap()];
        let arguments = [arguments, if saved { &from } else { &[] }].concat();
        let place = if saved { &self.elsewhere } else { &self.place };
        let assert = place.ttmem(&arguments).assert();
        let output = assert.get_output();
        let text = |bytes: &[u8]| without_times(std::str::from_utf8(bytes).unwrap());
        (
            text(&output.stdout),
            text(&output.stderr),
            output.status.code(),
        )
    }
}

/// With every moment and every age taken out, for live they go on.
fn without_times(text: &str) -> String {
    let begins = |c: char| c.is_ascii_alphanumeric();
    let is_part = |c: char| begins(c) || "-:.".contains(c);
    let mut quiet = String::new();
    let mut rest = text;
    while let Some(start) = rest.find(begins) {
        let (before, word) = rest.split_at(start);
        let end = word.find(|c| !is_part(c)).unwrap_or(word.len());
        let (word, after) = word.split_at(end);
        quiet.push_str(before);
        let told = is_moment(word) || is_age(word) || quiet.trim_end().ends_with("_s\":");
        if told || ["AGE", "OLDEST"].contains(&word) {
            // A column of ages is as wide as the oldest.
            quiet.truncate(quiet.trim_end_matches(' ').len());
            quiet.push_str(" TIME");
        } else {
            quiet.push_str(word);
        }
        rest = after;
    }
    quiet + rest
}

fn is_moment(word: &str) -> bool {
    let bytes = word.as_bytes();
    bytes.len() > 20 && bytes[4] == b'-' && bytes[10] == b'T' && bytes.ends_with(b"Z")
}

/// `1.5s` for people, `1.500000` in a table.
fn is_age(word: &str) -> bool {
    let digits = |text: &str| text.parse::<f64>().is_ok();
    let fraction = word.split_once('.').map(|(_, fraction)| fraction.len());
    word.strip_suffix('s').is_some_and(digits) || digits(word) && fraction == Some(6)
}

#[test]
fn every_command_shows_from_a_file_what_it_shows_live() {
    let host = Host::new();
    host.save();
    let [chat, batch, _] = host.pids.map(|pid| pid.to_string());
    for arguments in [
        &["ps"][..],
        &["ps", "--format", "csv"],
        &["ps", "--json"],
        &["ps", "--strict"],
        &["ps", "-D", "3"],
        &["ps", "-p", "999999999"],
        &["top", "-1"],
        &["top", "-1", "--json", "-D", "0,40"],
        &["top", "-1", "--format", "csv"],
        &["log"],
        &["log", "--format", "ndjson", "-p", &batch],
        &["log", "--format", "csv", "-t", "l1"],
        &["dump", "--format", "csv", "-p", &chat],
        &["dump", "--bytes"],
        &["dump", "--json"],
        &["dump", "--format", "ndjson", "-t", "cb,kernel"],
        &["map", "-D", "0-3"],
        &["map", "--json", "-t", "l1"],
        &["history", "0x1000", "--json"],
        &["leaks", "--all"],
        &["leaks", "--json"],
    ] {
        let live = host.shows(arguments, false);
        assert_eq!(host.shows(arguments, true), live, "{arguments:?}");
    }
}

#[test]
fn a_file_shows_what_was_however_the_host_goes_on() {
    let place = Place::new();
    let mut chat = Producer::start(&place, "chat");
    chat.steps(2);
    let file = place.path().join("kept");
    let path = file.to_str().unwrap();
    place.ttmem(&["save", path]).assert().success();
    let before = place.shows(&["dump", "--json", "--from", path]);
    chat.steps(2);
    chat.kill();
    assert_eq!(place.shows(&["dump", "--json", "--from", path]), before);
    let dump: Value = serde_json::from_str(&before).unwrap();
    assert_eq!(dump["processes"][0]["state"], "running");
}

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
    let strict = host
        .place
        .ttmem(&["save", "--strict", "--force", path])
        .assert();
    strict.code(5);
    assert!(file.exists(), "what could be read is kept all the same");
}

#[test]
fn a_saved_file_goes_through_a_pipe() {
    let host = Host::new();
    host.save();
    let saved = host.place.ttmem(&["save", "-"]).assert().success();
    let saved = saved.get_output().stdout.clone();
    let piped = host
        .elsewhere
        .ttmem(&["dump", "--bytes", "--from", "-"])
        .write_stdin(saved)
        .assert();
    let shown = without_times(std::str::from_utf8(&piped.get_output().stdout).unwrap());
    assert_eq!(shown, host.shows(&["dump", "--bytes"], true).0);
}

#[test]
fn what_cannot_be_read_is_refused_with_a_reason() {
    let host = Host::new();
    host.save();
    let good = fs::read(host.file()).unwrap();
    let mut newer = good.clone();
    newer[8] = 9;
    let mut damaged = good.clone();
    damaged[100] ^= 1;
    let segment = fs::read(&host.chat.segment).unwrap();
    for (bytes, reason) in [
        (
            &good[..good.len() - 1],
            "it is cut short: it ends in the middle of a segment",
        ),
        (
            &good[..60],
            "it is cut short: it ends in the middle of its table of contents",
        ),
        (
            &b"\x89PNG\r\n\x1a\n and so on, and so on"[..],
            "it was not made by 'ttmem save'",
        ),
        (
            &newer,
            "it has format version 9.0; this ttmem reads version 1",
        ),
        (
            &damaged,
            "it is damaged: the checksum of its table of contents does not match",
        ),
        (&segment, "it is a single segment"),
        (&[], "it is empty"),
    ] {
        let file = host.elsewhere.path().join("bad");
        fs::write(&file, bytes).unwrap();
        let path = file.to_str().unwrap();
        for command in ["ps", "dump", "log", "top"] {
            let assert = host
                .elsewhere
                .ttmem(&[command, "--from", path])
                .assert()
                .code(1);
            let output = assert.get_output();
            assert!(output.stdout.is_empty());
            let said = String::from_utf8_lossy(&output.stderr);
            assert_eq!(said.lines().count(), 1, "{said}");
            assert!(
                said.starts_with(&format!("ttmem: cannot read {path}: {reason}")),
                "{said}"
            );
        }
    }
    // One segment that is damaged hides no other.
    let mut bad = good.clone();
    *bad.last_mut().unwrap() ^= 1;
    let file = host.elsewhere.path().join("bad");
    fs::write(&file, bad).unwrap();
    let ps = host
        .elsewhere
        .json(&["ps", "--json", "--from", file.to_str().unwrap()]);
    assert_eq!(ps["processes"].as_array().unwrap().len(), 2);
    assert_eq!(
        (&ps["unreadable"], &ps["exact"]),
        (&json!(2), &json!(false))
    );
}

#[test]
fn what_never_changes_is_not_followed() {
    let host = Host::new();
    host.save();
    let file = host.file();
    let path = file.to_str().unwrap();
    for arguments in [
        &["log", "-f", "--from", path][..],
        &["dump", "--watch", "1", "--from", path],
    ] {
        let assert = host.elsewhere.ttmem(arguments).assert().code(2);
        let said = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
        assert!(
            said.contains("cannot be used with '--from <FILE>'"),
            "{said}"
        );
    }
    // Frames of a still picture: one says it all.
    let frame = host.elsewhere.shows(&["top", "-b", "--from", path]);
    assert_eq!(
        frame.matches("exact").count() + frame.matches("EXACT").count(),
        1,
        "{frame}"
    );
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
