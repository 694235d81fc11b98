//! Compares what the two readers say.

use crate::product;
use second_reader::Source;
use serde_json::{Value, json};
use std::path::Path;

/// Nanoseconds by which two wall times may differ: the product refines the clock's rate, which the
/// second reader takes from the header as it is (good to 1e-4 of a short test).
const CLOCK: i64 = 1_000_000_000;

/// What the second reader says of a segment, which is what the product says of it too.
///
/// # Panics
/// At the first figure of which they say different things.
#[track_caller]
pub(crate) fn both(source: &Source, path: &Path) -> Value {
    let second = second_reader::read(source);
    let second = second.unwrap_or_else(|refusal| panic!("the second reader refuses: {refusal}"));
    let second = second.into_json();
    let first = product::read(path);
    let first = first.unwrap_or_else(|error| panic!("the product refuses: {error}"));
    same(&first, &second);
    second
}

#[track_caller]
fn same(first: &Value, second: &Value) {
    assert_eq!(first["damage"], json!([]), "the product sees damage");
    assert_eq!(
        first["consistent"], true,
        "the product sees counters and live table disagree"
    );
    assert_eq!(second["damage"], json!([]), "the second reader sees damage");
    let (mut first, mut second) = (first.clone(), second.clone());
    drop_what_only_one_says(&mut first, &mut second);
    // Piece by piece: a difference in one record is not to be shown as one of everything.
    for list in ["buffers", "records", "totals", "devices", "pools", "gauges"] {
        let (ours, theirs) = (first[list].take(), second[list].take());
        let (ours, theirs) = (array(&ours), array(&theirs));
        for (at, (one, other)) in ours.iter().zip(theirs).enumerate() {
            assert_eq!(
                one, other,
                "{list}[{at}]: product on the left, second reader on the right"
            );
        }
        assert_eq!(ours.len(), theirs.len(), "number of {list}");
    }
    assert_eq!(
        first, second,
        "product on the left, second reader on the right"
    );
}

fn drop_what_only_one_says(first: &mut Value, second: &mut Value) {
    remove(first, &["consistent"]);
    remove(second, &["detached_ticks"]);
    let header = &mut second["segment"];
    // The product believes the kernel about the owner, and a name only together with its number.
    let owner = header["owner"].clone();
    if header["uid"] != owner {
        header["user"] = owner.to_string().into();
        header["uid"] = owner;
    }
    remove(
        header,
        &[
            "major",
            "minor",
            "segment_size",
            "owner",
            "clock",
            "anchor_ticks",
            "anchor_monotonic",
            "tick_scale",
        ],
    );
    // A dead producer has no moments any more: the product does not speak of one.
    if first["state"] != "running" {
        remove(first, &["quiet"]);
        remove(second, &["quiet"]);
    }
    // Without a record there is no sequence to tell buffers apart by.
    for report in [&mut *first, &mut *second] {
        let key =
            |buffer: &Value| ["sequence", "pool", "address"].map(|figure| buffer[figure].as_u64());
        array_mut(report, "buffers").sort_by_key(|it| (key(it), it["type"].to_string()));
    }
    for list in ["devices", "pools"] {
        for entry in array_mut(second, list) {
            remove(entry, &["opened_ticks"]);
        }
    }
    for buffer in array_mut(second, "buffers") {
        remove(buffer, &["ticks"]);
    }
    for list in ["buffers", "records"] {
        let (ours, theirs) = (array_mut(first, list), array_mut(second, list));
        for (one, other) in ours.iter_mut().zip(theirs) {
            let time = |entry: &Value| entry["time_ns"].as_i64().expect("a time is a number");
            let apart = (time(one) - time(other)).abs();
            assert!(
                apart < CLOCK,
                "{list}: the same moment at {one} and {other}"
            );
            remove(one, &["time_ns"]);
            remove(other, &["time_ns"]);
            // The product shows where a text was cut.
            let cut = one.get("text").and_then(Value::as_str);
            let cut = cut.and_then(|text| text.strip_suffix('…'));
            if cut.is_some() && cut == other["text"].as_str() {
                one["text"] = other["text"].clone();
            }
        }
    }
    // The product lists a chip nobody allocated on as well, if it was reported.
    for report in [first, second] {
        array_mut(report, "totals").retain(|chip| {
            chip["types"] != json!({}) || chip["l1_core"] != json!({"bytes": 0, "peak_bytes": 0})
        });
    }
}

fn remove(object: &mut Value, keys: &[&str]) {
    let object = object.as_object_mut().expect("an object");
    for key in keys {
        assert!(object.remove(*key).is_some(), "{key} is not said any more");
    }
}

fn array(value: &Value) -> &Vec<Value> {
    value.as_array().expect("a list")
}

fn array_mut<'a>(report: &'a mut Value, list: &str) -> &'a mut Vec<Value> {
    report[list].as_array_mut().expect("a list")
}
