//! leaks on real processes: what trips, what does not, and what is said of it.

use crate::support::{Place, Producer};
use assert_cmd::assert::Assert;
use serde_json::{Value, json};

/// What one leaked buffer of the demo occupies.
const LEAK: u64 = 270_336;

fn save(place: &Place, name: &str) -> String {
    let file = place.path().join(name).display().to_string();
    place.ttmem(&["save", &file]).assert().success();
    file
}

fn leaks(place: &Place, arguments: &[&str], code: i32) -> (Value, String) {
    let arguments = [&["leaks", "--json"], arguments].concat();
    let assert: Assert = place.ttmem(&arguments).assert().code(code);
    let output = assert.get_output();
    let document = serde_json::from_slice(&output.stdout).unwrap();
    (document, String::from_utf8(output.stderr.clone()).unwrap())
}

/// The groups that break a rule.
fn breaking<'a>(leaks: &'a Value, rule: &str) -> Vec<&'a Value> {
    let groups = leaks["groups"].as_array().unwrap().iter();
    let breaks = |group: &&Value| group["rules"].as_array().unwrap().contains(&json!(rule));
    groups.filter(breaks).collect()
}

fn assert_leak(leaks: &Value, pid: u32, before: u64, now: u64) {
    let [group] = breaking(leaks, "grew")[..] else {
        panic!("one group grew: {leaks}");
    };
    assert_eq!(group["pid"], pid);
    assert_eq!(group["type"], "DRAM");
    assert_eq!(group["size"], LEAK);
    assert_eq!(group["buffers_before"], before);
    assert_eq!(group["buffers"], now);
    assert_eq!(leaks["tripped"], true);
    assert_eq!(leaks["rules"][0]["buffers"], now - before);
    assert_eq!(leaks["rules"][0]["dram_bytes"], (now - before) * LEAK);
}

#[test]
fn a_leak_is_caught_against_a_baseline_running_and_killed() {
    let place = Place::new();
    let mut embed = Producer::start(&place, "embed");
    let mut chat = Producer::start(&place, "chat");
    embed.steps(2);
    chat.steps(2);
    let baseline = save(&place, "warm");
    let (none, said) = leaks(&place, &["--baseline", &baseline], 0);
    assert_eq!(
        (&none["tripped"], &none["groups"]),
        (&json!(false), &json!([]))
    );
    assert_eq!(said, "");

    embed.steps(5);
    chat.steps(5);
    let (running, said) = leaks(&place, &["--baseline", &baseline], 3);
    assert_leak(&running, embed.pid(), 2, 7);
    let line = format!(
        "ttmem: tripped: grew since the baseline: 5 buffers, 1.3 MiB in pid {}, device 2, DRAM, 264.0 KiB each\n",
        embed.pid()
    );
    assert_eq!(said, line);

    embed.kill();
    let (killed, said_then) = leaks(&place, &["--baseline", &baseline], 3);
    assert_leak(&killed, embed.pid(), 2, 7);
    assert_eq!(killed["groups"][0]["state"], "dead");
    assert_eq!(said_then, said);
    // Killed, it held its weights: that alone trips nothing.
    leaks(&place, &[], 0);
    let (held, _) = leaks(&place, &["--held"], 3);
    assert!(breaking(&held, "held").len() > 3);
    assert!(
        breaking(&held, "held")
            .iter()
            .all(|one| ["DRAM", "L1"].contains(&one["type"].as_str().unwrap()))
    );
}

#[test]
fn another_run_of_the_same_program_is_compared_with_the_first() {
    let place = Place::new();
    let mut first = Producer::start(&place, "embed");
    first.steps(3);
    let baseline = save(&place, "first");
    drop(first);
    let mut second = Producer::start(&place, "embed");
    second.steps(3);
    let pid = second.pid().to_string();
    let only = ["--baseline", &baseline, "-p", &pid];
    leaks(&place, &only, 0);
    second.steps(1);
    let (document, _) = leaks(&place, &only, 3);
    assert_leak(&document, second.pid(), 3, 4);

    // A program that the baseline does not know has nothing to be compared with.
    let batch = Producer::start(&place, "batch");
    let pid = batch.pid().to_string();
    let (_, said) = leaks(&place, &["--baseline", &baseline, "-p", &pid], 3);
    assert!(
        said.contains(&format!("pid {pid} is not in the baseline")),
        "{said}"
    );
}

#[test]
fn growth_since_a_mark_is_net_of_what_was_only_exchanged() {
    let place = Place::new();
    let mut embed = Producer::start(&place, "embed");
    let mut chat = Producer::start(&place, "chat");
    embed.steps(6);
    chat.steps(6);
    // Both have exchanged buffers in every step since; embed has forgotten one in each.
    let (document, said) = leaks(&place, &["--since", "decode"], 3);
    assert_leak(&document, embed.pid(), 0, 6);
    assert!(
        said.starts_with("ttmem: tripped: grew since mark 'decode': 6 buffers"),
        "{said}"
    );
    let chat_pid = chat.pid().to_string();
    leaks(&place, &["--since", "decode", "-p", &chat_pid], 0);
    // After its death the ring still tells.
    embed.kill();
    let (dead, _) = leaks(&place, &["--since", "decode"], 3);
    assert_leak(&dead, embed.pid(), 0, 6);
    // And from a file.
    let file = save(&place, "dead");
    let (saved, _) = leaks(&place, &["--since", "decode", "--from", &file], 3);
    assert_leak(&saved, embed.pid(), 0, 6);
}

#[test]
fn a_mark_that_nobody_set_or_the_ring_has_forgotten_is_said() {
    let place = Place::new();
    let mut embed = Producer::start(&place, "embed");
    embed.steps(1);
    let (_, said) = leaks(&place, &["--since", "warm"], 4);
    assert!(said.contains("has not set a mark 'warm'"), "{said}");
    // Eight events a step: the records of the first steps are overwritten soon.
    embed.steps(4_500);
    let (_, said) = leaks(&place, &["--since", "decode"], 4);
    assert!(
        said.contains("its ring does not reach back to a mark 'decode'"),
        "{said}"
    );
    leaks(&place, &["--since", "decode", "--strict"], 5);
    let (by_mark, said) = leaks(&place, &["--by", "mark"], 0);
    let groups = by_mark["groups"].as_array().unwrap();
    assert!(groups.iter().all(|one| one["mark"].is_null()), "{by_mark}");
    assert!(said.contains("rings do not reach back"), "{said}");
    leaks(&place, &["--by", "mark", "--strict"], 5);
}

#[test]
fn an_allocation_is_listed_under_the_mark_it_was_made_under() {
    let place = Place::new();
    let mut embed = Producer::start(&place, "embed");
    embed.steps(3);
    let (document, _) = leaks(&place, &["--by", "mark,type", "--strict"], 0);
    let groups = document["groups"].as_array().unwrap().iter();
    let mut marks: Vec<_> = groups
        .map(|one| {
            (
                one["mark"].as_str().unwrap(),
                one["type"].as_str().unwrap(),
                one["buffers"].as_u64().unwrap(),
            )
        })
        .collect();
    marks.sort_unstable();
    assert_eq!(
        marks,
        [
            ("decode", "CB", 1),
            ("decode", "DRAM", 3),
            ("load", "DRAM", 7),
            ("load", "L1", 1),
            ("prefill", "DRAM", 2),
        ]
    );
}

#[test]
fn what_survives_a_clean_exit_trips_without_any_flag() {
    let place = Place::new();
    let mut embed = Producer::start(&place, "embed");
    embed.steps(2);
    let (running, _) = leaks(&place, &[], 0);
    assert_eq!(running["rules"][0]["rule"], "survived");
    embed.end();
    let (exited, said) = leaks(&place, &[], 3);
    let survived = breaking(&exited, "survived");
    assert!(
        survived
            .iter()
            .any(|one| one["size"] == LEAK && one["buffers"] == 2)
    );
    assert!(
        survived
            .iter()
            .all(|one| ["DRAM", "L1"].contains(&one["type"].as_str().unwrap())),
        "programs stay cached"
    );
    assert!(said.contains("survived a clean exit"), "{said}");
    // Asked for another rule, it is off unless asked for.
    leaks(&place, &["--larger-than", "1T"], 0);
    leaks(&place, &["--larger-than", "1T", "--survived"], 3);
}

#[test]
fn limits_trip_only_beyond_them() {
    let place = Place::new();
    let mut embed = Producer::start(&place, "embed");
    embed.steps(4);
    let group = (4 * LEAK).to_string();
    let smaller = (4 * LEAK - 1).to_string();
    let query = "size == 264K";
    leaks(&place, &["--larger-than", &group, "--where", query], 0);
    let (larger, _) = leaks(&place, &["--larger-than", &smaller, "--where", query], 3);
    assert_eq!(breaking(&larger, "larger").len(), 1);
    leaks(&place, &["--older-than", "1h"], 0);
    let (older, _) = leaks(&place, &["--older-than", "1ms"], 3);
    assert!(breaking(&older, "older").len() > 4);
}

#[test]
fn what_is_suppressed_is_counted_and_what_suppresses_nothing_is_told() {
    let place = Place::new();
    let mut embed = Producer::start(&place, "embed");
    embed.steps(1);
    let baseline = save(&place, "warm");
    embed.steps(3);
    let file = place.path().join("known").display().to_string();
    std::fs::write(
        &file,
        "# known\n\nsize == 264K && type == DRAM\n  size > 1T\n",
    )
    .unwrap();
    let arguments = ["--baseline", &*baseline, "--suppress", &*file];
    let (document, said) = leaks(&place, &arguments, 0);
    assert_eq!(document["suppressions"][0]["buffers"], 4);
    assert!(
        said.contains(&format!("{file}:3: suppressed 4 buffers, 1.0 MiB")),
        "{said}"
    );
    assert!(
        said.contains(&format!("{file}:4: suppresses nothing")),
        "{said}"
    );
    let (all, _) = leaks(&place, &[&arguments[..], &["--all"]].concat(), 0);
    let reasons: Vec<_> = all["groups"].as_array().unwrap().iter().collect();
    assert!(
        reasons
            .iter()
            .any(|one| one["harmless"] == "suppressed by line 3")
    );
    assert!(reasons.iter().all(|one| !one["harmless"].is_null()));

    for (query, wrong) in [
        ("size >", "1: "),
        ("sise > 4", "1: there is no field 'sise'"),
    ] {
        std::fs::write(&file, query).unwrap();
        let refused = place
            .ttmem(&[&["leaks"], &arguments[..]].concat())
            .assert()
            .code(2);
        let said = String::from_utf8(refused.get_output().stderr.clone()).unwrap();
        assert!(
            said.starts_with(&format!("ttmem: {file}:{wrong}")),
            "{said}"
        );
    }
}

#[test]
fn every_format_has_the_same_groups() {
    let place = Place::new();
    let mut embed = Producer::start(&place, "embed");
    embed.steps(2);
    let (document, _) = leaks(&place, &[], 0);
    let groups = document["groups"].as_array().unwrap().len();
    assert!(groups > 5);
    let csv = place.shows(&["leaks", "--format", "csv"]);
    assert_eq!(csv.lines().count(), groups + 1);
    let lines = place.shows(&["leaks", "--format", "ndjson"]);
    assert_eq!(lines.lines().count(), groups + 1);
    let text = place.shows(&["leaks", "--bytes"]);
    assert!(text.contains("270336"), "{text}");
    let (by_type, _) = leaks(&place, &["--by", "type"], 0);
    assert_eq!(
        by_type["groups"].as_array().unwrap().len(),
        3,
        "DRAM, L1 and CB; few kernels are left out"
    );
    place
        .ttmem(&["leaks", "--by", "mark", "--since", "decode"])
        .assert()
        .code(2);
}
