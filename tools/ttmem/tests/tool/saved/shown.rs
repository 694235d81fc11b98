//! What every command shows of a saved file.

use super::{Host, without_times};
use crate::support::{Place, Producer};
use serde_json::Value;

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
