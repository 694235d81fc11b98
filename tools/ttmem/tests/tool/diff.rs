//! diff on real processes: what a producer did between two looks, to the byte.

use crate::support::{Place, Producer};
use serde_json::{Value, json};

/// What one leaked buffer of the demo occupies.
const LEAK: u64 = 270_336;

fn save(place: &Place, name: &str) -> String {
    let file = place.path().join(name).display().to_string();
    place.ttmem(&["save", &file]).assert().success();
    file
}

fn group_of<'a>(diff: &'a Value, field: &str, wanted: &Value) -> Option<&'a Value> {
    let groups = diff["groups"].as_array().unwrap();
    groups.iter().find(|group| group[field] == *wanted)
}

#[test]
fn a_leak_between_two_looks_is_told_to_the_byte() {
    let place = Place::new();
    let mut embed = Producer::start(&place, "embed");
    let mut chat = Producer::start(&place, "chat");
    embed.steps(3);
    chat.steps(2);
    let warm = save(&place, "warm");
    embed.steps(4);
    chat.steps(6);

    let diff = place.json(&["diff", &warm, "--json", "--buffers"]);
    let group = group_of(&diff, "size", &json!(LEAK)).expect("the leak");
    assert_eq!(group["pid"], embed.pid());
    assert_eq!(group["change"], "grew");
    assert_eq!(group["type"], "DRAM");
    assert_eq!(
        (&group["buffers_before"], &group["buffers_after"]),
        (&json!(3), &json!(7))
    );
    assert_eq!(group["bytes_change"], 4 * LEAK);
    assert_eq!(
        diff["groups"].as_array().unwrap().len(),
        1,
        "chat only exchanged: {diff}"
    );

    // The single ones: what was exchanged appeared and vanished.
    let single = |list: &str, kind: &str| -> Vec<Value> {
        let list = diff[list].as_array().unwrap().iter();
        list.filter(|one| one["type"] == kind).cloned().collect()
    };
    assert_eq!(single("appeared", "DRAM").len(), 4);
    assert_eq!(single("vanished", "DRAM").len(), 0);
    assert_eq!(
        single("appeared", "CB").len(),
        single("vanished", "CB").len()
    );

    // And the same from two files, and after a death.
    let end = save(&place, "end");
    embed.kill();
    let saved = place.json(&["diff", &warm, &end, "--json", "--buffers"]);
    let after_death = place.json(&["diff", &warm, "--json"]);
    assert_eq!(saved["groups"], diff["groups"]);
    assert_eq!(saved["totals"], diff["totals"]);
    assert_eq!(after_death["groups"], diff["groups"]);
    assert_eq!(after_death["totals"], diff["totals"]);
    let died = after_death["processes"].as_array().unwrap().iter();
    let died: Vec<_> = died.filter(|one| one["change"] == "died").collect();
    assert_eq!(died.len(), 1);
    assert_eq!(died[0]["pid"], embed.pid());
}

#[test]
fn without_a_change_it_says_so_and_filters_apply_to_both() {
    let place = Place::new();
    let mut embed = Producer::start(&place, "embed");
    embed.steps(1);
    let before = save(&place, "before");
    let text = place.shows(&["diff", &before]);
    assert!(
        text.contains("no process came or went, no group grew or shrank"),
        "{text}"
    );

    embed.steps(1);
    let l1 = place.json(&["diff", &before, "--json", "-t", "l1,kernel"]);
    assert_eq!(l1["groups"], json!([]));
    // A table without rows still says what its columns are, and they are the same.
    let table =
        |types: &str| place.shows(&["diff", &before, "--buffers", "--format", "csv", "-t", types]);
    let (none, some) = (table("kernel"), table("dram"));
    assert_eq!(none.lines().count(), 1, "{none}");
    assert_eq!(none.lines().next(), some.lines().next());
    assert!(some.lines().count() > 1, "{some}");
    let small = place.json(&[
        "diff",
        &before,
        "--json",
        "--where",
        "size > 1M && type == dram",
    ]);
    assert_eq!(small["groups"], json!([]));
    let pid = embed.pid().to_string();
    let mine = place.shows(&[
        "diff", &before, "--format", "csv", "-p", &pid, "--by", "process",
    ]);
    assert_eq!(
        mine.lines().count(),
        3,
        "DRAM grew, and the circular buffers shrank: {mine}"
    );
    place.ttmem(&["diff", &before, "-p", "1"]).assert().code(4);
}

#[test]
fn a_process_that_ended_took_everything_with_it() {
    let place = Place::new();
    let mut chat = Producer::start(&place, "chat");
    chat.steps(1);
    let before = save(&place, "before");
    chat.end();
    let diff = place.json(&["diff", &before, "--json"]);
    assert_eq!(diff["processes"][0]["change"], "went");
    for total in diff["totals"].as_array().unwrap() {
        assert_eq!(total["bytes_after"], 0);
        assert_eq!(total["devices"], json!([0, 1]), "they are in lock step");
    }
}
