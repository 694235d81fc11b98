//! The language as its users know it, and what no text may do to it.

use super::{Bound, Query};
use crate::fields::{BUFFER, Field, PROCESS, find};
use crate::value::Value;
use crate::view::{Held, sample};
use proptest::prelude::*;
use ttmem_layout::ChipSet;
use ttmem_reader::State;

/// Something with a figure of each sort.
#[derive(Clone, Debug, Default)]
struct Thing {
    size: u64,
    pid: u64,
    age: f64,
    moment: i64,
    chips: u64,
    word: String,
    exact: bool,
    mark: Option<String>,
}

const FIELDS: &[Field<Thing>] = &[
    field("size", "SIZE", |one| Value::Bytes(one.size)),
    field("pid", "PID", |one| Value::Number(one.pid)),
    field("age_s", "AGE", |one| Value::Seconds(one.age)),
    field("time", "", |one| Value::Time(one.moment)),
    field("devices", "DEVICES", |one| Value::Chips(ChipSet(one.chips))),
    field("word", "", |one| Value::words(&one.word)),
    field("exact", "", |one| Value::Flag(one.exact)),
    field("mark", "", |one| {
        one.mark.as_deref().map_or(Value::Unknown, Value::words)
    }),
    Field {
        name: "lost",
        title: "LOST",
        parts: &["records", "Bytes"],
        choices: &[],
        value: |one| {
            Value::Group(vec![
                ("records", Value::Count(one.pid)),
                ("Bytes", Value::Bytes(one.size)),
            ])
        },
    },
];

const fn field(
    name: &'static str,
    title: &'static str,
    value: for<'a> fn(&'a Thing) -> Value<'a>,
) -> Field<Thing> {
    Field {
        name,
        title,
        parts: &[],
        choices: &[],
        value,
    }
}

fn bound(query: &str) -> Result<Bound<Thing>, String> {
    let query = Query::parse(query)?;
    query
        .bind(FIELDS, sample::NOW)
        .map_err(|refused| refused.to_string())
}

fn matches(query: &str, thing: &Thing) -> bool {
    bound(query).unwrap().judge(thing).unwrap()
}

/// What the user is told.
fn refusal(query: &str) -> String {
    match bound(query) {
        Err(sentence) => sentence,
        Ok(bound) => bound.judge(&Thing::default()).unwrap_err().to_string(),
    }
}

fn thing() -> Thing {
    Thing {
        size: 2 << 20,
        pid: 4242,
        age: 600.0,
        moment: sample::NOW - 60_000_000_000,
        chips: 0b1001,
        word: "python Demo.py".into(),
        exact: true,
        mark: None,
    }
}

#[test]
fn figures_are_compared_as_people_write_them() {
    for query in [
        "size == 2M",
        "size = 2097152",
        "size > 1.5MiB && size<3m",
        "SIZE >= 0x200000",
        "pid in 1, 4242",
        "pid in (1,4242)",
        "pid == #4242",
        "age_s == 10m",
        "age > 599 and AGE <= 600s",
        "age < 2h",
        "age > 500us",
        "time > -2m",
        "time < -30s",
        "time < now",
        "time == 2026-11-20T11:59:00Z",
        "time >= 2026-11-20",
        "time < '2026-11-20 12:00'",
        "devices == 3",
        "device == 0",
        "device != 1",
        "device in 1,2-4",
        "word ~ demo",
        "word ~ 'N DEMO'",
        "word == \"PYTHON demo.py\"",
        "word !~ java",
        "exact",
        "exact == yes",
        "exact != false",
        "lost.records > 4k",
        "LOST.bytes == 2M",
    ] {
        assert!(matches(query, &thing()), "{query}");
        assert!(!matches(&format!("not ({query})"), &thing()), "{query}");
    }
}

#[test]
fn and_binds_tighter_than_or_and_not_tightest() {
    assert!(matches("exact || exact && pid == 1", &thing()));
    assert!(!matches("(exact || exact) && pid == 1", &thing()));
    assert!(matches("!pid == 1 && exact", &thing()));
    assert!(matches("not not exact", &thing()));
    assert!(matches("NOT exact OR pid=4242 AND exact", &thing()));
    assert!(matches("  exact  ", &thing()));
}

#[test]
fn what_is_not_known_matches_nothing_but_null() {
    for query in [
        "mark == load",
        "mark != load",
        "mark ~ l",
        "mark !~ l",
        "mark in a,b",
    ] {
        assert!(!matches(query, &thing()), "{query}");
    }
    assert!(matches("mark == null", &thing()));
    assert!(!matches("mark != null", &thing()));
    let marked = Thing {
        mark: Some("null".into()),
        ..thing()
    };
    assert!(matches("mark != null", &marked));
    assert!(!matches("mark == null", &marked));
    assert!(matches("mark == 'null'", &marked));
    assert!(matches("mark in null, load", &thing()));
}

#[test]
fn the_place_of_a_mistake_is_marked() {
    assert_eq!(
        refusal("size >"),
        "a value is missing here\n  size >\n        ^"
    );
    assert_eq!(
        refusal("size > && pid == 1"),
        "a value is missing here\n  size > && pid == 1\n         ^"
    );
    assert_eq!(
        refusal("(pid == 1"),
        "a closing parenthesis is missing here\n  (pid == 1\n           ^"
    );
    assert_eq!(
        refusal("pid == 1 size > 2"),
        "this does not follow: compare with ==, !=, <, >, ~ or in, join with && or ||\n  \
         pid == 1 size > 2\n           ^"
    );
    assert_eq!(
        refusal("pid == 'one"),
        "the closing quotation mark is missing here\n  pid == 'one\n             ^"
    );
    assert_eq!(
        refusal("exact or"),
        "the name of a field is missing here\n  exact or\n          ^"
    );
    assert!(refusal("").starts_with("the name of a field"));
    assert!(refusal("pid in 1,").starts_with("a value is missing"));
    assert_eq!(
        refusal("pid == 1 && sise > 1M"),
        "there is no field 'sise' here; there are size, pid, age_s, time, devices, word, \
         exact, mark, lost\n  pid == 1 && sise > 1M\n              ^^^^"
    );
}

#[test]
fn unlike_things_are_not_compared() {
    for (query, sentence) in [
        ("size > banana", "'banana' is no size"),
        ("pid == 1.5", "'1.5' is no whole number"),
        ("age > soon", "'soon' is no duration"),
        ("time > yesterday", "'yesterday' is no moment"),
        ("device == 64", "'64' is no device"),
        ("device > 3", "neither more nor less"),
        ("word > abc", "neither more nor less"),
        ("size ~ 5", "~ looks for words"),
        ("exact == 3", "'3' is no true or false"),
        ("size", "this is no yes or no"),
        ("lost > 3", "there are records, Bytes"),
        ("lost.sleep > 3", "there are records, Bytes"),
        ("size.x > 3", "no parts"),
        ("size > null", "null is no figure"),
    ] {
        let said = refusal(query);
        assert!(said.contains(sentence), "{query}: {said}");
        assert!(said.contains('^'), "{query}: {said}");
    }
    // Where nobody can be told, it does not match, whichever way it is turned.
    for query in ["size > banana", "!(size > banana)"] {
        assert!(!bound(query).unwrap().matches(&thing()));
    }
}

#[test]
fn a_word_that_a_field_never_says_is_refused() {
    let refusal = |query: &str| {
        let query = Query::parse(query).unwrap();
        let bound = query.bind(BUFFER, sample::NOW);
        bound.err().map(|refused| refused.to_string())
    };
    assert_eq!(
        refusal("size > 1M && type == L2").unwrap(),
        "'L2' is no type; there are DRAM, L1, SYSTEM_MEMORY, L1_SMALL, TRACE, CB, KERNEL\n  \
         size > 1M && type == L2\n                       ^^"
    );
    let state = "is no state; there are running, dead, exited";
    for query in [
        "state != died",
        "not (state in dead, died)",
        "state == 'null'",
    ] {
        let said = refusal(query).unwrap();
        assert!(said.contains(state), "{query}: {said}");
    }
    // Parts of words, other fields, and what is known.
    for query in [
        "type ~ L",
        "state !~ xyz",
        "segment == anything",
        "TYPE in l1, l1_small",
        "state == null",
        "state == \"Dead\"",
    ] {
        assert_eq!(refusal(query), None, "{query}");
    }
}

#[test]
fn every_field_that_is_shown_is_found_by_its_name_and_heading() {
    fn check<T>(fields: &[Field<T>]) {
        for field in fields {
            let found = |word: &str| find(fields, word).map(|(field, _)| field.name);
            assert_eq!(found(field.name), Some(field.name));
            if !field.title.is_empty() {
                let heading = field.title.replace(' ', "_");
                assert_eq!(found(&heading.to_lowercase()), Some(field.name));
            }
        }
    }
    check(BUFFER);
    // LOST and the rest; a process's L1 is its bytes there.
    check(PROCESS);
    check(crate::log::EVENT);
}

#[test]
fn a_screenful_of_buffers_is_filtered_by_their_own_fields() {
    let seen = sample::seen(20, State::Dead, &[(0, 7, 64), (1, 8, 4096)]);
    let buffers = seen.snapshot.buffers.iter().map(|buffer| Held {
        pid: 20,
        segment: "ttmem.20".into(),
        state: State::Dead,
        chips: buffer.chips,
        age_ns: 5_000_000_000,
        buffer: buffer.clone(),
    });
    let buffers: Vec<Held> = buffers.collect();
    let count = |query: &str| {
        let bound = Query::parse(query).unwrap();
        let bound = bound.bind(BUFFER, sample::NOW).unwrap();
        buffers.iter().filter(|held| bound.matches(held)).count()
    };
    assert_eq!(count("type == dram && state == dead"), 2);
    assert_eq!(count("device == 1"), 1);
    assert_eq!(count("size >= 4K"), 1);
    assert_eq!(count("address >= 0x1000 && age > 4s"), 2);
    assert_eq!(count("type == L1"), 0);
}

/// A query as a tree, with what it should say of a thing.
#[derive(Clone, Debug)]
enum Model {
    Test(String, bool),
    Not(Box<Model>),
    Both(Box<Model>, Box<Model>),
    Either(Box<Model>, Box<Model>),
}

impl Model {
    fn says(&self) -> bool {
        match self {
            Self::Test(_, says) => *says,
            Self::Not(one) => !one.says(),
            Self::Both(a, b) => a.says() && b.says(),
            Self::Either(a, b) => a.says() || b.says(),
        }
    }

    /// With no more parentheses than it takes.
    fn text(&self, within: u8) -> String {
        let (own, text) = match self {
            Self::Test(text, _) => (3, text.clone()),
            Self::Not(one) => (2, format!("!{}", one.text(2))),
            Self::Both(a, b) => (1, format!("{}&&{}", a.text(1), b.text(1))),
            Self::Either(a, b) => (0, format!("{} or {}", a.text(0), b.text(0))),
        };
        if own < within {
            format!("( {text} )")
        } else {
            text
        }
    }
}

fn model() -> impl Strategy<Value = Model> {
    let thing = thing();
    let test = (0_u64..4 << 20, 0_usize..4).prop_map(move |(number, how)| {
        let (text, says) = match how {
            0 => (format!("size<{number}"), thing.size < number),
            1 => (format!("size >= {number}"), thing.size >= number),
            2 => (format!("pid in {number},4242"), true),
            _ => (format!("word == '{number} or'"), false),
        };
        Model::Test(text, says)
    });
    test.prop_recursive(6, 40, 2, |inner| {
        let pair = (inner.clone(), inner.clone());
        prop_oneof![
            inner.prop_map(|one| Model::Not(Box::new(one))),
            pair.clone()
                .prop_map(|(a, b)| Model::Both(Box::new(a), Box::new(b))),
            pair.prop_map(|(a, b)| Model::Either(Box::new(a), Box::new(b))),
        ]
    })
}

proptest! {
    #[test]
    fn any_text_is_a_query_or_refused(text in ".{0,60}") {
        if let Ok(bound) = bound(&text) {
            bound.matches(&thing());
        }
    }

    #[test]
    fn any_words_of_the_language_are_a_query_or_refused(
        words in prop::collection::vec(
            prop::sample::select(vec![
                "size", "pid", "age", "time", "device", "lost", ".", "records", "==", "!=", "<", ">=",
                "~", "in", "!", "not", "and", "&&", "or", "(", ")", ",", "'", "\"", "1M", "-10m",
                "0x", "null", "#", "é", "9999999999999999999999", "-", "1e300",
            ]),
            0..20,
        )
    ) {
        if let Ok(bound) = bound(&words.join(" ")) {
            let _ = bound.judge(&thing());
        }
        if let Ok(bound) = bound(&words.concat()) {
            let _ = bound.judge(&thing());
        }
    }

    #[test]
    fn a_query_says_what_its_tree_says(model in model()) {
        let text = model.text(0);
        prop_assert_eq!(matches(&text, &thing()), model.says(), "{}", text);
    }
}

#[test]
fn no_query_is_too_deep_or_too_long() {
    let deep = format!("{}exact{}", "(".repeat(100_000), ")".repeat(100_000));
    assert!(refusal(&deep).starts_with("too many parentheses"));
    let turned = format!("{}exact", "!".repeat(100_001));
    assert!(!matches(&turned, &thing()));
    let wide = vec!["exact"; 50_000].join(" && ");
    assert!(matches(&wide, &thing()));
}
