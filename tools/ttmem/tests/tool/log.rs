//! log: what happens, while it happens.

use crate::support::{Place, Producer, signal};
use ::support::until;
use nix::sys::signal::Signal;
use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};

#[test]
fn the_log_begins_with_the_oldest_record_and_ends() {
    let place = Place::new();
    let mut chat = Producer::start(&place, "chat");
    chat.steps(1);
    let shown = place.shows(&["log"]);
    assert!(shown.contains("mark          \"load\""), "{shown}");
    assert!(shown.contains("mark          \"decode\""), "{shown}");
    assert!(
        shown
            .lines()
            .next()
            .unwrap()
            .contains("device        unique id 0xde30000000000000")
    );
    let reference = shown
        .lines()
        .find(|line| line.contains("reference"))
        .unwrap();
    assert!(reference.contains("refs 2"), "{reference}");

    let cbs = place.shows(&["log", "-t", "cb", "--format", "ndjson"]);
    let events: Vec<Value> = cbs
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let kinds: Vec<_> = events
        .iter()
        .map(|event| event["event"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["cb_alloc", "cb_free", "cb_alloc"]);
    assert_eq!(events[1]["allocation"], events[0]["sequence"]);
    assert_eq!(events[0]["address"], "0x10000");
}

#[test]
fn following_shows_what_comes_and_says_the_totals_when_asked() {
    let place = Place::new();
    let mut chat = Producer::start(&place, "chat");
    let mut log = place.spawn(&["log", "-f", "-i", "10ms", "--format", "ndjson"]);
    let mut lines = BufReader::new(log.stdout.take().unwrap()).lines();
    // Until it follows, steps go by unseen.
    let (sender, events) = std::sync::mpsc::channel();
    let reader = std::thread::spawn(move || {
        while let Some(Ok(line)) = lines.next() {
            let _ = sender.send(serde_json::from_str::<Value>(&line).unwrap());
        }
    });
    until("the log shows a step", || {
        chat.steps(1);
        events.try_recv().is_ok()
    });
    // A producer that comes later is followed from its beginning.
    let mut embed = Producer::start(&place, "embed");
    until("the log shows the newcomer's first event", || {
        events
            .try_recv()
            .is_ok_and(|event| event["pid"] == embed.pid() && event["event"] == "device")
    });
    embed.kill();
    until("the log shows its death", || {
        events
            .try_recv()
            .is_ok_and(|event| event["pid"] == embed.pid() && event["event"] == "died")
    });

    let mut said = BufReader::new(log.stderr.take().unwrap());
    signal(&log, Signal::SIGUSR1);
    let mut totals = String::new();
    said.read_line(&mut totals).unwrap();
    assert!(totals.contains("events shown"), "{totals}");
    assert!(totals.contains("nothing lost"), "{totals}");
    signal(&log, Signal::SIGINT);
    assert!(log.wait().unwrap().success());
    let mut closing = String::new();
    said.read_to_string(&mut closing).unwrap();
    assert!(closing.contains("events shown"), "{closing}");
    reader.join().unwrap();
}

#[test]
fn what_the_log_cannot_show_it_counts() {
    let place = Place::new();
    let mut producer = place.spawn_with(&["demo-producer", "chat"], "TTMEM_RING_RECORDS", "128");
    let mut orders = producer.stdin.take().unwrap();
    let mut answers = BufReader::new(producer.stdout.take().unwrap()).lines();
    let mut log = None;
    for step in 0..400 {
        writeln!(orders, "step").unwrap();
        answers.next().unwrap().unwrap();
        if step == 200 {
            log = Some(place.shows(&["log"]));
        }
    }
    let log = log.unwrap();
    assert!(log.starts_with("-- pid "), "{log}");
    assert!(
        log.lines()
            .next()
            .unwrap()
            .contains("older records had been overwritten"),
        "{log}"
    );
    let shown = place.shows(&["log", "--format", "ndjson"]);
    let first: Value = serde_json::from_str(shown.lines().next().unwrap()).unwrap();
    assert_eq!(first["event"], "lost");
    assert_eq!(first["lost"]["reason"], "older");
    assert!(first["lost"]["records"].as_u64().unwrap() > 1_000);
    drop(orders);
    producer.wait().unwrap();
}
